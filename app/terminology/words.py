"""A concept in words."""

from __future__ import annotations

import re
from typing import Any

from app.fhir.paths import codings, text
from app.terminology.systems import SNOMED, canonical

# SNOMED CT's terms end with the kind of concept, which is for terminologists.
_SEMANTIC_TAG = re.compile(
    r" \((?:disorder|finding|qualifier value|procedure|body structure|observable entity|"
    r"morphologic abnormality|tumor staging|staging scale|assessment scale|situation|substance|"
    r"product|specimen|event|regime/therapy|product containing [^)]*)\)$"
)


def concept_text(concept: Any) -> str | None:
    """Return the words of a CodeableConcept: its text, else a coding's display, else a code."""
    if not isinstance(concept, dict):
        return None
    if words := text(concept.get("text")):
        return words
    for coding in codings(concept):
        if words := text(coding.get("display")):
            snomed = canonical(text(coding.get("system")) or "") == SNOMED
            return without_tag(words) if snomed else words
    return next((code for coding in codings(concept) if (code := text(coding.get("code")))), None)


def without_tag(term: str) -> str:
    """Return a term of SNOMED CT without the kind of concept at its end."""
    return _SEMANTIC_TAG.sub("", term)
