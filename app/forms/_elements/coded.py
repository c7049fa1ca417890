"""One CodeableConcept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from app.fhir.paths import items
from app.fhir.types import Element as Json
from app.fhir.types import Resource
from app.forms._elements.base import ABSENT, ABSENT_REASONS, AS_RECORDED, Text
from app.terminology.concept import Concept, TypedConcept
from app.terminology.lists import ConceptList
from app.terminology.systems import DATA_ABSENT, known_codes
from app.terminology.words import concept_text

# What a new answer leaves alone in the concept that it replaces, such as a body site's side.
_KEPT = ("id", "extension")
# What one line of a form can show and send back as it is.
_LINE = re.compile(r"[^\x00-\x1f\x7f]{1,700}")


@dataclass(frozen=True)
class Coded:
    """A CodeableConcept element, or its `dataAbsentReason` where the form offers "not known".

    The text is a key of `concepts`, `absent:<reason>`, `as-recorded` for a concept that the form
    does not list, or empty. Where the list is `open`, any `system|code|words` is an answer too; a
    list may itself hold concepts that are words alone.
    `listed` says that the element is a list: its first concept is meant, the others are left alone.
    """

    name: str
    concepts: ConceptList
    absent: bool = False
    open: bool = False
    listed: bool = False

    def read(self, resource: Resource) -> Text:
        recorded = self._recorded(resource)
        if recorded is not None:
            reason = _absent_reason(recorded)
            if self.absent and reason:
                return ABSENT + reason
            return self._key(recorded)
        reason = _absent_reason(resource.get("dataAbsentReason")) if self.absent else None
        return ABSENT + reason if reason else ""

    def write(self, resource: Resource, value: Text) -> None:
        if value in {self.read(resource), AS_RECORDED}:
            return
        kept = {name: v for name, v in (self._recorded(resource) or {}).items() if name in _KEPT}
        new: Json | None = None
        if self.absent:
            resource.pop("dataAbsentReason", None)
        if value.startswith(ABSENT):
            code = value.removeprefix(ABSENT)
            resource["dataAbsentReason"] = {
                "coding": [{"system": DATA_ABSENT, "code": code}],
                "text": ABSENT_REASONS[code],
            }
        elif value:
            new = {**kept, **self.concept(value).codeable()}
        else:
            new = kept or None
        self._store(resource, new)

    def recorded(self, resource: Resource) -> str:
        if self.read(resource) != AS_RECORDED:
            return ""
        return concept_text(self._recorded(resource)) or "recorded without words"

    def concept(self, key: Text) -> Concept:
        """Return the concept of `key`; raises KeyError for one that is not an answer here."""
        return concept_of(key, self.concepts, open_=self.open)

    def _recorded(self, resource: Resource) -> Json | None:
        value = resource.get(self.name)
        if self.listed:
            return next(iter(items(value)), None)
        return value if isinstance(value, dict) else None

    def _key(self, recorded: Json) -> Text:
        if not (set(recorded) - set(_KEPT)):
            return ""
        return key_of(recorded, self.concepts, open_=self.open) or AS_RECORDED

    def _store(self, resource: Resource, new: Json | None) -> None:
        if self.listed:
            entries = [*([new] if new else []), *items(resource.get(self.name))[1:]]
            _set(resource, self.name, entries)
        else:
            _set(resource, self.name, new)


def concept_of(key: Text, concepts: ConceptList, *, open_: bool) -> Concept:
    """Return the concept of an answer; raises KeyError for one that is none."""
    found = concepts.find(key) or (TypedConcept.of_key(key) if open_ else None)
    if found is None:
        raise KeyError(key)
    return found


def key_of(recorded: Json, concepts: ConceptList, *, open_: bool) -> Text | None:
    """Return the key of the answer that a recorded concept is; None where there is none."""
    if listed := concepts.match(known_codes(recorded)):
        return listed.key
    # Only a concept that such an answer itself would write reads as one: nothing is left out.
    coding = next(iter(items(recorded.get("coding"))), {})
    typed = TypedConcept(
        str(coding.get("system", "")), str(coding.get("code", "")), str(recorded.get("text"))
    )
    same = typed.codeable() == {name: v for name, v in recorded.items() if name not in _KEPT}
    # A page has to bring it back as it is: in one line, and parted as it was put together.
    line = _LINE.fullmatch(typed.key) and TypedConcept.of_key(typed.key) == typed
    answer = (open_ and line) or concepts.find(typed.key) is not None
    return typed.key if same and answer else None


def _set(resource: Resource, name: str, value: Any) -> None:
    if value:
        resource[name] = value
    else:
        resource.pop(name, None)


def _absent_reason(concept: Any) -> str | None:
    codings = items(concept.get("coding")) if isinstance(concept, dict) else []
    for coding in codings:
        if coding.get("system") == DATA_ABSENT and coding.get("code") in ABSENT_REASONS:
            return str(coding["code"])
    return None
