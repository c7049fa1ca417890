"""Where a field's value stands in a resource: read from there, written back there and only there.

An element's `read` gives the text that the field shows and submits; `write` changes the resource
in place only where the value differs from what `read` gives: an unchanged field changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from app.fhir.paths import items
from app.fhir.types import Resource
from app.terminology.concept import Concept
from app.terminology.words import concept_text

AS_RECORDED = "as-recorded"
ABSENT = "absent:"

ABSENT_REASONS = {
    "unknown": "Not known",
    "not-performed": "Not assessed",
    "not-applicable": "Not applicable",
}
_ABSENT_SYSTEM = "http://terminology.hl7.org/CodeSystem/data-absent-reason"


class Element(Protocol):
    def read(self, resource: Resource) -> str: ...
    def write(self, resource: Resource, value: str) -> None: ...


@dataclass(frozen=True)
class Coded:
    """A CodeableConcept element, or its `dataAbsentReason` where the form offers "not known".

    The text is a key of `concepts()`, `absent:<reason>`, `as-recorded` for a concept that the form
    does not list, or empty.
    """

    name: str
    concepts: Callable[[], Iterable[Concept]]
    absent: bool = False

    def read(self, resource: Resource) -> str:
        recorded = resource.get(self.name)
        if isinstance(recorded, dict):
            reason = _absent_reason(recorded)
            if self.absent and reason:
                return ABSENT + reason
            return self._listed(recorded) or AS_RECORDED
        reason = _absent_reason(resource.get("dataAbsentReason")) if self.absent else None
        return ABSENT + reason if reason else ""

    def write(self, resource: Resource, value: str) -> None:
        if value in {self.read(resource), AS_RECORDED}:
            return
        resource.pop(self.name, None)
        if self.absent:
            resource.pop("dataAbsentReason", None)
        if value.startswith(ABSENT):
            code = value.removeprefix(ABSENT)
            resource["dataAbsentReason"] = {
                "coding": [{"system": _ABSENT_SYSTEM, "code": code}],
                "text": ABSENT_REASONS[code],
            }
        elif value:
            resource[self.name] = self.concept(value).codeable()

    def concept(self, key: str) -> Concept:
        """Return the listed concept of `key`; raises KeyError for one that is not listed."""
        return {concept.key: concept for concept in self.concepts()}[key]

    def _listed(self, recorded: dict[str, Any]) -> str | None:
        coded = {(c.get("system"), c.get("code")) for c in items(recorded.get("coding"))}
        return next((c.key for c in self.concepts() if (c.system, c.code) in coded), None)


@dataclass(frozen=True)
class Date:
    """A date or dateTime element: FHIR text of any precision ("2026", "2026-03", "2026-03-12")."""

    name: str

    def read(self, resource: Resource) -> str:
        recorded = resource.get(self.name)
        return recorded[:10] if isinstance(recorded, str) else ""

    def write(self, resource: Resource, value: str) -> None:
        if value == self.read(resource):
            return
        # The old value's extensions speak of the old value.
        resource.pop(f"_{self.name}", None)
        if value:
            resource[self.name] = value
        else:
            resource.pop(self.name, None)


@dataclass(frozen=True)
class Note:
    """The text of the first annotation of `note`; others are left alone."""

    name: str = "note"

    def read(self, resource: Resource) -> str:
        notes = items(resource.get(self.name))
        return str(notes[0].get("text") or "") if notes else ""

    def write(self, resource: Resource, value: str) -> None:
        if value == self.read(resource):
            return
        notes = items(resource.get(self.name))
        if value:
            first = {**notes[0], "text": value} if notes else {"text": value}
            resource[self.name] = [first, *notes[1:]]
        elif notes[1:]:
            resource[self.name] = notes[1:]
        else:
            resource.pop(self.name, None)


def recorded_label(resource: Resource, name: str) -> str:
    """Return the words of a concept that stands in the chart but not on the form's list."""
    return concept_text(resource.get(name)) or "recorded without words"


def _absent_reason(concept: Any) -> str | None:
    codings = items(concept.get("coding")) if isinstance(concept, dict) else []
    for coding in codings:
        if coding.get("system") == _ABSENT_SYSTEM and coding.get("code") in ABSENT_REASONS:
            return str(coding["code"])
    return None
