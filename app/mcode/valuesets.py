"""Value sets of guides as the app offers and checks them: compiled, supplemented where needed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property

from app.mcode.definitions import CompiledValueSet, compiled_value_set, profiles
from app.terminology import tnm
from app.terminology.concept import Concept
from app.terminology.supplements import Supplement, supplements

_NOTHING = Supplement(source="", whole=False)

# mCODE's sets of TNM values are branches of SNOMED CT; the app ships the AJCC's c and p values.
_TNM: dict[str, tuple[tnm.Axis, tuple[str, ...]]] = {
    "tnm-primary-tumor-category": ("t", ("c", "p")),
    "tnm-regional-nodes-category": ("n", ("c", "p")),
    "tnm-distant-metastases-category": ("m", ("c", "p")),
    "tnm-stage-group": ("group", ("c", "p")),
}


@dataclass(frozen=True)
class ValueSet:
    """The codes of a value set.

    `concepts` are those that the app knows, in the set's order. `complete` says that nothing
    outside of concepts and `systems` is legal; `systems` are code systems any code of which is
    legal. Where a set is not complete, `open_systems` are those of which it holds more codes than
    the app knows (None where it is not known which they are), and `excluded` are (system, code)
    that the set leaves out of these.
    """

    name: str
    url: str
    title: str = ""
    concepts: tuple[Concept, ...] = ()
    systems: tuple[str, ...] = ()
    complete: bool = False
    open_systems: frozenset[str] | None = frozenset()
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
        return None if self.open_systems is None or system in self.open_systems else False

    def holds_code(self, code: str) -> bool | None:
        """Tell the same of an element of type code, which names no system."""
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
        open_systems=_open_systems(compiled),
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


def _open_systems(compiled: CompiledValueSet) -> frozenset[str] | None:
    if compiled.unknown:
        return None
    return frozenset(system for system, _ in compiled.filters)


def _tnm(name: str) -> Iterable[Concept]:
    if name.removesuffix("-max") not in _TNM:
        return
    axis, prefixes = _TNM[name.removesuffix("-max")]
    for prefix in prefixes:
        yield from tnm.categories(axis, prefix)


def _unique(concepts: Iterable[Concept]) -> tuple[Concept, ...]:
    return tuple({(concept.system, concept.code): concept for concept in concepts}.values())
