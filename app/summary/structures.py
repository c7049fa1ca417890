"""Tumors, radiotherapy volumes and specimens in a few words."""

from __future__ import annotations

from app.fhir.paths import extensions, get, items, text
from app.fhir.types import Element, Resource
from app.formatting import join
from app.mcode.facts import concept_text
from app.mcode.profiles import EXTENSION

_QUALIFIERS = ("location", "laterality")


def structure_words(structure: Resource) -> str:
    """Return what a BodyStructure is called, of what kind it is, and where it lies."""
    names = [text(item.get("value")) for item in items(structure.get("identifier"))]
    place = [concept_text(structure.get("location"))]
    place += [concept_text(item) for item in items(structure.get("locationQualifier"))]
    said = [text(structure.get("description")), *names, concept_text(structure.get("morphology"))]
    return join([*said, join(dict.fromkeys(place), ", ").lower()])


def specimen_words(specimen: Resource) -> str:
    """Return where a specimen was taken from, its state, and by which names it goes."""
    site = get(specimen, "collection", "bodySite")
    place = [concept_text(site), *_qualifiers(site)]
    names = [text(item.get("value")) for item in items(specimen.get("identifier"))]
    return join([join(place, ", "), text(specimen.get("status")), *names])


def _qualifiers(site: Element | None) -> list[str | None]:
    return [
        concept_text(item.get("valueCodeableConcept"))
        for name in _QUALIFIERS
        for item in extensions(site, EXTENSION[name])
    ]
