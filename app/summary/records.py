"""Everything that was read of a chart as a plain list, in parts: for what no page has room."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.fhir.paths import literal_reference
from app.fhir.types import Resource
from app.formatting import join
from app.mcode.content import newest_first
from app.mcode.model import CancerRecord
from app.summary.display import Shown, retraction, shown

_AT_A_TIME = 100


@dataclass(frozen=True)
class Part:
    """The records `first` to `last` of `total`; the first part has the `number` 1."""

    rows: tuple[Shown, ...]
    number: int
    first: int
    last: int
    total: int

    @property
    def previous(self) -> int | None:
        return self.number - 1 or None

    @property
    def following(self) -> int | None:
        return self.number + 1 if self.last < self.total else None


def part_of(record: CancerRecord, number: int) -> Part:
    """Return a part of the list of all records, the nearest to `number` that there is.

    The newest first; what is no fact of this patient says so.
    """
    found = list(_all(record))
    number = min(max(number, 1), max(1, -(-len(found) // _AT_A_TIME)))
    start = (number - 1) * _AT_A_TIME
    listed = found[start : start + _AT_A_TIME]
    rows = tuple(_row(record, resource, doubt) for resource, doubt in listed)
    return Part(rows, number, start + 1 if rows else 0, start + len(rows), len(found))


def _all(record: CancerRecord) -> Iterator[tuple[Resource, str]]:
    """Yield each resource once, with what keeps it from being this patient's fact."""
    homes = (
        (record.misfiled, "about another patient"),
        (record.retracted, "withdrawn"),
        (record.not_interpreted, "not interpreted"),
        (record.facts(), ""),
        (record.others.values(), ""),
        (record.people.values(), ""),
    )
    found: dict[str, tuple[Resource, str]] = {}
    for resources, doubt in homes:
        for resource in resources:
            found.setdefault(literal_reference(resource) or f"#{id(resource)}", (resource, doubt))
    yield from sorted(found.values(), key=lambda one: newest_first(one[0]), reverse=True)


def _row(record: CancerRecord, resource: Resource, doubt: str) -> Shown:
    row = retraction(record, resource) if doubt == "withdrawn" else shown(record, resource)
    told = doubt if doubt != "withdrawn" else ""
    return replace(row, detail=join([told, row.detail]))
