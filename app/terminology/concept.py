"""Concepts: one coded answer, and the text of what a chart holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.fhir.paths import codings, text
from app.fhir.patterns import Pattern, cut
from app.fhir.types import Element
from app.terminology.displays import code_label, display_of, without_tag
from app.terminology.systems import SNOMED, canonical

# What one line of a form can show and send back as it is.
_LINE = Pattern(r"[^\x00-\x1f\x7f]{1,700}")


@dataclass(frozen=True)
class Concept:
    """A code with its term; `display` is the text for people.

    `official` says that `term` is the code system's own. A clinician's short form, as "cT2", is
    written as the concept's text only, because a coding's display must be a term of the code
    system.
    """

    system: str
    code: str
    term: str
    official: bool = True

    @property
    def key(self) -> str:
        """Return what names the concept in a form: `system|code`."""
        return f"{self.system}|{self.code}"

    @property
    def display(self) -> str:
        """The term as people read it: SNOMED CT's without its semantic tag."""
        return without_tag(self.term) if self.system == SNOMED else self.term

    def coding(self) -> Element:
        """Return a FHIR Coding."""
        coding = {"system": self.system, "code": self.code}
        return {**coding, "display": self.term} if self.official else coding

    def codeable(self) -> Element:
        """Return a FHIR CodeableConcept with this one coding."""
        return {"coding": [self.coding()], "text": self.display}


@dataclass(frozen=True)
class TypedConcept(Concept):
    """A concept that is on no list of the app: a code with a term, or a text alone.

    It comes from a terminology server or a person's own entry.
    """

    official: bool = False

    @property
    def key(self) -> str:
        """Return what names the concept in a form: `system|code|term`."""
        return f"{self.system}|{self.code}|{self.term}"

    @classmethod
    def of_key(cls, key: str) -> "TypedConcept | None":
        """Return the concept of a key, None for a text that is no such key."""
        system, bar, rest = key.partition("|")
        code, second, term = rest.partition("|")
        complete = bar and second and term and bool(system) == bool(code)
        return cls(system, code, term) if complete else None

    @property
    def has_key(self) -> bool:
        """Tell whether its key, sent as one line of a form, leads back to it."""
        return bool(_LINE.fullmatch(self.key)) and TypedConcept.of_key(self.key) == self

    def codeable(self) -> Element:
        """Return a FHIR CodeableConcept, without a coding where there is a text alone."""
        return super().codeable() if self.code else {"text": self.term}


def concept_text(concept: Any) -> str | None:
    """Return a CodeableConcept as a label: its text, else the display of a coding.

    Of codes without any words the display that the app ships, else the code with its system. A
    long one is cut: what is written to a chart is never taken from here (`whole_text`).
    """
    found = _display(concept) or next((code_label(*code) for code in _coded(concept)), None)
    return cut(found) if found else None


def whole_text(concept: Any) -> str | None:
    """Return the same text in its whole length, to be written; an unlisted code is bare."""
    return _display(concept) or next((code for _, code in _coded(concept)), None)


def _display(concept: Any) -> str | None:
    if not isinstance(concept, dict):
        return None
    if own := text(concept.get("text")):
        return without_tag(own)
    for coding in codings(concept):
        if display := text(coding.get("display")):
            snomed = canonical(text(coding.get("system")) or "") == SNOMED
            return without_tag(display) if snomed else display
    return next(filter(None, (display_of(*code) for code in _coded(concept))), None)


def _coded(concept: Any) -> Iterator[tuple[str, str]]:
    for coding in codings(concept):
        if code := text(coding.get("code")):
            yield text(coding.get("system")) or "", code
