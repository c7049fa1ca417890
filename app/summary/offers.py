"""The forms that make sense for a cancer, as its card offers them."""

from collections.abc import Callable, Mapping
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
    unfit = _OF_ADULTS if is_child(record, today) else _OF_CHILDREN

    def fits(slug: str) -> bool:
        return slug not in unfit and (slug not in _ONLY_FOR or _ONLY_FOR[slug](primary))

    offered = {
        group: {slug: titles[slug] for slug in slugs if slug in titles and fits(slug)}
        for group, slugs in _GROUPS.items()
    }
    return {group: forms for group, forms in offered.items() if forms}


_GROUPS = {
    "Diagnosis": (
        *("secondary-cancer", "history-of-metastatic-cancer", "tumor-morphology", "tumor"),
        *("tumor-size", "specimen"),
    ),
    "Staging": ("tnm-stage", "lymphoma-stage", "cancer-stage", "rhabdomyosarcoma-risk", "all-risk"),
    "Assessment": (
        *("lansky", "ecog", "karnofsky", "deauville", "comorbidities", "body-surface-area"),
    ),
    "Labs and genomics": (
        *("tumor-marker-test", "genomic-variant", "genomic-region-studied", "genomics-report"),
    ),
    "Treatment": (
        *("medication-request", "medication-administration", "surgical-procedure"),
        *("radiotherapy-course", "radiotherapy-volume"),
    ),
    "Outcome": ("disease-status",),
}
_ONLY_FOR: dict[str, Callable[[PrimaryCancer], bool]] = {
    "tumor-morphology": is_solid,
    "tumor": is_solid,
    "tumor-size": is_solid,
    "tnm-stage": is_staged_by_tnm,
    "lymphoma-stage": is_lymphoma,
    "cancer-stage": is_staged,
    "rhabdomyosarcoma-risk": is_rhabdomyosarcoma,
    "all-risk": is_acute_lymphoblastic,
    "deauville": is_lymphoma,
}
_OF_CHILDREN = frozenset({"lansky"})
_OF_ADULTS = frozenset({"ecog", "karnofsky"})
