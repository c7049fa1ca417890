"""What the chart holds and no other card of the summary shows: nothing is dropped silently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.fhir.paths import codes, items, key, references
from app.fhir.types import Resource
from app.mcode.codes import Kind
from app.mcode.facts import newest_first
from app.mcode.model import CancerRecord
from app.mcode.recognise import MEDICATION_TYPES, kind_of
from app.summary.also_words import date_words, name_words, value_words
from app.summary.cancers import said_of_metastases
from app.summary.facts import shown_in_facts

# These stand with what names them: a finding, an order, a dose, an author.
_NAMED_BY_OTHERS = frozenset({"Specimen", "Medication", "Provenance", "Location", "Device"})
_TITLES = {
    "DiagnosticReport": "Reports",
    "Procedure": "Procedures",
    "FamilyMemberHistory": "Background and family history",
    "Observation": "Other findings",
    "Condition": "Other conditions",
    **dict.fromkeys(MEDICATION_TYPES, "Other medication"),
}


@dataclass(frozen=True)
class AlsoRow:
    """`earlier` holds (value, date) of the same test before."""

    name: str
    value: str
    date: str
    earlier: tuple[tuple[str, str], ...] = ()


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
    groups["Background and family history"] += record.background
    treated = set(references(list(record.treatments)))
    for name, item in record.others.items():
        if item["resourceType"] not in _NAMED_BY_OTHERS and not _is_volume(name, item, treated):
            title = _TITLES.get(item["resourceType"], "Other records")
            groups.setdefault(title, []).append(item)
    return tuple(AlsoGroup(title, _rows(found)) for title, found in groups.items() if found)


def _pathology(record: CancerRecord) -> Iterator[Resource]:
    """Yield what is known of the tumors beside what the cards of the cancers say."""
    for primary in record.primaries:
        told = {key(item) for item in (*shown_in_facts(primary), *said_of_metastases(primary))}
        secondary = (item for found in primary.of_metastases.values() for item in found)
        for item in (*primary.pathology, *primary.morphology, *primary.tumors, *secondary):
            # A panel only holds together what its members say.
            if key(item) not in told and not items(item.get("hasMember")):
                yield item


def _is_volume(name: str, resource: Resource, treated: set[str]) -> bool:
    """Tell whether it is where radiation was given, which the dose tells."""
    return resource["resourceType"] == "BodyStructure" and (
        name in treated or kind_of(resource) == Kind.VOLUME
    )


def _rows(found: Iterable[Resource]) -> tuple[AlsoRow, ...]:
    tests: dict[str, list[Resource]] = {}
    for item in sorted(found, key=newest_first, reverse=True):
        coded = codes(item.get("code")) if item["resourceType"] == "Observation" else None
        test = f"{sorted(coded)} {name_words(item)}" if coded else str(key(item))
        tests.setdefault(test, []).append(item)
    return tuple(
        AlsoRow(
            name=name_words(newest),
            value=value_words(newest),
            date=date_words(newest),
            earlier=tuple((value_words(item), date_words(item)) for item in older),
        )
        for newest, *older in tests.values()
    )
