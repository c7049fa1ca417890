"""Results as numbers that can be compared: with their unit, and within what limits they lie."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from app.fhir.paths import get, text
from app.fhir.types import Element, Resource
from app.mcode.values import observation_value


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
    """Return what tells one unit from another: its UCUM code, else its words."""
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
