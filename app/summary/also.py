"""What the chart holds and no other card of the summary shows: nothing is dropped silently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.fhir.paths import codes, items, key, references
from app.fhir.resource_types import resource_type
from app.fhir.types import Resource
from app.mcode.conditions import COMORBID
from app.mcode.facts import newest_first
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord
from app.summary.also_words import date_words, name_words, value_words
from app.summary.cancers import said_of_metastases
from app.summary.facts import shown_in_facts
from app.terminology.systems import known_codes

_BACKGROUND = "Background and family history"
# The first ones in this order, others after them.
_TITLES = ("Reports", "Procedures", _BACKGROUND, "Other findings", "Specimens", "Other conditions")


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


def also(record: CancerRecord) -> tuple[AlsoGroup, ...]:
    """Return what is left, by kind; of each test one row with its newest result."""
    groups: dict[str, list[Resource]] = {
        "Pathology and tumors": list(_pathology(record)),
        "Laboratory results": list(record.labs),
    }
    groups |= {title: [] for title in _TITLES}
    groups[_BACKGROUND] += [r for r in record.background if record.kind(r) != Kind.BODY_SURFACE]
    treated = set(references(list(record.treatments)))
    for item in (*record.others.values(), *record.adverse_events):
        # What has no subject stands with what names it: an order, a dose, an author.
        is_volume = record.kind(item) == Kind.VOLUME and key(item) in treated
        if resource_type(item).subject and not is_volume:
            groups.setdefault(_title(record, item), []).append(item)
    return tuple(AlsoGroup(title, _rows(record, found)) for title, found in groups.items() if found)


def _title(record: CancerRecord, item: Resource) -> str:
    if record.kind(item) == Kind.VOLUME:
        return "Radiotherapy volumes"
    if any(COMORBID in known_codes(category) for category in items(item.get("category"))):
        return "Comorbidities"
    return resource_type(item).group


def _pathology(record: CancerRecord) -> Iterator[Resource]:
    """Yield what is known of the tumors beside what the cards of the cancers say."""
    for primary in record.primaries:
        told = {key(item) for item in (*shown_in_facts(primary), *said_of_metastases(primary))}
        secondary = (item for found in primary.of_metastases.values() for item in found)
        for item in (*primary.pathology, *primary.morphology, *primary.tumors, *secondary):
            if key(item) not in told:
                yield item


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
