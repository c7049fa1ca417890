"""Scores of a scale, each with the code that names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.fhir.paths import items
from app.fhir.types import Resource
from app.forms._elements.base import Text
from app.forms._elements.plain import Whole
from app.terminology.concept import Concept
from app.terminology.systems import DATA_ABSENT, known_codes
from app.terminology.words import concept_text

_SCORE = Whole("valueInteger")


@dataclass(frozen=True)
class Scale:
    """An integer value with its code in `interpretation`; `codes` are the scale's, by score.

    A new score takes the place of the old one's code, or of the reason for having none;
    interpretations of other lists stay. `unscored` are the scale's answers that are no number: they
    stand in `interpretation` alone, and the score is not applicable.
    """

    codes: Mapping[int, Concept]
    unscored: Mapping[Text, Concept] = field(default_factory=dict)

    def read(self, resource: Resource) -> Text:
        if score := _SCORE.read(resource):
            return score
        coded = {c for entry in items(resource.get("interpretation")) for c in known_codes(entry)}
        return next((k for k, c in self._concepts().items() if (c.system, c.code) in coded), "")

    def write(self, resource: Resource, value: Text) -> None:
        held = self.read(resource)
        if value == held:
            return
        _SCORE.write(resource, "" if value in self.unscored else value)
        resource.pop("dataAbsentReason", None)
        if value in self.unscored:
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
        concept = self._concepts().get(value)
        if concept and not any((concept.system, concept.code) in known_codes(e) for e in entries):
            entries.append(concept.codeable())
        resource.pop("interpretation", None)
        if entries:
            resource["interpretation"] = entries

    def recorded(self, resource: Resource) -> str:
        if self.read(resource):
            return ""
        return _SCORE.recorded(resource) or concept_text(resource.get("dataAbsentReason")) or ""

    def _concepts(self) -> dict[Text, Concept]:
        return {**{str(score): c for score, c in self.codes.items()}, **self.unscored}
