"""mCODE's value sets as lists of answers."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from app.fhir.paths import codings, text
from app.fhir.types import Element
from app.mcode.valuesets import value_set
from app.terminology.concept import TypedConcept
from app.terminology.lists import ConceptList
from app.terminology.systems import canonical, known_codes
from app.terminology.words import concept_text


@cache
def answers(name: str) -> ConceptList:
    """Return what the app ships of a value set by its short name: "laterality-qualifier-vs".

    Raises KeyError for a set that mCODE does not bind.
    """
    found = value_set(name)
    return ConceptList(lambda: found.concepts, found.url)


def is_complete(name: str) -> bool:
    """Tell whether nothing outside of what the app ships is an answer of a value set."""
    return value_set(name).complete


def answer_of(concept: Element | None, concepts: ConceptList, systems: Collection[str]) -> str:
    """Return what the chart says elsewhere as an answer to an open question; empty for nothing.

    A concept that is not listed gives its first coding of one of `systems`, else its words.
    """
    if listed := concepts.match(known_codes(concept)):
        return listed.key
    words = (concept_text(concept) or "").replace("\n", " ")
    for coding in codings(concept):
        system, code = canonical(text(coding.get("system")) or ""), text(coding.get("code"))
        if words and code and system in systems:
            return TypedConcept(system, code, words).key
    return TypedConcept("", "", words).key if words else ""
