"""For which cancers and ages an entry, a test or a grading is meant.

Each kind of entry has its row here, by the name of its form: the summary offers it where it is
meant, and the form asks wherever it is not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from app.fhir.patterns import Pattern
from app.fhir.types import Resource
from app.mcode.content import is_at_least
from app.mcode.model import PrimaryCancer
from app.mcode.sites import (
    Cancers,
    is_acute_lymphoblastic,
    is_lymphoma,
    is_rhabdomyosarcoma,
    is_solid,
    is_staged,
    is_staged_by_tnm,
)


@dataclass(frozen=True)
class Suited:
    """`cancers` tells those that it is meant for, `of` says which these are, or which patients.

    `ages` are the years from which on and below which it is meant. Without `of` nobody is asked:
    the form itself asks more closely.
    """

    of: str = ""
    cancers: Callable[[PrimaryCancer], bool] | None = None
    ages: tuple[int, int | None] = (0, None)

    def takes_cancer(self, primary: PrimaryCancer | None) -> bool:
        """Tell whether it is meant for a cancer; what is the patient's is for any."""
        return self.cancers is None or primary is None or self.cancers(primary)

    def takes_age(self, patient: Resource, today: date) -> bool:
        """Tell whether it is meant for a patient as old as this one, if that is known."""
        least, below = self.ages
        is_too_old = below is not None and is_at_least(patient, below, today) is True
        return is_at_least(patient, least, today) is not False and not is_too_old


_SOLID = Suited("solid tumors", is_solid)
# The Lansky scale is made for those up to 16 (Cancer 1987;60:1651), the others for those from 16.
_ADULTS = Suited("patients of 16 years and more", ages=(16, None))

ENTRIES = {
    "tumor-morphology": _SOLID,
    "tumor": _SOLID,
    "tumor-size": _SOLID,
    "tnm-stage": Suited("cancers that are staged by TNM", is_staged_by_tnm),
    "lymphoma-stage": Suited("lymphomas", is_lymphoma),
    "cancer-stage": Suited(cancers=is_staged),
    "rhabdomyosarcoma-risk": Suited("rhabdomyosarcomas", is_rhabdomyosarcoma),
    "all-risk": Suited("acute lymphoblastic leukemia", is_acute_lymphoblastic),
    "deauville": Suited("lymphomas", is_lymphoma),
    "lansky": Suited("children from 1 to 16 years", ages=(1, 17)),
    "ecog": _ADULTS,
    "karnofsky": _ADULTS,
}


def suited_entry(slug: str) -> Suited:
    """Return for whom an entry is meant, by the name of its form; most are for any."""
    return ENTRIES.get(slug, Suited())


def _of(words: str, icd10: str, text: str) -> Suited:
    return Suited(words, Cancers(icd10, text).holds)


_PROSTATE = _of("prostate cancer", r"C61", r"prostat")
_BREAST = _of("breast cancer", r"C50|D05", r"\bbreast\b|\bmammary\b")

GRADINGS = {
    "449205006": _BREAST,  # Nottingham
    "396192007": _of("cancer of the kidney", r"C64", r"kidney|renal"),  # Fuhrman
    "426757001": _of("sarcomas", r"C4[0169]", r"sarcoma"),  # FNCLCC
    "897202005": _PROSTATE,  # Gleason
}
"""The grading systems that are made for one cancer, by their SNOMED CT code."""

# What a test is called that is made for one organ, by LOINC.
_TESTS = (
    (Pattern(r"Prostate specific Ag\b"), _PROSTATE),
    (Pattern(r"\bin Breast cancer specimen\b"), _BREAST),
    (Pattern(r"Thyroglobulin\b"), _of("thyroid cancer", r"C73", r"thyroid")),
    (Pattern(r"Bladder tumor Ag\b"), _of("bladder cancer", r"C6[5-8]|D09\.0", r"bladder|urothel")),
    (
        Pattern(r"Human epididymis protein 4\b"),
        _of("cancer of the ovary or the uterus", r"C5[4-7]|C48", r"ovar|fallop|periton|endometri"),
    ),
)


def suited_test(name: str) -> Suited:
    """Return for which cancer a test is, by its LOINC name; most are for any."""
    return next((suited for pattern, suited in _TESTS if pattern.search(name)), Suited())
