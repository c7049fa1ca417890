"""Results of tests as numbers that can be compared, and over time as a small curve.

The page draws the curve as inline SVG; the same results are listed as text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf

from app.fhir.paths import get, text
from app.fhir.types import Element, Resource
from app.formatting import first_day, partial_date
from app.mcode.content import effective
from app.mcode.values import observation_value, reference_range

WIDTH = 180
HEIGHT = 44
_MARGIN = 5
_FEWEST = 3


@dataclass(frozen=True)
class Measure:
    """A result between `low` and `high`; both are the same unless it was "<" or ">" something."""

    low: float
    high: float
    unit: str

    @property
    def stated(self) -> float:
        """The number as it was written, without its "<" or ">"."""
        return self.high if self.low == -inf else self.low


def measure(observation: Resource) -> Measure | None:
    """Return the result as a number, None for one that is none."""
    ratio = quotient(observation)
    if ratio is not None:
        return Measure(ratio, ratio, "ratio")
    value = observation.get("valueQuantity")
    number = observation_value({"valueQuantity": value}).number
    if number is None:
        return None
    sign = text(get(value, "comparator")) or ""
    low = -inf if sign.startswith("<") else number
    high = inf if sign.startswith(">") else number
    return Measure(low, high, unit_of(value))


def unit_of(value: Element | None) -> str:
    """Return what tells one unit from another: its UCUM code, else its name."""
    return text(get(value, "code")) or text(get(value, "unit")) or ""


def quotient(observation: Resource) -> float | None:
    """Return the quotient of a ratio of two quantities of one unit.

    A titer, as 1:128, has no units; its quotient is not what is said, and not returned.
    """
    ratio = observation.get("valueRatio")
    above, below = get(ratio, "numerator"), get(ratio, "denominator")
    if not unit_of(above) or unit_of(above) != unit_of(below):
        return None
    if get(above, "comparator") or get(below, "comparator"):
        return None
    numbers = [observation_value({"valueQuantity": part}).number for part in (above, below)]
    if numbers[0] is None or not numbers[1]:
        return None
    return numbers[0] / numbers[1]


def ratio_text(ratio: float) -> str:
    """Return a quotient with about as many digits as its parts were measured with."""
    if ratio >= 2:
        return f"{ratio:.1f}"
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.2g}"


def change(newest: Resource, previous: Resource) -> str | None:
    """Return "higher", "lower" or "unchanged", None where the results do not tell."""
    now, before = measure(newest), measure(previous)
    if now is None or before is None or now.unit != before.unit:
        return None
    if now == before:
        return "unchanged"
    if now.low >= before.high:
        return "higher"
    return "lower" if now.high <= before.low else None


@dataclass(frozen=True)
class Sparkline:
    """`points` go from the oldest to the newest; `band` is (top, height) of the reference range."""

    points: tuple[tuple[float, float], ...]
    band: tuple[float, float] | None
    label: str
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def line(self) -> str:
        """The points as SVG's polyline wants them."""
        return " ".join(f"{x},{y}" for x, y in self.points)


def sparkline(results: Sequence[Resource]) -> Sparkline | None:
    """Return the curve of a test's results, which come newest first.

    None for fewer than three numbers, for numbers of different units, and for those of one day. A
    result below or above a limit is drawn at that limit.
    """
    found = [
        (day, effective(item), measured)
        for item in reversed(results)
        if (measured := measure(item)) and (day := first_day(effective(item)))
    ]
    days = [day.toordinal() for day, _, _ in found]
    units = {measured.unit for _, _, measured in found}
    if len(found) < _FEWEST or len(units) > 1 or days[0] == days[-1]:
        return None
    low, high = _reference(results[0], units)
    values = [measured.stated for _, _, measured in found]
    scale = _Scale([*values, *(limit for limit in (low, high) if limit is not None)])
    step = (WIDTH - 2 * _MARGIN) / (days[-1] - days[0])
    points = tuple(
        (round(_MARGIN + (day - days[0]) * step, 1), scale.y(value))
        for day, value in zip(days, values, strict=True)
    )
    label = (
        f"{len(found)} results from {partial_date(found[0][1])} to {partial_date(found[-1][1])}"
        f", between {min(values):g} and {max(values):g}"
    )
    return Sparkline(points, scale.band(low, high), label)


class _Scale:
    def __init__(self, values: Iterable[float]) -> None:
        known = list(values)
        self._least, self._most = min(known), max(known)

    def y(self, value: float) -> float:
        span = self._most - self._least
        share = (value - self._least) / span if span else 0.5
        return round(HEIGHT - _MARGIN - share * (HEIGHT - 2 * _MARGIN), 1)

    def band(self, low: float | None, high: float | None) -> tuple[float, float] | None:
        if low is None and high is None:
            return None
        top = 0.0 if high is None else self.y(high)
        bottom = float(HEIGHT) if low is None else self.y(low)
        return (top, round(bottom - top, 1)) if bottom > top else None


def _reference(observation: Resource, units: set[str]) -> tuple[float | None, float | None]:
    """Return the reference range, unless it is in another unit than the results."""
    stated = get(observation, "referenceRange")
    limits = {unit_of(get(stated, end)) for end in ("low", "high")} - {""}
    value = observation.get("valueQuantity")
    same = {*units, *(str(get(value, name)) for name in ("unit", "code"))}
    return reference_range(observation) if limits <= same else (None, None)
