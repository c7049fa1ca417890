"""Scores of a scale, each with the code that names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.fhir.paths import items
from app.fhir.types import Resource
from app.forms._elements.base import Text
from app.forms._elements.plain import Whole
from app.terminology.concept import Concept
from app.terminology.systems import known_codes

_SCORE = Whole("valueInteger")


@dataclass(frozen=True)
class Scale:
    """An integer value with its code in `interpretation`; `codes` are the scale's, by score.

    A new score takes the place of the old one's code; interpretations of other lists stay.
    """

    codes: Mapping[int, Concept]

    def read(self, resource: Resource) -> Text:
        if score := _SCORE.read(resource):
            return score
        coded = {c for entry in items(resource.get("interpretation")) for c in known_codes(entry)}
        return next((str(s) for s, c in self.codes.items() if (c.system, c.code) in coded), "")

    def write(self, resource: Resource, value: Text) -> None:
        if value == self.read(resource):
            return
        _SCORE.write(resource, value)
        own = {(concept.system, concept.code) for concept in self.codes.values()}
        entries = [
            entry for entry in items(resource.get("interpretation")) if not known_codes(entry) & own
        ]
        if value:
            entries.append(self.codes[int(value)].codeable())
        resource.pop("interpretation", None)
        if entries:
            resource["interpretation"] = entries

    def recorded(self, resource: Resource) -> str:
        return "" if self.read(resource) else _SCORE.recorded(resource)
