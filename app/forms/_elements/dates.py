"""Dates of any precision, and spans of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.fhir.paths import choice, text
from app.fhir.types import Resource
from app.formatting import partial_date
from app.forms._elements.base import Text

_DAY = 10


@dataclass(frozen=True)
class Date:
    """A date or dateTime element: FHIR text of any precision ("2026", "2026-03", "2026-03-12").

    With a `stem` ("effective") it is one of several types: of a period its start is meant, and a
    new date takes the place of any other type.
    """

    name: str
    stem: str | None = None

    def read(self, resource: Resource) -> Text:
        value = self._value(resource)
        if isinstance(value, dict):
            return (text(value.get("start")) or "")[:_DAY]
        is_date = isinstance(value, str) and value[:4].isdigit()
        return value[:_DAY] if is_date else ""

    def write(self, resource: Resource, value: Text) -> None:
        if value == self.read(resource):
            return
        found = self._found(resource)
        recorded = resource.get(found) if found else None
        if value and isinstance(recorded, dict) and "start" in {*recorded, *self._period(found)}:
            recorded.pop("_start", None)
            recorded["start"] = value
            return
        for name in {self.name, found} - {None}:
            # The old value's extensions speak of the old value.
            resource.pop(f"_{name}", None)
            resource.pop(str(name), None)
        if value:
            resource[self.name] = value

    def recorded(self, resource: Resource) -> str:
        value = self._value(resource)
        if self.read(resource) or value in (None, ""):
            return ""
        if isinstance(value, dict):
            told = value.get("text") or value.get("value") or value.get("end")
            return " ".join(str(part) for part in (told, value.get("unit")) if part)
        return str(value)

    def _found(self, resource: Resource) -> str | None:
        if self.stem is None or resource.get(self.name) is not None:
            return self.name
        return choice(resource, self.stem)[0] or self.name

    def _value(self, resource: Resource) -> Any:
        return resource.get(self._found(resource) or self.name)

    def _period(self, name: str | None) -> tuple[str, ...]:
        return ("start",) if name and name.endswith("Period") else ()


@dataclass(frozen=True)
class Span:
    """A dateTime or Period element of a `stem` such as "performed": a day, or from one to another.

    The text is one FHIR date, or two with a slash between, of which the first may be empty. A
    Period stays one: a day alone is then its start. `period` says that a new one has to be one too.
    """

    stem: str
    period: bool = False

    def read(self, resource: Resource) -> Text:
        name, value = choice(resource, self.stem)
        if isinstance(value, dict) and name == self._name("Period"):
            start, end = ((text(value.get(side)) or "")[:_DAY] for side in ("start", "end"))
            return f"{start}/{end}" if end else start
        return value[:_DAY] if isinstance(value, str) and name == self._name("DateTime") else ""

    def write(self, resource: Resource, value: Text) -> None:
        held = self.read(resource)
        if value == held:
            return
        period = resource.get(self._name("Period"))
        if value and isinstance(period, dict):
            both = zip(("start", "end"), _sides(held), _sides(value), strict=True)
            for side, old, new in both:
                if old != new:
                    period.pop(f"_{side}", None)
                    period.pop(side, None)
                    period.update({side: new} if new else {})
            return
        for name in [n for n in resource if n.lstrip("_").startswith(self.stem)]:
            if name.lstrip("_")[len(self.stem) :][:1].isupper():
                resource.pop(name)
        start, end = _sides(value)
        if end or (start and self.period):
            sides = {"start": start, "end": end}
            resource[self._name("Period")] = {k: v for k, v in sides.items() if v}
        elif start:
            resource[self._name("DateTime")] = start

    def recorded(self, resource: Resource) -> str:
        _, value = choice(resource, self.stem)
        if self.read(resource) or value is None:
            return ""
        return partial_date(value) if isinstance(value, str) else str(value)

    def _name(self, type_: str) -> str:
        return f"{self.stem}{type_}"


def _sides(value: Text) -> tuple[Text, Text]:
    start, _, end = value.partition("/")
    return start, end
