"""A primary cancer in one card: what it is, how far it had spread, how it is now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from app.fhir.paths import literal_reference
from app.fhir.types import Resource
from app.formatting import join, partial_date
from app.mcode.content import (
    asserted_date,
    clinical_status,
    condition_title,
    effective,
    is_of_a_visit,
    verification_status,
)
from app.mcode.diagnoses import same_diagnoses
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.profiles import extensions_named
from app.mcode.recognise import kind_of
from app.mcode.sites import is_staged
from app.mcode.tissue import sites_of
from app.mcode.values import result
from app.summary.assessments import assessment
from app.summary.biomarkers import MarkerRow, marker_rows
from app.summary.characteristics import Characteristic, characteristics, findings_of, size_display
from app.summary.display import Badge, Row, Shown, author, day_of, status_reading
from app.summary.offers import offers, stage_form
from app.summary.panels._panel import Page, Panel
from app.summary.panels._room import Undrawn
from app.summary.stages import StageTile, diagnosis_stage_tiles, stage_tiles
from app.terminology.concept import concept_text

_CLINICAL = {
    "active": Badge("Active", "action"),
    "recurrence": Badge("Recurrence", "warning"),
    "relapse": Badge("Relapse", "warning"),
    "inactive": Badge("Inactive"),
    "remission": Badge("Remission", "good"),
    "resolved": Badge("Resolved", "good"),
}
_SAID_OF_A_METASTASIS = frozenset(
    {Kind.DISEASE_STATUS, Kind.HISTOLOGY, Kind.GRADE, Kind.TUMOR_SIZE, Kind.NODES}
)

_MOST_CARDS = 50
_MOST_NAMED = 10  # other cancers, on a card


@dataclass(frozen=True, kw_only=True)
class StatusTile(Row):
    """The newest disease status: `reading` has its text, tone and sign, `detail` the evidence."""

    reading: Badge


@dataclass(frozen=True)
class Metastasis:
    """A secondary cancer; `findings` is what pathology and imaging say of it.

    `further` are the other entries of the same metastasis.
    """

    condition: Shown
    further: tuple[Shown, ...]
    findings: tuple[Shown, ...]


@dataclass(frozen=True)
class CancerCard:
    """What the page prints of one primary.

    `name` tells it from others of the same `title`. `entries` are the Conditions that record it,
    `doubts` (title, why) of cancers that may be it, `others` the other cancers of the patient, and
    `said` what people said of which are one; both are (id, words).
    `stage_form` is the form that stages it, None for a cancer that has no stages; `offers` are the
    titles of the forms for what else can be added to it, by group and slug.
    """

    id: str
    title: str
    name: str
    badges: tuple[Badge, ...]
    characteristics: tuple[Characteristic, ...]
    stages: tuple[StageTile, ...]
    status: StatusTile | None
    metastases: tuple[Metastasis, ...]
    markers: tuple[MarkerRow, ...]
    risks: tuple[Shown, ...]
    assessments: tuple[Shown, ...]
    stage_form: str | None
    offers: dict[str, dict[str, str]]
    entries: tuple[Shown, ...]
    doubts: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, str], ...]
    said: tuple[tuple[str, str], ...]
    condition: Resource

    @property
    def key(self) -> str | None:
        """The `Type/id` of the diagnosis."""
        return literal_reference(self.condition)


def cancer_card(
    record: CancerRecord,
    primary: PrimaryCancer,
    today: date,
    titles: Mapping[str, str] | None = None,
) -> CancerCard:
    """Return the card of one primary cancer; `titles` are those of the forms to offer."""
    return CancerCard(
        id=primary.id,
        title=condition_title(primary.condition),
        name=record.cancer_names[primary.id],
        badges=_badges(primary),
        characteristics=characteristics(record, primary),
        stages=(*stage_tiles(record, primary.stages), *diagnosis_stage_tiles(primary)),
        status=_status_tile(record, primary.statuses),
        metastases=tuple(_metastases(primary)),
        markers=marker_rows(record, primary.biomarkers),
        risks=tuple(_risk(item) for item in primary.risks),
        assessments=tuple(assessment(record, item) for item in primary.assessments),
        stage_form=stage_form(primary) if is_staged(primary) else None,
        offers=offers(record, primary, titles or {}, today),
        entries=tuple(map(_entry, primary.conditions)),
        doubts=tuple(
            (_title(record, name), why) for name, why in islice(primary.doubts.items(), _MOST_NAMED)
        ),
        others=tuple(
            (other.id, _title(record, other.reference))
            for other in record.primaries[:_MOST_NAMED]
            if other is not primary
        ),
        said=tuple(_said(record, primary)),
        condition=primary.condition,
    )


def _said(record: CancerRecord, primary: PrimaryCancer) -> Iterator[tuple[str, str]]:
    """Yield what people said of a cancer's Conditions: the decision's id, and a sentence."""
    for decision in record.decisions:
        named = {decision.one, *decision.others}
        if not named & primary.references:
            continue
        who = f"{decision.by or 'Somebody'} said on {partial_date(decision.at)}"
        if decision.same:
            yield decision.id, f"{who} that {len(named)} entries are one cancer."
        else:
            one = record.find(decision.one)
            entry = _entry(one).detail if one else decision.one
            yield decision.id, f"{who} that the entry “{entry}” is another cancer."


def _entry(condition: Resource) -> Shown:
    """Return a Condition as one of several that record a cancer."""
    place = "visit" if is_of_a_visit(condition) else "diagnosis"
    day = asserted_date(condition) or effective(condition)
    state = [place, partial_date(day), clinical_status(condition), _doubt(condition)]
    return Shown(condition_title(condition), join(state), condition)


def _title(record: CancerRecord, name: str) -> str:
    primary = record.primary(name.partition("/")[2])
    if primary is None:
        return name
    day = partial_date(primary.diagnosed, primary.dated)
    return join([condition_title(primary.condition), day], ", ")


def _badges(primary: PrimaryCancer) -> tuple[Badge, ...]:
    condition = primary.condition
    status = next(filter(None, map(clinical_status, primary.conditions)), None)
    found = [_CLINICAL.get(status or "", Badge(status or "Clinical status not recorded"))]
    if doubt := _doubt(condition):
        found.append(Badge(doubt.capitalize(), "warning"))
    return tuple(found)


def _doubt(condition: Resource) -> str | None:
    """Return how sure the diagnosis is, None for a confirmed one."""
    verification = verification_status(condition) or "verification not recorded"
    return None if verification == "confirmed" else verification


def _metastases(primary: PrimaryCancer) -> Iterator[Metastasis]:
    """Yield each metastasis once, however many entries record it."""
    for diagnosis in same_diagnoses(primary.metastases):
        condition, *further = diagnosis.conditions
        findings = [item for each in diagnosis.conditions for item in _findings(primary, each)]
        yield Metastasis(
            condition=_metastasis(condition),
            further=tuple(map(_entry, further)),
            findings=tuple(map(_finding, findings)),
        )


def _metastasis(condition: Resource) -> Shown:
    seen = partial_date(asserted_date(condition))
    title = condition_title(condition)
    sites = [site for site in sites_of(condition) if site.lower() not in title.lower()]
    state = join([join(sites, ", "), seen, clinical_status(condition), _doubt(condition)])
    return Shown(title, state, condition)


def _findings(primary: PrimaryCancer, metastasis: Resource) -> list[Resource]:
    """Return the findings that the card shows with a metastasis."""
    found = primary.of_metastases.get(literal_reference(metastasis) or "", ())
    return [item for item in found if kind_of(item) in _SAID_OF_A_METASTASIS]


def _finding(finding: Resource) -> Shown:
    """Return a finding of pathology or imaging in one line."""
    name = str(kind_of(finding)).capitalize()
    match kind_of(finding):
        case Kind.TUMOR_SIZE:
            value = size_display(finding)
        case Kind.DISEASE_STATUS:
            value = status_reading(finding).text
        case _:
            value = result(finding)
    return Shown(f"{name}: {value}", day_of(finding), finding)


def _risk(observation: Resource) -> Shown:
    named = concept_text(observation.get("code")) or "Risk"
    return Shown(join([named, day_of(observation)]), result(observation), observation)


def _status_tile(record: CancerRecord, statuses: tuple[Resource, ...]) -> StatusTile | None:
    tiles = [_status(record, status) for status in statuses]
    return replace(tiles[0], earlier=tuple(tiles[1:])) if tiles else None


def _status(record: CancerRecord, status: Resource) -> StatusTile:
    reading = status_reading(status)
    evidence = (
        concept_text(item.get("valueCodeableConcept"))
        for item in extensions_named(status, "evidence")
    )
    return StatusTile(
        name="Disease status",
        value=reading.text,
        date=day_of(status),
        key=literal_reference(status),
        detail=join(evidence, ", ").lower(),
        by=author(record, status),
        reading=reading,
    )


def _claims(record: CancerRecord) -> Iterator[Resource]:
    for primary in record.primaries:
        yield from primary.conditions
        for stage in primary.stages:
            yield from stage.resources
        for metastasis in primary.metastases:
            yield metastasis
            yield from _findings(primary, metastasis)
        yield from findings_of(primary)
        yield from (*primary.statuses, *primary.biomarkers, *primary.risks, *primary.assessments)


def _cards(page: Page) -> list[CancerCard | Undrawn]:
    """Return the cards; those for which no page has room are not made, since each takes long."""
    record, primaries = page.record, page.record.primaries
    made = [cancer_card(record, p, page.today, page.titles) for p in primaries[:_MOST_CARDS]]
    return [*made, *(Undrawn(primary.keys) for primary in primaries[_MOST_CARDS:])]


PANEL = Panel("main", 10, rows=_cards, claims=_claims, says_empty=True)
