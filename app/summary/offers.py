"""The forms that make sense for a cancer, as its card offers them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.sites import (
    is_acute_lymphoblastic,
    is_lymphoma,
    is_rhabdomyosarcoma,
    is_solid,
    is_staged,
    is_staged_by_tnm,
)
from app.summary.words import first_day

# The Lansky scale is made for those up to 16 (Cancer 1987;60:1651), the others for those from 16.
_LANSKY_UP_TO = 16
_SHORTEST_YEAR = 365


@dataclass(frozen=True)
class Offer:
    """A form and what it adds, in words."""

    slug: str
    label: str


@dataclass(frozen=True)
class OfferGroup:
    title: str
    offers: tuple[Offer, ...]


def stage_form(primary: PrimaryCancer) -> str:
    """Return the slug of the form that stages this kind of cancer."""
    if is_staged_by_tnm(primary):
        return "tnm-stage"
    return "lymphoma-stage" if is_lymphoma(primary) else "cancer-stage"


def is_child(record: CancerRecord, today: date) -> bool:
    """Tell whether the patient is too young for ECOG's scale; False where the age is not known."""
    born = first_day(record.patient.get("birthDate"))
    return born is not None and (today - born).days < _LANSKY_UP_TO * _SHORTEST_YEAR


def offers(
    record: CancerRecord, primary: PrimaryCancer, slugs: Collection[str], today: date
) -> tuple[OfferGroup, ...]:
    """Return what can be added to a cancer by the forms that there are, in clinical order."""
    groups = {
        "Diagnosis": [
            Offer("secondary-cancer", "Metastasis"),
            Offer("history-of-metastatic-cancer", "History of metastatic cancer"),
            *_of_tissue(primary),
        ],
        "Staging": list(_staging(primary)),
        "Assessment": [
            *_performance(record, today),
            *([Offer("deauville", "Deauville score")] if is_lymphoma(primary) else []),
            Offer("comorbidities", "Comorbidities"),
            Offer("body-surface-area", "Body surface area"),
        ],
        "Labs and genomics": [
            Offer("tumor-marker-test", "Tumor marker test"),
            Offer("genomic-variant", "Genomic variant"),
            Offer("genomic-region-studied", "Genomic region studied"),
            Offer("genomics-report", "Genomics report"),
        ],
        "Treatment": [
            Offer("medication-request", "Drug order"),
            Offer("medication-administration", "Drug given"),
            Offer("surgical-procedure", "Operation"),
            Offer("radiotherapy-course", "Radiotherapy course"),
            Offer("radiotherapy-volume", "Radiotherapy volume"),
        ],
        "Outcome": [Offer("disease-status", "Disease status")],
    }
    there = {
        title: tuple(offer for offer in found if offer.slug in slugs)
        for title, found in groups.items()
    }
    return tuple(OfferGroup(title, found) for title, found in there.items() if found)


def _of_tissue(primary: PrimaryCancer) -> Iterator[Offer]:
    if is_solid(primary):
        yield Offer("tumor-morphology", "Tumor morphology")
        yield Offer("tumor", "Tumor")
        yield Offer("tumor-size", "Tumor size")
    yield Offer("specimen", "Specimen")


def _staging(primary: PrimaryCancer) -> Iterator[Offer]:
    if is_staged_by_tnm(primary):
        yield Offer("tnm-stage", "TNM stage")
    if is_lymphoma(primary):
        yield Offer("lymphoma-stage", "Lymphoma stage")
    if is_staged(primary):
        yield Offer("cancer-stage", "Stage other than TNM")
    if is_rhabdomyosarcoma(primary):
        yield Offer("rhabdomyosarcoma-risk", "Rhabdomyosarcoma risk group")
    if is_acute_lymphoblastic(primary):
        yield Offer("all-risk", "ALL risk group")


def _performance(record: CancerRecord, today: date) -> Iterator[Offer]:
    if is_child(record, today):
        yield Offer("lansky", "Lansky play performance status")
    else:
        yield Offer("ecog", "ECOG performance status")
        yield Offer("karnofsky", "Karnofsky performance status")
