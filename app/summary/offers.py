"""The forms that make sense for a cancer, as its card offers them."""

from collections.abc import Mapping
from datetime import date

from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.sites import is_lymphoma, is_staged_by_tnm
from app.mcode.suited import suited_entry


def stage_form(primary: PrimaryCancer) -> str:
    """Return the slug of the form that stages this kind of cancer."""
    if is_staged_by_tnm(primary):
        return "tnm-stage"
    return "lymphoma-stage" if is_lymphoma(primary) else "cancer-stage"


def is_child(record: CancerRecord, today: date) -> bool:
    """Tell whether the patient is too young for ECOG's scale; False where the age is not known."""
    return not suited_entry("ecog").takes_age(record.patient, today)


def offers(
    record: CancerRecord, primary: PrimaryCancer, titles: Mapping[str, str], today: date
) -> dict[str, dict[str, str]]:
    """Return the forms for what can be added to a cancer, in clinical order.

    `titles` are those of all forms, by slug. The answer has the same for each group, by its title.
    """
    unfit = _OF_ADULTS if is_child(record, today) else _OF_CHILDREN

    def fits(slug: str) -> bool:
        return slug not in unfit and suited_entry(slug).takes_cancer(primary)

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
    "Outcome": ("disease-status", "treatment-plan-review"),
}
_OF_CHILDREN = frozenset({"lansky"})
_OF_ADULTS = frozenset({"ecog", "karnofsky"})
