"""mCODE's value sets as lists of answers."""

from __future__ import annotations

from functools import cache

from app.mcode.valuesets import value_set
from app.terminology.lists import ConceptList


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
