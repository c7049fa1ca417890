"""Whether a record has what a use needs of it: what is there, and what is missing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from app.fhir.paths import choice, codes, extensions, literal_reference, references
from app.fhir.types import Resource
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.profiles import DATA_ABSENT_REASON
from app.reuse.needs import Need
from app.terminology.systems import DATA_ABSENT


@dataclass(frozen=True)
class Finding:
    """A need, the records that meet it, and those that would if they said more."""

    need: Need
    found: tuple[Resource, ...]
    lacking: tuple[Resource, ...]

    @property
    def is_met(self) -> bool:
        return bool(self.found)

    @property
    def to_amend(self) -> str | None:
        """`Type/id` of the record that has to say more; None where a new one is needed."""
        lacking = self.lacking if not self.found else ()
        return literal_reference(lacking[0]) if lacking else None


class Facts:
    """The facts of a record by kind, the newest first, each with the cancers that it names.

    Made once for all uses of a record.
    """

    def __init__(self, record: CancerRecord) -> None:
        self.record = record
        self._by_kind: dict[Kind, list[tuple[Resource, frozenset[str]]]] = {}
        for fact in record.of_kinds(*Kind):
            named = record.primary_names.intersection(references(fact))
            if kind := record.kind(fact):
                self._by_kind.setdefault(kind, []).append((fact, named))

    def of_kinds(self, kinds: Iterable[Kind], cancer: PrimaryCancer | None) -> list[Resource]:
        """Return those of some kinds that speak of a cancer, or of none; of all without one."""
        own = cancer.references if cancer else self.record.primary_names
        each = (found for kind in kinds for found in self._by_kind.get(kind, ()))
        return [fact for fact, named in each if not named or not own.isdisjoint(named)]


def readiness(
    needs: Sequence[Need], facts: Facts, cancer: PrimaryCancer | None
) -> tuple[Finding, ...]:
    """Return a finding for each need, about one cancer or, without one, about the whole record."""
    return tuple(
        _finding(need, _candidates(need, facts, cancer))
        for need in needs
        if need.applies_to(cancer)
    )


def _finding(need: Need, candidates: Sequence[Resource]) -> Finding:
    found: list[Resource] = []
    lacking: list[Resource] = []
    for resource in candidates:
        is_met = not need.paths or any(_says(resource, path) for path in need.paths)
        (found if is_met else lacking).append(resource)
    return Finding(need, tuple(found), tuple(lacking))


def _candidates(need: Need, facts: Facts, cancer: PrimaryCancer | None) -> Sequence[Resource]:
    if need.of == "patient":
        return [facts.record.patient]
    if need.of == "cancer":
        cancers = facts.record.primaries if cancer is None else (cancer,)
        return [condition for each in cancers for condition in each.conditions]
    return facts.of_kinds(need.kinds, cancer)


def _says(resource: Resource, path: Sequence[str]) -> bool:
    return any(not _is_absent(value) for value in values_at(resource, path))


def values_at(element: Any, path: Sequence[str]) -> Iterator[Any]:
    """Yield every value at the end of a path (see Need), in the order of the resource."""
    if not path:
        yield element
        return
    if isinstance(element, dict):
        step, *rest = path
        if "://" in step:
            found: Any = extensions(element, step)
        elif step.endswith("[x]"):
            found = choice(element, step.removesuffix("[x]"))[1]
        else:
            found = element.get(step)
        each = found if isinstance(found, list) else [found]
        yield from chain.from_iterable(values_at(one, rest) for one in each)


def _is_absent(value: Any) -> bool:
    """Tell whether nothing stands there, or only why nothing does."""
    if value in (None, "", [], {}):
        return True
    if not isinstance(value, dict):
        return False
    if extensions(value, DATA_ABSENT_REASON) or value.get("url") == DATA_ABSENT_REASON:
        return True
    of_extension = choice(value, "value")[1] if "url" in value else value
    coded = codes(of_extension)
    return bool(coded) and all(system == DATA_ABSENT for system, _ in coded)
