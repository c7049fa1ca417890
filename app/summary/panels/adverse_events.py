"""Adverse events, newest first, with grade, outcome and suspected cause."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from app.fhir.paths import extension_value, get, items, literal_reference, local_reference, text
from app.fhir.patterns import Pattern
from app.fhir.types import Element, Resource
from app.formatting import join, partial_date
from app.mcode.content import name_of
from app.mcode.definitions import profile_url
from app.mcode.model import CancerRecord
from app.mcode.treated import drug_name
from app.mcode.valuesets import value_set
from app.summary.display import MOST_NAMED, Badge, author, day_of, unnamed
from app.summary.panels._panel import Panel
from app.terminology.concept import concept_text
from app.terminology.lists import ConceptList
from app.terminology.systems import known_codes

_GRADE = profile_url("ctcae-grade")
_RESOLVED = profile_url("adverse-event-resolved-date")
_REASON = profile_url("adverse-event-seriousness-outcome")
# CTCAE v5: 3 is severe, 4 life-threatening, 5 death.
_TONES = {"0": "neutral", "1": "neutral", "2": "warning"}
# What the terms of the NCI Thesaurus say of every adverse event alike.
_ALIKE = Pattern(
    r"(?i)\badverse event( associated with)?\b|\brelated to( intervention)?\b|\bto intervention\b"
)


class Suspect(NamedTuple):
    """A treatment that may be the cause, its date, and how likely it is."""

    cause: str
    when: str = ""
    likely: str = ""


@dataclass(frozen=True)
class AdverseEventRow:
    """`name` is what people said, `term` the term for it where it differs.

    `serious` says whether it is, and why. `end` is when it was over, empty where that is not said.
    """

    name: str
    term: str | None
    grade: Badge
    serious: str | None
    start: str
    end: str
    outcome: str | None
    suspects: tuple[Suspect, ...]
    by: str | None
    key: str | None


def adverse_event_rows(record: CancerRecord) -> tuple[AdverseEventRow, ...]:
    """Return every adverse event, newest first."""
    return tuple(_row(record, event) for event in record.adverse_events)


def _row(record: CancerRecord, event: Resource) -> AdverseEventRow:
    term = text(get(event, "event", "coding", "display"))
    name = concept_text(event.get("event")) or "Adverse event without a name"
    potential = "potential only" if event.get("actuality") == "potential" else None
    return AdverseEventRow(
        name=name,
        term=join([term if term != name else None, potential], ", ") or None,
        grade=_grade(event),
        serious=_serious(event),
        start=day_of(event),
        end=partial_date(extension_value(event, _RESOLVED), ""),
        outcome=_short(event.get("outcome"), "adverse-event-outcome"),
        suspects=tuple(_suspects(record, items(event.get("suspectEntity")))),
        by=author(record, event),
        key=literal_reference(event),
    )


def _grade(event: Resource) -> Badge:
    """Return the grade; of one that was not graded by CTCAE its severity."""
    grade = extension_value(event, _GRADE)
    number = text(get(grade, "coding", "code"))
    if number:
        return Badge(f"Grade {number}", _TONES.get(number, "danger"))
    said = concept_text(grade) or concept_text(event.get("severity"))
    return Badge(said or "No grade")


def _serious(event: Resource) -> str | None:
    said = _short(event.get("seriousness"), "adverse-event-seriousness")
    why = _short(extension_value(event, _REASON), "adverse-event-seriousness-outcome")
    return join([said, why], ": ") or None


def _suspects(record: CancerRecord, named: Sequence[Element]) -> Iterator[Suspect]:
    for suspect in named[:MOST_NAMED]:
        assessed = (get(cause, "assessment") for cause in items(suspect.get("causality")))
        likely = [_short(found, "adverse-event-relatedness") for found in assessed]
        yield Suspect(*_cause(record, suspect.get("instance")), join(likely, ", "))
    yield from map(Suspect, unnamed(named))


def _cause(record: CancerRecord, instance: Any) -> tuple[str, str]:
    """Return the treatment that a suspect is, and its date."""
    found = record.find(local_reference(instance) or "")
    if found is None:
        return text(get(instance, "display")) or "something that this chart does not show", ""
    name = drug_name(record, found) or name_of(found) or "a treatment without a name"
    return name, "withdrawn" if literal_reference(found) in record.withdrawn else day_of(found)


def _short(concept: Any, set_name: str) -> str | None:
    """Return a coded answer in short: "hospitalization", "probably"."""
    known = _answers(set_name).match(known_codes(concept))
    said = known.term if known else concept_text(concept)
    return " ".join(_ALIKE.sub("", said or "").split()).lower() or None


@cache
def _answers(set_name: str) -> ConceptList:
    return ConceptList(value_set(set_name))


PANEL = Panel(
    "main",
    35,
    rows=lambda page: adverse_event_rows(page.record),
    claims=lambda record: record.adverse_events,
    says_empty=True,
)
