"""Value sets of guides as the app offers and checks them: compiled, supplemented where needed.

mCODE defines many sets only by a branch of SNOMED CT or by a list of LOINC. The codes that the app
ships for them stand in app/terminology/data/supplements/, each set with its source.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from app.fhir.paths import codes
from app.mcode.definitions import compiled_value_set, compiled_value_sets, profiles
from app.mcode.kinds import Kind
from app.terminology import DATA, icd10cm, shipped
from app.terminology.chosen import antineoplastic_concepts, gene_concepts
from app.terminology.concept import Concept
from app.terminology.systems import ICD10CM, canonical
from app.terminology.tnm import AXES, PREFIXES, Axis, categories


@dataclass(frozen=True)
class Supplement:
    """What the app adds to one value set.

    `whole` says that concepts and systems together are all of the set; else they are an extract.
    `include` names other value sets whose codes belong to this one; `scores` are the numbers that
    codes of a scale stand for.
    """

    source: str
    whole: bool
    concepts: tuple[Concept, ...] = ()
    systems: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    scores: dict[str, int] = field(default_factory=dict)


@cache
def supplements() -> dict[str, Supplement]:
    """Return all supplements by the short name of the value set."""
    return {
        name: _supplement(entry)
        for path in sorted((DATA / "supplements").glob("*.json"))
        for name, entry in shipped(f"supplements/{path.stem}")["sets"].items()
    }


def _supplement(entry: dict[str, Any]) -> Supplement:
    return Supplement(
        source=entry["source"],
        whole=entry["whole"],
        concepts=tuple(
            Concept(group["system"], code, term, official=entry["official"])
            for group in entry.get("codes", ())
            for code, term in group["codes"]
        ),
        systems=tuple(entry.get("systems", ())),
        include=tuple(entry.get("include", ())),
        scores=entry.get("scores", {}),
    )


_NOTHING = Supplement(source="", whole=False)

# mCODE's sets of TNM values are branches of SNOMED CT; the app ships the AJCC's c and p values.
_TNM: dict[str, Axis] = {
    "tnm-primary-tumor-category": "t",
    "tnm-regional-nodes-category": "n",
    "tnm-distant-metastases-category": "m",
    "tnm-stage-group": "group",
}


@dataclass(frozen=True)
class ValueSet:
    """The codes of a value set.

    `concepts` are those that the app knows, in the set's order. `complete` says that nothing
    outside of concepts and `systems` is legal; `systems` are code systems any code of which is
    legal. Of the code systems `partial_systems` the set holds more codes than the app knows (None:
    nobody knows which systems these are), but for the `excluded` (system, code).
    """

    name: str
    url: str
    title: str = ""
    concepts: tuple[Concept, ...] = ()
    systems: tuple[str, ...] = ()
    complete: bool = False
    partial_systems: frozenset[str] | None = frozenset()
    excluded: frozenset[tuple[str, str]] = frozenset()
    scores: dict[str, int] = field(default_factory=dict, hash=False)

    def __call__(self) -> tuple[Concept, ...]:
        """Return the concepts, for fields that ask for their choices when they are shown."""
        return self.concepts

    def holds(self, system: str, code: str) -> bool | None:
        """Tell whether a code is in the set; None where only a terminology server can say."""
        if (system, code) in self._keys or system in self.systems:
            return True
        if self.complete or (system, code) in self.excluded:
            return False
        return None if self.partial_systems is None or system in self.partial_systems else False

    def holds_code(self, code: str) -> bool | None:
        """Tell the same of an element of type code, which names no code system."""
        if any(known == code for _, known in self._keys):
            return True
        return False if self.complete and not self.systems else None

    def score(self, code: str) -> int | None:
        """Return the number that a code of a scale stands for, None where it has none."""
        return self.scores.get(code)

    @cached_property
    def _keys(self) -> frozenset[tuple[str, str]]:
        return frozenset((concept.system, concept.code) for concept in self.concepts)


@cache
def value_set(name: str) -> ValueSet:
    """Return a value set by its short name or address; KeyError for one that no guide uses."""
    compiled = compiled_value_set(name)
    filtered = frozenset(system for system, _ in compiled.filters)
    extra = supplements().get(compiled.name, _NOTHING)
    added = [*extra.concepts, *_tnm(compiled.name)]
    for other in extra.include:
        added += value_set(other).concepts
    return ValueSet(
        name=compiled.name,
        url=compiled.url,
        title=compiled.title,
        concepts=_unique([*compiled.concepts, *added]),
        systems=(*compiled.systems, *extra.systems),
        complete=extra.whole or not (compiled.filters or compiled.unknown),
        partial_systems=None if compiled.unknown else filtered,
        excluded=frozenset(
            (part["system"], code)
            for part in compiled.excluded
            for code, _ in part.get("codes", ())
        ),
        scores=extra.scores,
    )


@cache
def required_sets() -> frozenset[str]:
    """Return the addresses of the value sets outside of which no code is legal somewhere."""
    return frozenset(
        element.binding.value_set
        for profile in profiles()
        for element in profile.elements
        if element.binding and element.binding.strength == "required"
    )


def _tnm(name: str) -> Iterable[Concept]:
    axis = _TNM.get(name.removesuffix("-max"))
    return (*categories(axis, "c"), *categories(axis, "p")) if axis else ()


def _unique(concepts: Iterable[Concept]) -> tuple[Concept, ...]:
    return tuple({(concept.system, concept.code): concept for concept in concepts}.values())


def listed_displays(system: str, code: str) -> frozenset[str]:
    """Return the displays that the app's own lists have for a code; none for an unlisted code."""
    system = canonical(system)
    if system == ICD10CM and (found := icd10cm.concept(code)):
        return frozenset({found.display})
    return _listed().get((system, code), frozenset())


def every_display() -> Iterator[str]:
    """Yield the displays of all codes of the app's own lists, those of ICD-10-CM aside."""
    for displays in _listed().values():
        yield from displays


@cache
def fixed_codes() -> frozenset[tuple[str, str]]:
    """Return the (system, code) pairs that identify a resource's kind."""
    patterns = (element.pattern for profile in profiles() for element in profile.elements)
    reports = (*Kind.GENOMICS_REPORT.row.codes, *Kind.PATHOLOGY_REPORT.row.codes)
    return frozenset([*reports, *(pair for pattern in patterns for pair in codes(pattern))])


@cache
def _listed() -> dict[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for concept in _concepts():
        found.setdefault((concept.system, concept.code), set()).add(concept.display)
    return {code: frozenset(displays) for code, displays in found.items()}


def _concepts() -> Iterator[Concept]:
    for compiled in compiled_value_sets():
        yield from value_set(compiled.url).concepts
    for axis in AXES:
        for prefix in PREFIXES:
            yield from categories(axis, prefix.key)
    yield from antineoplastic_concepts()
    yield from gene_concepts()
