"""A primary cancer in one card: what it is, how far it had spread, how it is now."""

from __future__ import annotations

from dataclasses import dataclass

from app.fhir.paths import extensions, get, key, local_reference, text
from app.fhir.types import Element, Resource
from app.formatting import join, partial_date
from app.mcode.codes import Kind
from app.mcode.facts import (
    asserted_date,
    clinical_status,
    concept_text,
    condition_title,
    verification_status,
)
from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.profiles import EXTENSION, STRUCTURES
from app.mcode.recognise import kind_of
from app.mcode.sites import is_staged, is_staged_by_tnm
from app.summary.biomarkers import MarkerRow, marker_rows
from app.summary.facts import cancer_facts, size_words
from app.summary.stages import StageTile, diagnosis_stage_tiles, stage_tile
from app.summary.words import Badge, Shown, author, day_of, result, shown
from app.terminology.systems import known_codes

_CLINICAL = {
    "active": Badge("Active", "action"),
    "recurrence": Badge("Recurrence", "warning"),
    "relapse": Badge("Relapse", "warning"),
    "inactive": Badge("Inactive"),
    "remission": Badge("Remission", "good"),
    "resolved": Badge("Resolved", "good"),
}
_SAID_OF_A_METASTASIS = frozenset({Kind.HISTOLOGY, Kind.GRADE, Kind.TUMOR_SIZE, Kind.NODES})
_ABSENT_CONDITION = f"{STRUCTURES}mcode-related-condition-absent"
# Values of mCODE's cancer disease status; the sign says the direction without the colour.
_STATUSES = {
    "268910001": Badge("Responding", "good", "▲"),
    "359746009": Badge("Stable", "neutral", "■"),
    "271299001": Badge("Progressing", "danger", "▼"),
    "709137006": Badge("Undetermined", "neutral", "◆"),
    "550991000124107": Badge("No evidence of disease", "good", "●"),
}


@dataclass(frozen=True)
class StatusTile:
    """`reading` has the words, tone and sign of the disease status."""

    reading: Badge
    source: tuple[str, ...]
    by: str | None
    before: str | None


@dataclass(frozen=True)
class CancerCard:
    """What the page prints of one primary; `facts` are (label, value, source)."""

    id: str
    title: str
    badges: tuple[Badge, ...]
    facts: tuple[tuple[str, str, str], ...]
    stages: tuple[StageTile, ...]
    status: StatusTile | None
    metastases: tuple[Shown, ...]
    markers: tuple[MarkerRow, ...]
    risks: tuple[Shown, ...]
    assessments: tuple[Shown, ...]
    staged: bool
    staged_by_tnm: bool
    condition: Resource


def cancer_card(record: CancerRecord, primary: PrimaryCancer) -> CancerCard:
    """Return the card of one primary cancer."""
    return CancerCard(
        id=primary.id,
        title=condition_title(primary.condition),
        badges=_badges(primary.condition),
        facts=cancer_facts(record, primary),
        stages=(
            *(stage_tile(record, stage) for stage in primary.stages),
            *diagnosis_stage_tiles(primary),
        ),
        status=_status_tile(record, primary.statuses),
        metastases=tuple(_metastasis(primary, item) for item in primary.metastases),
        markers=marker_rows(record, primary.biomarkers),
        risks=tuple(_risk(item) for item in primary.risks),
        assessments=tuple(_assessment(record, item) for item in primary.assessments),
        staged=is_staged(primary),
        staged_by_tnm=is_staged_by_tnm(primary),
        condition=primary.condition,
    )


def said_of_metastases(primary: PrimaryCancer) -> list[Resource]:
    """Return the findings that the card tells beside a metastasis."""
    return [
        item
        for found in primary.of_metastases.values()
        for item in found
        if kind_of(item) in _SAID_OF_A_METASTASIS
    ]


def status_reading(observation: Resource) -> Badge:
    """Return a disease status as a badge: its words, and the direction as a sign."""
    found = (
        _STATUSES.get(code) for _, code in known_codes(observation.get("valueCodeableConcept"))
    )
    return next((badge for badge in found if badge), None) or Badge(result(observation))


def _badges(condition: Resource) -> tuple[Badge, ...]:
    status = clinical_status(condition)
    found = [_CLINICAL.get(status or "", Badge(status or "Clinical status not recorded"))]
    if doubt := _doubt(condition):
        found.append(Badge(doubt.capitalize(), "warning"))
    return tuple(found)


def _doubt(condition: Resource) -> str | None:
    """Return how sure the diagnosis is, None for a confirmed one."""
    verification = verification_status(condition) or "verification not recorded"
    return None if verification == "confirmed" else verification


def _metastasis(primary: PrimaryCancer, condition: Resource) -> Shown:
    seen = partial_date(asserted_date(condition))
    findings = primary.of_metastases.get(key(condition) or "", ())
    said = [_finding(item) for item in said_of_metastases(primary) if item in findings]
    state = join([seen, clinical_status(condition), _doubt(condition), *said])
    return Shown(condition_title(condition), state, condition)


def _finding(finding: Resource) -> str:
    """Return a finding of pathology or imaging in one line."""
    name = str(kind_of(finding)).capitalize()
    value = size_words(finding) if kind_of(finding) == Kind.TUMOR_SIZE else result(finding)
    return f"{name}: {value}, {day_of(finding)}"


def _risk(observation: Resource) -> Shown:
    name = concept_text(observation.get("code")) or "Risk"
    return Shown(join([name, day_of(observation)]), result(observation), observation)


def _assessment(record: CancerRecord, observation: Resource) -> Shown:
    if kind_of(observation) != Kind.COMORBIDITIES:
        return shown(observation)
    present = [
        _disease(record, item) for item in extensions(observation, EXTENSION["related-condition"])
    ]
    absent = [
        concept_text(item.get("valueCodeableConcept"))
        for item in extensions(observation, _ABSENT_CONDITION)
    ]
    words = [join(present, ", "), absent and f"not: {join(absent, ', ')}", day_of(observation)]
    return Shown("Comorbidities", join(words), observation)


def _disease(record: CancerRecord, item: Element) -> str:
    """Return a disease that an extension names by reference or by code."""
    if concept := concept_text(item.get("valueCodeableConcept")):
        return concept
    reference = item.get("valueReference")
    found = record.find(local_reference(reference) or "") or {}
    return concept_text(found.get("code")) or text(get(reference, "display")) or "not named"


def _before(status: Resource) -> str:
    return join([status_reading(status).text, day_of(status)], ", ")


def _status_tile(record: CancerRecord, statuses: tuple[Resource, ...]) -> StatusTile | None:
    if not statuses:
        return None
    newest = statuses[0]
    evidence = (
        concept_text(item.get("valueCodeableConcept"))
        for item in extensions(newest, EXTENSION["evidence"])
    )
    return StatusTile(
        reading=status_reading(newest),
        source=(day_of(newest), join(evidence, ", ").lower()),
        by=author(record, newest),
        before=_before(statuses[1]) if len(statuses) > 1 else None,
    )
