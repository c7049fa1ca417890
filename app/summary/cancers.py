"""A primary cancer in one card: what it is, how far it had spread, how it is now."""

from __future__ import annotations

from dataclasses import dataclass

from app.fhir.paths import codings, extension_value, extensions, get, items, local_reference, text
from app.fhir.types import Element, Resource
from app.formatting import join, partial_date
from app.mcode.codes import Kind
from app.mcode.facts import (
    asserted_date,
    body_site,
    clinical_status,
    concept_text,
    condition_title,
    histology,
    laterality,
    verification_status,
)
from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.profiles import EXTENSION, STRUCTURES
from app.mcode.recognise import kind_of
from app.summary.biomarkers import MarkerRow, marker_rows
from app.summary.sites import is_staged, is_staged_by_tnm
from app.summary.stages import StageTile, diagnosis_stage_tiles, stage_tile
from app.summary.words import Badge, Shown, author, day_of, result, shown
from app.terminology import systems
from app.terminology.systems import canonical, known_codes

_CLINICAL = {
    "active": Badge("Active", "action"),
    "recurrence": Badge("Recurrence", "warning"),
    "relapse": Badge("Relapse", "warning"),
    "inactive": Badge("Inactive"),
    "remission": Badge("Remission", "good"),
    "resolved": Badge("Resolved", "good"),
}
_ABSENT_CONDITION = f"{STRUCTURES}mcode-related-condition-absent"
_SYSTEMS = {
    systems.SNOMED: "SNOMED CT",
    systems.ICD10CM: "ICD-10-CM",
    systems.ICD10: "ICD-10",
    systems.ICDO3: "ICD-O-3",
    systems.NCIT: "NCIt",
}
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
        facts=tuple(_facts(record, primary)),
        stages=(
            *(stage_tile(record, stage) for stage in primary.stages),
            *diagnosis_stage_tiles(primary),
        ),
        status=_status_tile(record, primary.statuses),
        metastases=tuple(_metastasis(item) for item in primary.metastases),
        markers=marker_rows(record, primary.biomarkers),
        risks=tuple(_risk(item) for item in primary.risks),
        assessments=tuple(_assessment(record, item) for item in primary.assessments),
        staged=is_staged(primary),
        staged_by_tnm=is_staged_by_tnm(primary),
        condition=primary.condition,
    )


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


def _facts(record: CancerRecord, primary: PrimaryCancer) -> list[tuple[str, str, str]]:
    condition = primary.condition
    observed = {kind_of(item): item for item in reversed((*primary.morphology, *primary.tumors))}
    type_, grade, size = (observed.get(k) for k in (Kind.HISTOLOGY, Kind.GRADE, Kind.TUMOR_SIZE))
    side = laterality(condition)
    rows = [
        ("Diagnosed", partial_date(asserted_date(condition)), author(record, condition) or ""),
        ("Histology", _histology(condition, type_), day_of(type_) if type_ else ""),
        ("Grade", result(grade) if grade else "", day_of(grade) if grade else ""),
        ("Site", _site(condition), ""),
        ("Side", side or "", ""),
        ("Tumor size", _size(size) if size else "", day_of(size) if size else ""),
        ("Codes", join(_codes(condition), ", "), ""),
    ]
    return [row for row in rows if row[1] or row[0] in {"Histology", "Grade", "Site"}]


def _histology(condition: Resource, observation: Resource | None) -> str:
    """Return the histology of pathology; the diagnosis' own where there is none or it differs."""
    stated = histology(condition)
    if observation is None:
        return stated or ""
    observed = result(observation)
    stated_codes = known_codes(extension_value(condition, EXTENSION["histology"]))
    same = stated_codes & known_codes(observation.get("valueCodeableConcept"))
    return f"{observed}; diagnosis says {stated}" if stated and not same else observed


def _site(condition: Resource) -> str:
    site = get(condition, "bodySite")
    words = (
        concept_text(q.get("valueCodeableConcept")) for q in extensions(site, EXTENSION["location"])
    )
    return join([body_site(condition), *words], ", ")


def _size(observation: Resource) -> str:
    """Return the tumor's dimensions, the longest first: "28 x 21 mm"."""
    sizes = [
        part["valueQuantity"]
        for part in items(observation.get("component"))
        if "valueQuantity" in part
    ]
    units = {text(size.get("unit")) or text(size.get("code")) or "" for size in sizes}
    if len(units) != 1:
        return result(observation)
    sizes.sort(key=lambda size: float(size.get("value") or 0), reverse=True)
    return f"{join([size.get('value') for size in sizes], ' × ')} {units.pop()}"


def _codes(condition: Resource) -> list[str]:
    found = []
    for coding in codings(condition.get("code")):
        system = canonical(text(coding.get("system")) or "")
        if code := text(coding.get("code")):
            found.append(f"{_SYSTEMS.get(system, system or 'local code')} {code}")
    return found


def _metastasis(condition: Resource) -> Shown:
    seen = partial_date(asserted_date(condition))
    state = join([seen, clinical_status(condition), _doubt(condition)])
    return Shown(condition_title(condition), state, condition)


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
