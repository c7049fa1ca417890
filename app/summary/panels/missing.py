"""What is to complete: drafts, and what the chart lacks or contradicts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.fhir.paths import get, literal_reference
from app.fhir.patterns import Pattern
from app.fhir.types import Resource
from app.formatting import date_time, first_day, join
from app.mcode.content import (
    clinical_status,
    effective,
    histology,
    is_deceased,
    laterality,
)
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.plausible import Doubt, doubts_about
from app.mcode.receptors import missing_receptors
from app.mcode.recognise import kind_of
from app.mcode.sites import has_two_sides, is_staged, is_staged_by_tnm
from app.mcode.values import observation_value, result
from app.summary.contradictions import contradictions
from app.summary.display import day_of, performance_scale, shown
from app.summary.offers import is_child, stage_form
from app.summary.panels._panel import OpenDraft, Page, Panel, nothing
from app.summary.stages import diagnosis_stage_tiles, stagings
from app.summary.treatment import Treatment
from app.terminology.concept import concept_text

_NAMED = 3
FRESH = timedelta(days=92)
STATUS_FRESH = timedelta(days=183)

_ACTIVE = frozenset({"active", "recurrence", "relapse"})
_ABBREVIATIONS = {"tnm": "TNM", "ecog": "ECOG"}
# What a draft is about: an entry, a new one ("new:<condition id>") or a retraction.
_NEW, _RETRACT = "new", "retract"
_SIDE = Pattern(r"(?i)\b(left|right|bilateral)\b")


@dataclass(frozen=True)
class DraftLine:
    """`endpoint` and `values` make the address at which the draft is continued."""

    text: str
    detail: str
    endpoint: str
    values: dict[str, str]


@dataclass(frozen=True)
class Missing:
    """`form` is the slug of the form that fills it, about the Condition with the id `about`.

    Where an entry of the chart has to be completed instead, `key` is that entry's `Type/id`.
    """

    text: str
    detail: str = ""
    form: str | None = None
    about: str | None = None
    key: str | None = None


def missing(
    record: CancerRecord, treatments: Sequence[Treatment], today: date
) -> tuple[Missing, ...]:
    """Return what is missing, primary by primary, then of the patient, then what is doubtful."""
    found: list[Missing] = []
    for primary in record.primaries:
        alone = len(record.primaries) == 1
        of_primary = (
            *_stage(primary, treatments, alone=alone),
            *(Missing(problem, source) for problem, source in contradictions(primary)),
            *_diagnosis(primary),
            *_receptors(primary),
            *_status(primary, today, alive=not is_deceased(record.patient)),
        )
        # With several cancers each line says which one it is about.
        title = "" if alone else record.cancer_names[primary.id]
        found += [replace(item, detail=join([item.detail, title])) for item in of_primary]
    if record.primaries and not is_deceased(record.patient):
        found += _performance(record, today)
    return (*found, *_doubtful(record, today))


def _doubtful(record: CancerRecord, today: date) -> Iterator[Missing]:
    """Yield what the chart says and can hardly be true, of each kind one line."""
    found: dict[Doubt, list[Resource]] = {}
    for fact in record.facts():
        for doubt in dict.fromkeys(doubts_about(record, fact, today)):
            found.setdefault(doubt, []).append(fact)
    for doubt, facts in found.items():
        named = [f"{shown(record, fact).title}, {day_of(fact)}" for fact in facts[:_NAMED]]
        more = f"{len(facts) - _NAMED} more" if len(facts) > _NAMED else None
        count = "1 entry" if len(facts) == 1 else f"{len(facts)} entries"
        key = literal_reference(facts[0]) if len(facts) == 1 else None
        yield Missing(f"{count} {doubt}", join([*named, more], "; "), key=key)


def _status(primary: PrimaryCancer, today: date, *, alive: bool) -> Iterator[Missing]:
    def lacking(label: str, detail: str = "") -> Missing:
        return Missing(label, detail, form="disease-status", about=primary.id)

    newest = next(iter(primary.statuses), None)
    if newest is None:
        yield lacking("No disease status")
        return
    value = observation_value(newest)
    if not value.text:
        reason = (value.absent or "without a value").lower()
        yield lacking("No disease status", f"last entry: {reason}, {day_of(newest)}")
        return
    day = first_day(effective(newest))
    stale = day is None or today - day > STATUS_FRESH
    if alive and stale and clinical_status(primary.condition) in _ACTIVE:
        yield lacking(
            "No disease status in the last 6 months", f"last: {result(newest)}, {day_of(newest)}"
        )


def _stage(
    primary: PrimaryCancer, treatments: Sequence[Treatment], *, alone: bool
) -> Iterator[Missing]:
    form = stage_form(primary)
    stages = stagings(primary)
    if not stages:
        if not is_staged(primary):
            return
        stated = [f"the diagnosis says {tile.group}" for tile in diagnosis_stage_tiles(primary)]
        yield Missing("No stage record", join(stated), form=form, about=primary.id)
        return
    surgery = _resection(primary, treatments, alone=alone)
    if (
        is_staged_by_tnm(primary)
        and surgery
        and all(stage.basis != "pathologic" for stage in stages)
    ):
        yield Missing(
            "No pathologic stage after surgery",
            f"{surgery.name}, {surgery.period[0]}",
            form=form,
            about=primary.id,
        )


def _resection(
    primary: PrimaryCancer, treatments: Sequence[Treatment], *, alone: bool
) -> Treatment | None:
    """Return the newest operation on this cancer that was more than a biopsy."""
    for treatment in treatments:
        about = bool(primary.references & treatment.reasons) or (alone and not treatment.reasons)
        if (
            treatment.lane == "Surgery"
            and about
            and treatment.happened
            and not treatment.diagnostic
        ):
            return treatment
    return None


def _diagnosis(primary: PrimaryCancer) -> Iterator[Missing]:
    condition = primary.condition
    kinds = {kind_of(item) for item in primary.morphology}
    if not any(map(histology, primary.conditions)) and Kind.HISTOLOGY not in kinds:
        yield Missing("No histology", key=literal_reference(condition))
    if has_two_sides(primary) and not any(map(laterality, primary.conditions)):
        site = concept_text(get(condition, "bodySite")) or ""
        name = concept_text(condition.get("code")) or ""
        if not _SIDE.search(site):
            named = _SIDE.search(name)
            detail = f"its name says {named[1].lower()}" if named else ""
            label = "No side (laterality) on the diagnosis"
            yield Missing(label, detail, key=literal_reference(condition))


def _receptors(primary: PrimaryCancer) -> Iterator[Missing]:
    if lacking := missing_receptors(primary):
        label = f"No {join(lacking, ', ')} status"
        yield Missing(label, form="tumor-marker-test", about=primary.id)


def _performance(record: CancerRecord, today: date) -> Iterator[Missing]:
    detail = ""
    if newest := next(iter(record.performance), None):
        day = first_day(effective(newest))
        if day and today - day <= FRESH:
            return
        detail = f"last: {performance_scale(newest)} {result(newest)}, {day_of(newest)}"
    scale, form = ("Lansky", "lansky") if is_child(record, today) else ("ECOG", "ecog")
    yield Missing(f"No performance status ({scale}) in the last 3 months", detail, form=form)


def draft_lines(record: CancerRecord, drafts: Iterable[OpenDraft]) -> tuple[DraftLine, ...]:
    """Return the drafts of this person about this patient, in the order given."""
    return tuple(_line(record, draft) for draft in drafts)


def _line(record: CancerRecord, draft: OpenDraft) -> DraftLine:
    name = " ".join(_ABBREVIATIONS.get(word, word) for word in draft.form.split("-"))
    kind, _, about = draft.subject.partition(":")
    article = "an" if name[0] in "aeiouE" else "a"
    endpoint, values = "forms.edit", {"slug": draft.form, "resource_id": draft.subject}
    label = f"Draft of an amendment: {name}"
    cancer = None
    if kind == _NEW:
        endpoint, values = "forms.new", {"slug": draft.form, "about": about}
        label = f"Draft of {article} {name}"
        primary = record.primary(about) if len(record.primaries) > 1 else None
        cancer = record.cancer_names[primary.id] if primary else None
    elif kind == _RETRACT:
        endpoint, values = "forms.retract", {"slug": draft.form, "resource_id": about}
        label = f"Draft of a retraction: {name}"
    when = f"last typed {date_time(draft.updated)}"
    if draft.in_chart:
        when = f"sent {date_time(draft.updated)}, in the chart in part or otherwise than entered"
    elif draft.state != "open":
        when = f"sent {date_time(draft.updated)}, not known whether it was saved"
    return DraftLine(label, join([when, cancer]), endpoint, values)


@dataclass(frozen=True)
class ToComplete:
    drafts: tuple[DraftLine, ...]
    missing: tuple[Missing, ...]


def _to_complete(page: Page) -> ToComplete | None:
    found = missing(page.record, page.treatments, page.today)
    if not (page.record.primaries or page.drafts or found):
        return None
    return ToComplete(drafts=draft_lines(page.record, page.drafts), missing=found)


PANEL = Panel("aside", 10, rows=_to_complete, claims=nothing)
