"""Which codings the app knows of a value set that a profile binds."""

from __future__ import annotations

from functools import cache

from app.mcode.definitions import compiled_value_sets
from app.mcode.valuesets import ValueSet, value_set
from app.terminology.systems import AJCC
from app.terminology.tnm import AXES, PREFIXES, categories

Coding = tuple[str, str]


@cache
def known_sets() -> dict[str, ValueSet]:
    """Return the value sets that mCODE's profiles use, by their address."""
    return {found.url: value_set(found.name) for found in compiled_value_sets()}


def codings(known: ValueSet) -> frozenset[Coding]:
    """Return the codings of a set that the app ships."""
    return frozenset((concept.system, concept.code) for concept in known.concepts)


def holds(url: str, coding: Coding) -> bool:
    """Tell whether the app knows a coding to be in the set at an address.

    Any code of a system that the set includes whole is, but for the AJCC's: of these the app offers
    some, and others are slips. Of a set that mCODE's profiles do not use nothing is known.
    """
    known = known_sets().get(url.partition("|")[0])
    if known is None:
        return False
    if coding in codings(known):
        return True
    return coding[0] in known.systems and (coding[0] != AJCC or coding in _staged())


@cache
def _staged() -> frozenset[Coding]:
    """Return the values that the TNM form offers, under all prefixes."""
    return frozenset(
        (concept.system, concept.code)
        for axis in AXES
        for prefix in PREFIXES
        for concept in categories(axis, prefix.key)
    )
