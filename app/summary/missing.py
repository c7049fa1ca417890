"""What the chart does not say, or says in two ways, and which form mends it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.fhir.paths import get, key
from app.formatting import join
from app.mcode.facts import (
    clinical_status,
    concept_text,
    condition_title,
    effective,
    histology,
    laterality,
)
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.patient import is_deceased
from app.mcode.receptors import missing_receptors
from app.mcode.recognise import kind_of
from app.mcode.sites import has_two_sides, is_staged, is_staged_by_tnm
from app.mcode.values import observation_value
from app.summary.contradictions import contradictions
from app.summary.offers import is_child, stage_form
from app.summary.performance import performance_rows
from app.summary.stages import diagnosis_stage_tiles, stagings
from app.summary.treatments import Treatment
from app.summary.words import day_of, first_day, result

FRESH = timedelta(days=92)
STATUS_FRESH = timedelta(days=183)

_ACTIVE = frozenset({"active", "recurrence", "relapse"})
_SIDE = re.compile(r"\b(left|right|bilateral)\b", re.IGNORECASE)


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
    """Return what is missing, primary by primary, then what is missing of the patient."""
    found: list[Missing] = []
    for primary in record.primaries:
        alone = len(record.primaries) == 1
        of_primary = (
            *_stage(primary, treatments, alone=alone),
            *(Missing(words, where) for words, where in contradictions(primary)),
            *_diagnosis(primary),
            *_receptors(primary),
            *_status(primary, today, alive=not is_deceased(record.patient)),
        )
        # With several cancers each line says which one it is about.
        title = "" if alone else condition_title(primary.condition)
        found += [replace(item, detail=join([item.detail, title])) for item in of_primary]
    if record.primaries and not is_deceased(record.patient):
        found += _performance(record, today)
    return tuple(found)


def _status(primary: PrimaryCancer, today: date, *, alive: bool) -> Iterator[Missing]:
    def lacking(words: str, detail: str = "") -> Missing:
        return Missing(words, detail, form="disease-status", about=primary.id)

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
        told = [f"the diagnosis says {tile.group}" for tile in diagnosis_stage_tiles(primary)]
        yield Missing("No stage record", join(told), form=form, about=primary.id)
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
    reference = f"Condition/{primary.id}"
    for treatment in treatments:
        about = reference in treatment.reasons or (alone and not treatment.reasons)
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
    if not histology(condition) and Kind.HISTOLOGY not in kinds:
        yield Missing("No histology", key=key(condition))
    if has_two_sides(primary) and not laterality(condition):
        site = concept_text(get(condition, "bodySite")) or ""
        name = concept_text(condition.get("code")) or ""
        if not _SIDE.search(site):
            told = _SIDE.search(name)
            detail = f"only its name says {told[1].lower()}" if told else ""
            words = "No side (laterality) on the diagnosis"
            yield Missing(words, detail, key=key(condition))


def _receptors(primary: PrimaryCancer) -> Iterator[Missing]:
    if lacking := missing_receptors(primary):
        words = f"No {join(lacking, ', ')} status"
        yield Missing(words, form="tumor-marker-test", about=primary.id)


def _performance(record: CancerRecord, today: date) -> Iterator[Missing]:
    rows = performance_rows(record)
    newest = first_day(effective(record.performance[0])) if rows else None
    if newest and today - newest <= FRESH:
        return
    detail = f"last: {rows[0].scale} {rows[0].score}, {rows[0].date}" if rows else ""
    scale, form = ("Lansky", "lansky") if is_child(record, today) else ("ECOG", "ecog")
    yield Missing(f"No performance status ({scale}) in the last 3 months", detail, form=form)
