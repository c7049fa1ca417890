"""The answers of TNM staging: the values of each axis, and under which prefix they are offered."""

from functools import cache

from app.fhir.patterns import Pattern
from app.forms._answers import Coding
from app.forms._elements.paths import Choice
from app.forms._elements.plain import Element
from app.forms._elements.single import Coded
from app.forms._fields.base import Option, Target
from app.forms._fields.choices import CodedRadio
from app.terminology.concept import Concept
from app.terminology.lists import ConceptList
from app.terminology.tnm import PREFIXES, Axis, categories

# Seldom chosen, so behind "more answers": subdivisions of subdivisions, (i+) and the like.
_SELDOM = Pattern(r"\(|\d[a-z]\d")

PREFIX_LABELS = {
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
            concept,
            concept.term,
            only_for=tuple(prefixes[concept]),
            folded=axis != "group" and bool(_SELDOM.search(concept.term)),
        )
        for concept in ordered
    )


def value_of(axis: Axis) -> Element[Coding]:
    """Return the element that holds the value of an axis, or why there is none."""
    listed = ConceptList(lambda: concepts(axis))
    coded = Coded("valueCodeableConcept", listed, absent=True)
    return Choice("value", coded, "valueCodeableConcept")


def category(axis: Axis, label: str, missing: str, absent: tuple[str, ...]) -> CodedRadio[Coding]:
    """Return the field of an axis, whose values depend on the prefix."""
    return CodedRadio(
        label,
        missing=missing,
        target=Target((axis,), value_of(axis)),
        options=options(axis),
        absent=absent,
        depends_on="prefix",
    )
