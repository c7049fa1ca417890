"""What is written in a notation of its own: expressions, ranges of positions, moments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.fhir.paths import codings, get, text
from app.fhir.types import Resource
from app.formatting import number
from app.forms._elements.base import Text
from app.terminology.systems import canonical
from app.terminology.words import concept_text

# What one line of a form can show and send back as it is.
_LINE = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
_INTERVAL = re.compile(r"(\d+)-(\d+)")
_INSTANT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)T(?P<time>\d\d:\d\d)(?P<seconds>:\d\d(?:\.\d+)?)(?P<zone>Z|[+-]\d\d:\d\d)"
)
_MOMENT = re.compile(
    r"(?P<day>\S{10}) (?P<time>\d\d:\d\d)(?P<seconds>:\d\d(?:\.\d+)?)? (?P<zone>\S+)"
)


@dataclass(frozen=True)
class Symbol:
    """A CodeableConcept that is one typed expression, such as "c.1799T>A" or "17p13.1".

    With a `system` the expression is the code, without one the text of a concept without codes.
    """

    name: str
    system: str | None = None

    def read(self, resource: Resource) -> Text:
        found = self._expression(resource.get(self.name)) or ""
        return found if _LINE.fullmatch(found) else ""

    def write(self, resource: Resource, value: Text) -> None:
        if value == self.read(resource):
            return
        resource.pop(self.name, None)
        if value:
            coding = {"coding": [{"system": self.system, "code": value}]} if self.system else {}
            resource[self.name] = {**coding, "text": value}

    def recorded(self, resource: Resource) -> str:
        return "" if self.read(resource) else concept_text(resource.get(self.name)) or ""

    def _expression(self, concept: Any) -> str | None:
        if self.system is None:
            return None if codings(concept) else text(get(concept, "text"))
        for coding in codings(concept):
            if canonical(text(coding.get("system")) or "") == self.system:
                return text(coding.get("code"))
        return None


@dataclass(frozen=True)
class Interval:
    """A Range of whole numbers without a unit, such as positions in a sequence: "100-250"."""

    name: str

    def read(self, resource: Resource) -> Text:
        value = resource.get(self.name)
        sides = [self._number(get(value, side)) for side in ("low", "high")]
        return "-".join(sides) if all(sides) else ""

    def write(self, resource: Resource, value: Text) -> None:
        if value == self.read(resource):
            return
        resource.pop(self.name, None)
        if match := _INTERVAL.fullmatch(value):
            resource[self.name] = {
                "low": {"value": int(match[1])},
                "high": {"value": int(match[2])},
            }

    def recorded(self, resource: Resource) -> str:
        value = resource.get(self.name)
        if value is None or self.read(resource):
            return ""
        sides = [get(value, side, "value") for side in ("low", "high")]
        return " to ".join("…" if side is None else number(side) for side in sides)

    @staticmethod
    def _number(quantity: Any) -> str:
        value = get(quantity, "value")
        plain = isinstance(quantity, dict) and set(quantity) == {"value"}
        whole = isinstance(value, int | Decimal) and not isinstance(value, bool)
        digits = number(value) if plain and whole else ""
        return digits if digits.isdigit() else ""


@dataclass(frozen=True)
class Instant:
    """An instant as people write it: "2026-11-20 14:30 +01:00"; seconds where there are some.

    The zone is the one that was written down: a moment is nothing that the form converts.
    """

    name: str

    def read(self, resource: Resource) -> Text:
        match = _INSTANT.fullmatch(str(resource.get(self.name)))
        if not match:
            return ""
        seconds = "" if match["seconds"] == ":00" else match["seconds"]
        zone = "UTC" if match["zone"] == "Z" else match["zone"]
        return f"{match['day']} {match['time']}{seconds} {zone}"

    def write(self, resource: Resource, value: Text) -> None:
        if value == self.read(resource):
            return
        resource.pop(f"_{self.name}", None)
        resource.pop(self.name, None)
        if match := _MOMENT.fullmatch(value):
            zone = "Z" if match["zone"] == "UTC" else match["zone"]
            resource[self.name] = f"{match['day']}T{match['time']}{match['seconds'] or ':00'}{zone}"

    def recorded(self, resource: Resource) -> str:
        value = resource.get(self.name)
        return "" if value is None or self.read(resource) else str(value)
