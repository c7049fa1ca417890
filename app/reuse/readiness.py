"""Whether a record has what a use needs of it: what is there, and what is missing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from app.fhir.paths import choice, codes, extensions, literal_reference, references
from app.fhir.types import Resource
from app.mcode.model import CancerRecord, PrimaryCancer
from app.reuse.needs import Need
from app.terminology.systems import DATA_ABSENT

_DATA_ABSENT_REASON = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


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


def readiness(
    needs: Sequence[Need], record: CancerRecord, cancer: PrimaryCancer | None
) -> tuple[Finding, ...]:
    """Return a finding for each need, about one cancer or, without one, about the whole record."""
    return tuple(
        _finding(need, _candidates(need, record, cancer))
        for need in needs
        if need.applies_to(cancer)
    )


def _finding(need: Need, candidates: Sequence[Resource]) -> Finding:
    found = tuple(r for r in candidates if not need.paths or any(_says(r, p) for p in need.paths))
    return Finding(need, found, tuple(r for r in candidates if r not in found))


def _candidates(
    need: Need, record: CancerRecord, cancer: PrimaryCancer | None
) -> Sequence[Resource]:
    if need.of == "patient":
        return [record.patient]
    cancers = record.primaries if cancer is None else (cancer,)
    if need.of == "cancer":
        return [condition for each in cancers for condition in each.conditions]
    others = {name for p in record.primaries if p not in cancers for name in p.references}
    own = {name for each in cancers for name in each.references}
    return [r for r in record.of_kinds(*need.kinds) if not _is_of(r, others) or _is_of(r, own)]


def _is_of(resource: Resource, cancers: set[str]) -> bool:
    return not cancers.isdisjoint(references(resource))


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
    if extensions(value, _DATA_ABSENT_REASON) or value.get("url") == _DATA_ABSENT_REASON:
        return True
    of_extension = choice(value, "value")[1] if "url" in value else value
    coded = codes(of_extension)
    return bool(coded) and all(system == DATA_ABSENT for system, _ in coded)
