"""Elements of FHIR's data types: quantities and ratios, spans of time, moments, ranges."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.fhir.paths import choice, get
from app.fhir.patterns import Pattern
from app.fhir.quantity import UCUM, Quantity
from app.fhir.types import Element as Json
from app.fhir.types import Resource
from app.formatting import number, partial_date, quantity
from app.forms._answers import (
    Moment,
    NumberRange,
    PartialDate,
    Ratio,
    TimeSpan,
)
from app.forms._elements.plain import Element, Named


class Unit(NamedTuple):
    """A unit by its UCUM code and the words that stand beside a number."""

    code: str
    words: str


@dataclass(frozen=True)
class Amount(Named[Quantity]):
    """A Quantity; `units` are those with words of their own, any other code is its own words."""

    units: Sequence[Unit] = ()

    def answer_of(self, value: Any) -> Quantity | None:
        return Quantity.of(value)

    def value_of(self, answer: Quantity, old: Any) -> Json:
        return _json(answer, old, self.units)

    def recorded(self, resource: Resource) -> str:
        return "" if self.read(resource) else quantity(resource.get(self.name), "")


class Proportion(Named[Ratio]):
    """A Ratio of two quantities."""

    def answer_of(self, value: Any) -> Ratio | None:
        numerator, denominator = (Quantity.of(get(value, s)) for s in ("numerator", "denominator"))
        return Ratio(numerator, denominator) if numerator and denominator else None

    def value_of(self, answer: Ratio, old: Any) -> Json:
        return {
            **(old if isinstance(old, dict) else {}),
            "numerator": _json(answer.numerator, get(old, "numerator")),
            "denominator": _json(answer.denominator, get(old, "denominator")),
        }


def _json(answer: Quantity, recorded: Any, units: Sequence[Unit] = ()) -> Json:
    old = recorded if isinstance(recorded, dict) else {}
    kept = {k: v for k, v in old.items() if k not in {"comparator", "value", "_value"}}
    new: Json = {"comparator": answer.comparator} if answer.comparator else {}
    new["value"] = answer.number
    if answer.unit == (old.get("code") or old.get("unit") or ""):
        return {**kept, **new}
    if not answer.unit:
        return new
    words = next((unit.words for unit in units if unit.code == answer.unit), answer.unit)
    return {**new, "unit": words, "system": UCUM, "code": answer.unit}


_INSTANT = Pattern(
    r"(?P<day>\d{4}-\d\d-\d\d)T(?P<time>\d\d:\d\d)(?P<seconds>:\d\d(?:\.\d+)?)(?P<zone>Z|[+-]\d\d:\d\d)"
)
_TO_THE_MINUTE = len("14:30")


@dataclass(frozen=True)
class Span(Element[TimeSpan]):
    """A dateTime or Period element of a `stem` such as "performed".

    A Period stays one: a day alone is then its start. `period` says that a new one has to be one
    too.
    """

    stem: str
    period: bool = False

    def read(self, resource: Resource) -> TimeSpan | None:
        name, value = choice(resource, self.stem)
        start = end = None
        if isinstance(value, dict) and name == self._name("Period"):
            start, end = (PartialDate.of(value.get(side)) for side in ("start", "end"))
        elif name == self._name("DateTime"):
            start = PartialDate.of(value)
        return TimeSpan(start, end) if start or end else None

    def put(self, resource: Resource, answer: TimeSpan | None) -> None:
        period = resource.get(self._name("Period"))
        if answer and isinstance(period, dict):
            held = self.read(resource) or TimeSpan(None)
            sides = (("start", held.start, answer.start), ("end", held.end, answer.end))
            for side, old, new in sides:
                if old != new:
                    period.pop(f"_{side}", None)
                    period.pop(side, None)
                    period.update({side: str(new)} if new else {})
            return
        for name in [n for n in resource if n.lstrip("_").startswith(self.stem)]:
            if name.lstrip("_")[len(self.stem) :][:1].isupper():
                resource.pop(name)
        if answer and (answer.end or self.period):
            both = {"start": answer.start, "end": answer.end}
            resource[self._name("Period")] = {k: str(v) for k, v in both.items() if v}
        elif answer:
            resource[self._name("DateTime")] = str(answer.start)

    def recorded(self, resource: Resource) -> str:
        _, value = choice(resource, self.stem)
        if self.read(resource) or value is None:
            return ""
        return partial_date(value) if isinstance(value, str) else str(value)

    def _name(self, type_: str) -> str:
        return f"{self.stem}{type_}"


class Instant(Named[Moment]):
    """An instant; its zone stays the one that was written down."""

    def answer_of(self, value: Any) -> Moment | None:
        match = _INSTANT.fullmatch(str(value))
        day = PartialDate.of(match["day"]) if match else None
        if match is None or day is None:
            return None
        seconds = "" if match["seconds"] == ":00" else match["seconds"]
        return Moment(
            day, match["time"] + seconds, "UTC" if match["zone"] == "Z" else match["zone"]
        )

    def value_of(self, answer: Moment, old: Any) -> str:  # noqa: ARG002 -- its own zone counts
        seconds = ":00" if len(answer.clock) == _TO_THE_MINUTE else ""
        zone = "Z" if answer.zone == "UTC" else answer.zone
        return f"{answer.day}T{answer.clock}{seconds}{zone}"


class Interval(Named[NumberRange]):
    """A Range of whole numbers without a unit, such as positions in a sequence."""

    def answer_of(self, value: Any) -> NumberRange | None:
        low, high = (self._number(get(value, side)) for side in ("low", "high"))
        return NumberRange(low, high) if low is not None and high is not None else None

    def value_of(self, answer: NumberRange, old: Any) -> Any:  # noqa: ARG002 -- it has a number
        return {"low": {"value": answer.low}, "high": {"value": answer.high}}

    def recorded(self, resource: Resource) -> str:
        value = resource.get(self.name)
        if value is None or self.read(resource):
            return ""
        sides = [get(value, side, "value") for side in ("low", "high")]
        return " to ".join("…" if side is None else number(side) for side in sides)

    @staticmethod
    def _number(side: Any) -> int | None:
        found = Quantity.of(side)
        plain = found and found.digits.isdigit() and set(side) == {"value"}
        return int(found.value) if found and plain else None
