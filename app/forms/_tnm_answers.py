"""The answers of TNM staging: the values of each axis, and under which prefix they are offered."""

from __future__ import annotations

import re
from functools import cache

from app.forms._elements import Coded
from app.forms._fields import CodedRadio, Option, Place
from app.terminology.concept import Concept
from app.terminology.tnm import PREFIXES, Axis, categories

# Seldom chosen, so behind "more answers": subdivisions of subdivisions, (i+) and the like.
_SELDOM = re.compile(r"\(|\d[a-z]\d")

PREFIX_WORDS = {
    "c": "c clinical",
    "p": "p pathologic",
    "yc": "yc clinical after therapy",
    "yp": "yp pathologic after therapy",
    "r": "r recurrence",
    "a": "a autopsy",
}


@cache
def concepts(axis: Axis) -> tuple[Concept, ...]:
    """Return the values of an axis under all prefixes."""
    return tuple(dict.fromkeys(c for prefix in PREFIXES for c in categories(axis, prefix.key)))


@cache
def options(axis: Axis) -> tuple[Option, ...]:
    """Return the values of an axis, each with the prefixes under which it is offered."""
    ordered: list[Concept] = []
    prefixes: dict[Concept, list[str]] = {}
    for prefix in PREFIXES:
        place = 0
        for concept in categories(axis, prefix.key):
            # Each list is in clinical order; what only a later one has goes behind its neighbour.
            if concept not in prefixes:
                ordered.insert(place, concept)
            place = ordered.index(concept) + 1
            prefixes.setdefault(concept, []).append(prefix.key)
    return tuple(
        Option(
            concept.key,
            concept.display,
            only_for=" ".join(prefixes[concept]),
            folded=axis != "group" and bool(_SELDOM.search(concept.display)),
        )
        for concept in ordered
    )


def category(axis: Axis, label: str, missing: str, absent: tuple[str, ...]) -> CodedRadio:
    """Return the field of an axis, whose values depend on the prefix."""
    element = Coded("valueCodeableConcept", lambda: concepts(axis), absent=True)
    return CodedRadio(
        label,
        missing=missing,
        place=Place((axis,), element),
        options=options(axis),
        absent=absent,
        depends_on="prefix",
    )
