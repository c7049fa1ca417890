"""The forms that make sense for a cancer, as its card offers them."""

from collections.abc import Iterator, Mapping
from datetime import date

from app.mcode.content import is_at_least
from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.sites import (
    is_acute_lymphoblastic,
    is_lymphoma,
    is_rhabdomyosarcoma,
    is_solid,
    is_staged,
    is_staged_by_tnm,
)

# The Lansky scale is made for those up to 16 (Cancer 1987;60:1651), the others for those from 16.
_LANSKY_UP_TO = 16


def stage_form(primary: PrimaryCancer) -> str:
    """Return the slug of the form that stages this kind of cancer."""
    if is_staged_by_tnm(primary):
        return "tnm-stage"
    return "lymphoma-stage" if is_lymphoma(primary) else "cancer-stage"


def is_child(record: CancerRecord, today: date) -> bool:
    """Tell whether the patient is too young for ECOG's scale; False where the age is not known."""
    return is_at_least(record.patient, _LANSKY_UP_TO, today) is False


def offers(
    record: CancerRecord, primary: PrimaryCancer, titles: Mapping[str, str], today: date
) -> dict[str, dict[str, str]]:
    """Return the forms for what can be added to a cancer, in clinical order.

    `titles` are those of all forms, by slug. The answer has the same for each group, by its title.
    """
    groups = {
        "Diagnosis": ["secondary-cancer", "history-of-metastatic-cancer", *_of_tissue(primary)],
        "Staging": list(_staging(primary)),
        "Assessment": [
            *_performance(record, today),
            *(["deauville"] if is_lymphoma(primary) else []),
            "comorbidities",
            "body-surface-area",
        ],
        "Labs and genomics": [
            "tumor-marker-test",
            "genomic-variant",
            "genomic-region-studied",
            "genomics-report",
        ],
        "Treatment": [
            "medication-request",
            "medication-administration",
            "surgical-procedure",
            "radiotherapy-course",
            "radiotherapy-volume",
        ],
        "Outcome": ["disease-status"],
    }
    offered = {
        group: {slug: titles[slug] for slug in slugs if slug in titles}
        for group, slugs in groups.items()
    }
    return {group: forms for group, forms in offered.items() if forms}


def _of_tissue(primary: PrimaryCancer) -> Iterator[str]:
    if is_solid(primary):
        yield "tumor-morphology"
        yield "tumor"
        yield "tumor-size"
    yield "specimen"


def _staging(primary: PrimaryCancer) -> Iterator[str]:
    if is_staged_by_tnm(primary):
        yield "tnm-stage"
    if is_lymphoma(primary):
        yield "lymphoma-stage"
    if is_staged(primary):
        yield "cancer-stage"
    if is_rhabdomyosarcoma(primary):
        yield "rhabdomyosarcoma-risk"
    if is_acute_lymphoblastic(primary):
        yield "all-risk"


def _performance(record: CancerRecord, today: date) -> Iterator[str]:
    if is_child(record, today):
        yield "lansky"
    else:
        yield "ecog"
        yield "karnofsky"
