"""What the chart holds and no other panel claims: nothing is dropped silently."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.fhir.paths import codes, items, key
from app.fhir.resource_types import resource_type
from app.fhir.types import Resource
from app.mcode.conditions import COMORBID
from app.mcode.facts import newest_first
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord
from app.summary.also_words import date_words, name_words, value_words
from app.summary.panels._panel import Panel, nothing
from app.terminology.systems import known_codes

_OF_CANCERS = "Pathology and tumors"
_LABS = "Laboratory results"
_BACKGROUND = "Background and family history"
# The first ones in this order, others after them.
_TITLES = (
    _OF_CANCERS,
    _LABS,
    "Reports",
    "Procedures",
    _BACKGROUND,
    "Other findings",
    "Specimens",
    "Other conditions",
)


@dataclass(frozen=True)
class AlsoRow:
    """`earlier` holds (value, date, key) of the same test before."""

    name: str
    value: str
    date: str
    key: str | None
    earlier: tuple[tuple[str, str, str | None], ...] = ()


@dataclass(frozen=True)
class AlsoGroup:
    title: str
    rows: tuple[AlsoRow, ...]


def also(record: CancerRecord, unclaimed: Iterable[Resource]) -> tuple[AlsoGroup, ...]:
    """Return what is left, by kind; of each test one row with its newest result."""
    groups: dict[str, list[Resource]] = {title: [] for title in _TITLES}
    for item in unclaimed:
        groups.setdefault(_title(record, item), []).append(item)
    return tuple(AlsoGroup(title, _rows(record, found)) for title, found in groups.items() if found)


def _title(record: CancerRecord, item: Resource) -> str:
    if record.primary_of(item):
        return _OF_CANCERS
    if item in record.labs:
        return _LABS
    if item in record.background:
        return _BACKGROUND
    if record.kind(item) == Kind.VOLUME:
        return "Radiotherapy volumes"
    if any(COMORBID in known_codes(category) for category in items(item.get("category"))):
        return "Comorbidities"
    return resource_type(item).group


def _rows(record: CancerRecord, found: Iterable[Resource]) -> tuple[AlsoRow, ...]:
    tests: dict[str, list[Resource]] = {}
    for item in sorted(found, key=newest_first, reverse=True):
        coded = codes(item.get("code")) if item["resourceType"] == "Observation" else None
        name = name_words(item, record.kind(item))
        test = f"{sorted(coded)} {name}" if coded else str(key(item))
        tests.setdefault(test, []).append(item)
    return tuple(
        AlsoRow(
            name=name_words(newest, record.kind(newest)),
            value=value_words(record, newest),
            date=date_words(newest),
            key=key(newest),
            earlier=tuple(
                (value_words(record, item), date_words(item), key(item)) for item in older
            ),
        )
        for newest, *older in tests.values()
    )


PANEL = Panel("main", 90, rows=lambda page: also(page.record, page.unclaimed), claims=nothing)
