"""What the chart holds and no other card of the summary shows: nothing is dropped silently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.fhir.paths import codes, items, key, references
from app.fhir.types import Resource
from app.mcode.codes import Kind
from app.mcode.conditions import COMORBID
from app.mcode.facts import newest_first
from app.mcode.model import CancerRecord
from app.mcode.recognise import MEDICATION_TYPES
from app.summary.also_words import date_words, name_words, value_words
from app.summary.cancers import said_of_metastases
from app.summary.facts import shown_in_facts
from app.summary.structures import collected
from app.terminology.systems import known_codes

# These stand with what names them: an order, a dose, an author.
_NAMED_BY_OTHERS = frozenset({"Medication", "Provenance", "Location", "Device"})
_TITLES = {
    "DiagnosticReport": "Reports",
    "Procedure": "Procedures",
    "FamilyMemberHistory": "Background and family history",
    "Observation": "Other findings",
    "Specimen": "Specimens",
    "Condition": "Other conditions",
    **dict.fromkeys(MEDICATION_TYPES, "Other medication"),
}


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
    for title in dict.fromkeys(_TITLES.values()):
        groups[title] = []
    background = [r for r in record.background if record.kind(r) != Kind.BODY_SURFACE]
    groups["Background and family history"] += background
    treated = set(references(list(record.treatments)))
    for name, item in record.others.items():
        is_volume = item["resourceType"] == "BodyStructure" and name in treated
        if item["resourceType"] not in _NAMED_BY_OTHERS and not is_volume:
            groups.setdefault(_title(record, item), []).append(item)
    return tuple(AlsoGroup(title, _rows(record, found)) for title, found in groups.items() if found)


def _title(record: CancerRecord, item: Resource) -> str:
    if record.kind(item) == Kind.VOLUME:
        return "Radiotherapy volumes"
    if any(COMORBID in known_codes(category) for category in items(item.get("category"))):
        return "Comorbidities"
    return _TITLES.get(item["resourceType"], "Other records")


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
    for item in sorted(found, key=_newest_first, reverse=True):
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


def _newest_first(item: Resource) -> tuple[str, str]:
    taken = collected(item) if item["resourceType"] == "Specimen" else None
    return (taken, "") if taken else newest_first(item)
