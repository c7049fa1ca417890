"""Which codes the app itself lists, and by what words."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from app.fhir.paths import codes
from app.mcode.definitions import compiled_value_sets, profiles
from app.mcode.kinds import Kind
from app.mcode.valuesets import value_set
from app.terminology import icd10cm
from app.terminology.concept import Concept
from app.terminology.drugs import antineoplastic_concepts
from app.terminology.genes import gene_concepts
from app.terminology.systems import ICD10CM, canonical
from app.terminology.tnm import AXES, PREFIXES, categories


def own_words(system: str, code: str) -> frozenset[str]:
    """Return the words by which the app's lists know a code; none for a code of no list."""
    system = canonical(system)
    if system == ICD10CM and (found := icd10cm.concept(code)):
        return frozenset({found.display})
    return _listed().get((system, code), frozenset())


@cache
def fixed_codes() -> frozenset[tuple[str, str]]:
    """Return the (system, code) pairs that identify a resource's kind, and are no answers."""
    patterns = (element.pattern for profile in profiles() for element in profile.elements)
    reports = (*Kind.GENOMICS_REPORT.row.codes, *Kind.PATHOLOGY_REPORT.row.codes)
    return frozenset([*reports, *(pair for pattern in patterns for pair in codes(pattern))])


@cache
def _listed() -> dict[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for concept in _concepts():
        found.setdefault((concept.system, concept.code), set()).add(concept.display)
    return {code: frozenset(words) for code, words in found.items()}


def _concepts() -> Iterator[Concept]:
    for compiled in compiled_value_sets():
        yield from value_set(compiled.url).concepts
    for axis in AXES:
        for prefix in PREFIXES:
            yield from categories(axis, prefix.key)
    yield from antineoplastic_concepts()
    yield from gene_concepts()
