"""One CodeableConcept: a code, an expression of a notation, words, or a score with its code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.fhir.paths import codings, extensions, get, items, text
from app.fhir.types import Element as Json
from app.fhir.types import Resource
from app.forms._answers import ABSENT_REASONS, AS_RECORDED, Absent, Coding
from app.forms._elements.plain import Element, Named, Whole, put_list
from app.terminology.concept import Concept, TypedConcept, concept_text
from app.terminology.lists import ConceptList
from app.terminology.systems import DATA_ABSENT, canonical, known_codes

# What a new answer leaves alone in the concept that it replaces, such as a body site's side.
_KEPT = ("id", "extension")
# What one line of a form can show and send back as it is.
_LINE = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
_SCORE = Whole("valueInteger")


@dataclass(frozen=True)
class Coded(Element[Coding]):
    """A CodeableConcept element, or its `dataAbsentReason` where the form offers "not known".

    What `concepts` does not list reads as recorded. Where the list is `open`, any other code with
    words is an answer too; a list may itself hold concepts that are words alone.
    `listed` says that the element is a list: its first concept is meant, the others are left alone.
    """

    name: str
    concepts: ConceptList
    absent: bool = False
    open: bool = False
    listed: bool = False

    def read(self, resource: Resource) -> Coding | None:
        recorded = self._recorded(resource)
        if self.absent:
            absent = resource.get("dataAbsentReason") if recorded is None else recorded
            if reason := _absent_reason(absent):
                return Absent(reason)
        if recorded is None or not (set(recorded) - set(_KEPT)):
            return None
        return answer_in(recorded, self.concepts, open_=self.open) or AS_RECORDED

    def put(self, resource: Resource, answer: Coding | None) -> None:
        kept = {name: v for name, v in (self._recorded(resource) or {}).items() if name in _KEPT}
        new: Json | None = kept or None
        if self.absent:
            resource.pop("dataAbsentReason", None)
        if isinstance(answer, Absent):
            coding = {"system": DATA_ABSENT, "code": answer.reason}
            resource["dataAbsentReason"] = {"coding": [coding], "text": answer.display}
            new = None
        elif isinstance(answer, Concept):
            new = {**kept, **answer.codeable()}
        if self.listed:
            rest = items(resource.get(self.name))[1:]
            put_list(resource, self.name, [*([new] if new else []), *rest])
            return
        resource.pop(self.name, None)
        if new:
            resource[self.name] = new

    def recorded(self, resource: Resource) -> str:
        if self.read(resource) != AS_RECORDED:
            return ""
        return concept_text(self._recorded(resource)) or "recorded without words"

    def _recorded(self, resource: Resource) -> Json | None:
        value = resource.get(self.name)
        if self.listed:
            return next(iter(items(value)), None)
        return value if isinstance(value, dict) else None


def answer_in(recorded: Json, concepts: ConceptList, *, open_: bool) -> Concept | None:
    """Return the answer that a recorded concept is; None where there is none."""
    if listed := concepts.match(known_codes(recorded)):
        return listed
    # Only a concept that such an answer itself would write reads as one: nothing is left out.
    coding = next(iter(items(recorded.get("coding"))), {})
    typed = TypedConcept(
        str(coding.get("system", "")), str(coding.get("code", "")), str(recorded.get("text"))
    )
    same = typed.codeable() == {name: v for name, v in recorded.items() if name not in _KEPT}
    if not same:
        return None
    # A page has to bring it back as it is.
    return concepts.find(typed.key) or (typed if open_ and typed.has_key else None)


def _absent_reason(concept: Any) -> str | None:
    codings = items(concept.get("coding")) if isinstance(concept, dict) else []
    for coding in codings:
        if coding.get("system") == DATA_ABSENT and coding.get("code") in ABSENT_REASONS:
            return str(coding["code"])
    return None


@dataclass(frozen=True)
class Scale(Element[int | str]):
    """An integer value with its code in `interpretation`; `codes` are the scale's, by score.

    A new score takes the place of the old one's code, or of the reason for having none;
    interpretations of other lists stay. `unscored` are the scale's answers that are no number, by
    their codes: they stand in `interpretation` alone, and the score is not applicable.
    """

    codes: Mapping[int, Concept]
    unscored: Mapping[str, Concept] = field(default_factory=dict)

    def read(self, resource: Resource) -> int | str | None:
        score = _SCORE.read(resource)
        if score is not None:
            return score
        coded = {c for entry in items(resource.get("interpretation")) for c in known_codes(entry)}
        return next((k for k, c in self._concepts().items() if (c.system, c.code) in coded), None)

    def put(self, resource: Resource, answer: int | str | None) -> None:
        held = self.read(resource)
        _SCORE.write(resource, answer if isinstance(answer, int) else None)
        resource.pop("dataAbsentReason", None)
        if answer in self.unscored:
            coding = {"system": DATA_ABSENT, "code": "not-applicable"}
            resource["dataAbsentReason"] = {"coding": [coding]}
        # What is said beside a score, as an unscored answer may be, is not the score's.
        own = {
            (concept.system, concept.code)
            for key, concept in self._concepts().items()
            if key not in self.unscored or key == held
        }
        entries = [
            entry for entry in items(resource.get("interpretation")) if not known_codes(entry) & own
        ]
        concept = self._concepts().get(answer) if answer is not None else None
        if concept and not any((concept.system, concept.code) in known_codes(e) for e in entries):
            entries.append(concept.codeable())
        put_list(resource, "interpretation", entries)

    def recorded(self, resource: Resource) -> str:
        if self.read(resource) is not None:
            return ""
        return _SCORE.recorded(resource) or concept_text(resource.get("dataAbsentReason")) or ""

    def _concepts(self) -> dict[int | str, Concept]:
        return dict([*self.codes.items(), *self.unscored.items()])


@dataclass(frozen=True)
class Symbol(Named[str]):
    """A CodeableConcept that is one typed expression, such as "c.1799T>A" or "17p13.1".

    With a `system` the expression is the code, without one the text of a concept without codes.
    """

    system: str | None = None

    def answer_of(self, value: Any) -> str | None:
        found = self._expression(value) or ""
        return found if _LINE.fullmatch(found) else None

    def value_of(self, answer: str, old: Any) -> Json:  # noqa: ARG002 -- nothing of it is kept
        coding = {"coding": [{"system": self.system, "code": answer}]} if self.system else {}
        return {**coding, "text": answer}

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
class OtherWords(Element[str]):
    """What stands for a code that the list lacks: the text of the concept coded as `other`.

    The concept is the value of an extension with this address. Without one so coded there is
    nothing to read, and nothing is written.
    """

    url: str
    other: Concept

    def read(self, resource: Resource) -> str | None:
        concept = self._concept(resource)
        return str(concept.get("text") or "") or None if concept else None

    def put(self, resource: Resource, answer: str | None) -> None:
        if concept := self._concept(resource):
            concept.pop("_text", None)
            concept.pop("text", None)
            concept.update({"text": answer} if answer else {})

    def _concept(self, resource: Resource) -> Json | None:
        wanted = (self.other.system, self.other.code)
        for extension in extensions(resource, self.url):
            concept = get(extension, "valueCodeableConcept")
            if wanted in known_codes(concept):
                return concept if isinstance(concept, dict) else None
        return None
