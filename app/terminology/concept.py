"""One coded answer."""

from __future__ import annotations

from dataclasses import dataclass

from app.fhir.types import Element


@dataclass(frozen=True)
class Concept:
    """A code with the words that a person sees.

    `official` says that `display` is the code system's own term. Where it is a clinician's short
    form, as "cT2", it is written as the concept's text only, because a coding's display must be a
    term of the code system.
    """

    system: str
    code: str
    display: str
    official: bool = True

    @property
    def key(self) -> str:
        """Return what names the concept in a form: `system|code`."""
        return f"{self.system}|{self.code}"

    def coding(self) -> Element:
        """Return a FHIR Coding."""
        coding = {"system": self.system, "code": self.code}
        return {**coding, "display": self.display} if self.official else coding

    def codeable(self) -> Element:
        """Return a FHIR CodeableConcept with this one coding."""
        return {"coding": [self.coding()], "text": self.display}
