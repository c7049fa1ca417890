"""What a resource is, from the resource alone: by code, then category, then profile.

Profiles come last because EHRs seldom tag them, and old tags outlive the data. A code that says
something else than the profile is believed.
"""

from __future__ import annotations

import re

from app.fhir.paths import items, text
from app.fhir.types import Resource
from app.mcode.codes import (
    CATEGORY_CODES,
    OBSERVATION_CODES,
    PROCEDURE_CODES,
    REPORT_CODES,
    STAGE_CODES,
    TNM_CODES,
    TUMOR_MORPHOLOGIES,
    VOLUME_TYPES,
    Kind,
    antineoplastics,
    tumor_markers,
)
from app.mcode.conditions import condition_kind
from app.mcode.profiles import extensions_named, profile_names
from app.mcode.staging import OTHER
from app.mcode.treatments import medication_text
from app.terminology.systems import LOINC, RXNORM, known_codes
from app.terminology.tnm import Basis
from app.terminology.words import concept_text

MEDICATION_TYPES = frozenset(
    {"MedicationRequest", "MedicationAdministration", "MedicationStatement"}
)

_PROFILE_KINDS: tuple[tuple[str, str, Kind], ...] = (
    ("Observation", r"tnm-.*stage-group|cancer-stage-group", Kind.TNM_GROUP),
    ("Observation", r"tnm-.*primary-tumor-category", Kind.TNM_T),
    ("Observation", r"tnm-.*regional-nodes-category", Kind.TNM_N),
    ("Observation", r"tnm-.*distant-metastases-category", Kind.TNM_M),
    ("Observation", r"cancer-stage|lymphoma-stage|cll-(rai|binet)-stage", Kind.STAGE),
    ("Observation", r"gynecologic-tumor-.*stage|melanoma-(breslow|clark).*", Kind.STAGE),
    (
        "Observation",
        r"myeloma-r?iss-stage|.*gleason-grade-group|neuroblastoma-.*",
        Kind.STAGE,
    ),
    ("Observation", r"rhabdomyosarcoma-clinical-group.*|wilms-.*stage", Kind.STAGE),
    ("Observation", r".*risk-assessment", Kind.RISK),
    ("Observation", r"cancer-disease-status", Kind.DISEASE_STATUS),
    ("Observation", r"deauville-scale", Kind.DEAUVILLE),
    ("Observation", r"comorbidities(-elixhauser)?", Kind.COMORBIDITIES),
    ("Observation", r"(ecog|karnofsky|lansky-play)-performance-status", Kind.PERFORMANCE),
    ("Observation", r"tumor-marker(-test)?", Kind.TUMOR_MARKER),
    ("Observation", r"histologic-behavior-and-type", Kind.HISTOLOGY),
    ("Observation", r"histologic-grade", Kind.GRADE),
    ("Observation", r"tumor-morphology", Kind.MORPHOLOGY),
    ("Observation", r"tumor-size", Kind.TUMOR_SIZE),
    ("Observation", r"history-of-metastatic-cancer", Kind.METASTASIS_HISTORY),
    ("Observation", r"body-surface-area", Kind.BODY_SURFACE),
    ("Observation", r"genomic-variant|cancer-genetic-variant", Kind.VARIANT),
    ("Observation", r"genomic-region-studied", Kind.REGION),
    ("DiagnosticReport", r"(cancer-)?genomics-report", Kind.GENOMICS_REPORT),
    ("BodyStructure", r"radiotherapy-volume", Kind.VOLUME),
    ("BodyStructure", r"tumor", Kind.TUMOR),
    ("Procedure", r"cancer-related-surgical-procedure", Kind.SURGERY),
    ("Procedure", r"radiotherapy-course-summary", Kind.RADIOTHERAPY),
    ("Procedure", r"cancer-related-radiation-procedure", Kind.RADIOTHERAPY),
)

# Staging that an EHR codes in a system of its own: "AJCC clinical T category", "Stage group".
_TNM_WORDS: tuple[tuple[re.Pattern[str], Kind], ...] = tuple(
    (re.compile(rf"\b(?:y?[cp])?{axis}[ -](?i:stage|category)\b|(?i:{name}) \({axis}\)"), kind)
    for axis, name, kind in (
        ("T", "tumou?r", Kind.TNM_T),
        ("N", "nodes", Kind.TNM_N),
        ("M", r"metastas[ei]s", Kind.TNM_M),
    )
)
_GROUP_WORDS = re.compile(
    r"\bstag(?:e|ing) group|\bgroup stage|"
    r"\b(?:ajcc|uicc|tnm)\b(?: (?:clinical|pathologic(?:al)?))? stage\b",
    re.IGNORECASE,
)
_OTHER_STAGE_WORDS = re.compile(
    r"\b(?:FIGO|Binet|Rai|R-?ISS|Ann Arbor|Lugano|Breslow|Clark|INSS|INRGSS|Dukes|BCLC)\b"
    r".*\b(?:stag(?:e|ing)|level|depth)\b",
    re.IGNORECASE,
)
_HISTORY_WORDS = re.compile(r"history of .*metasta", re.IGNORECASE)
_RADIOTHERAPY_WORDS = re.compile(r"radiotherapy|radiation therapy|brachytherapy", re.IGNORECASE)


def kind_of(resource: Resource) -> Kind | None:
    """Return what a resource is in the cancer record, None for one that is not recognised.

    A Condition that only its links show to be a cancer, and a treatment that only its reason does,
    are recognised where the links are known (app.mcode.assembly).
    """
    type_ = text(resource.get("resourceType"))
    if type_ == "Condition":
        return condition_kind(resource)
    if type_ in MEDICATION_TYPES:
        return Kind.MEDICATION if is_cancer_medication(resource) else None
    if type_ == "Specimen":
        return Kind.SPECIMEN
    if type_ == "FamilyMemberHistory":
        return Kind.FAMILY_HISTORY
    return (
        _by_code(resource) or _by_category(resource) or _by_profile(resource) or _by_shape(resource)
    )


def is_cancer_medication(resource: Resource, medication: Resource | None = None) -> bool:
    """Tell whether a drug is given against cancer, by profile, extension or ingredient."""
    if any(name.startswith("cancer-related-medication") for name in profile_names(resource)):
        return True
    if extensions_named(resource, "intent") or extensions_named(resource, "normalization"):
        return True
    concept = resource.get("medicationCodeableConcept") or (medication or {}).get("code")
    known = antineoplastics()
    if any(system == RXNORM and code in known for system, code in known_codes(concept)):
        return True
    words = (medication_text(resource, medication) or "").lower()
    return any(name in words for name in known.values())


def tnm_basis(observation: Resource) -> Basis:
    """Return the basis of a TNM Observation: of its code, else its profile, else its words."""
    for code in known_codes(observation.get("code")):
        if code in TNM_CODES:
            return TNM_CODES[code][1]
    for name in profile_names(observation):
        if name.startswith("tnm-clinical-"):
            return "clinical"
        if name.startswith("tnm-pathological-"):
            return "pathologic"
    words = (concept_text(observation.get("code")) or "").lower()
    if "patholog" in words:
        return "pathologic"
    return "clinical" if "clinical" in words else "other"


def staging_system(observation: Resource) -> str:
    """Return the key of the staging system of a non-TNM stage (app.mcode.staging)."""
    found = [
        STAGE_CODES[code] for code in known_codes(observation.get("code")) if code in STAGE_CODES
    ]
    return min(found, key=lambda system: system == OTHER, default=OTHER)


def _by_code(resource: Resource) -> Kind | None:
    coded = sorted(known_codes(resource.get("code")))
    match resource.get("resourceType"):
        case "Observation":
            found = next(
                (OBSERVATION_CODES[code] for code in coded if code in OBSERVATION_CODES), None
            )
            marker = any(system == LOINC and code in tumor_markers() for system, code in coded)
            return found or (Kind.TUMOR_MARKER if marker else None)
        case "Procedure":
            return next(
                (PROCEDURE_CODES[code] for _, code in coded if code in PROCEDURE_CODES), None
            )
        case "DiagnosticReport":
            return next((REPORT_CODES[code] for code in coded if code in REPORT_CODES), None)
    return None


def _by_category(resource: Resource) -> Kind | None:
    type_ = str(resource.get("resourceType"))
    for category in items(resource.get("category")):
        for _, code in sorted(known_codes(category)):
            if kind := CATEGORY_CODES.get((type_, code)):
                return kind
    return None


def _by_profile(resource: Resource) -> Kind | None:
    type_ = resource.get("resourceType")
    for name in profile_names(resource):
        for of_type, pattern, kind in _PROFILE_KINDS:
            if of_type == type_ and re.fullmatch(pattern, name):
                return kind
    return None


def _by_shape(resource: Resource) -> Kind | None:
    """Recognise what only SNOMED CT's whole hierarchy could tell by code."""
    words = concept_text(resource.get("code")) or ""
    match resource.get("resourceType"):
        case "Observation" if _HISTORY_WORDS.search(words):
            return Kind.METASTASIS_HISTORY
        case "Observation":
            return _by_staging_words(words)
        case "Procedure" if _RADIOTHERAPY_WORDS.search(words):
            return Kind.RADIOTHERAPY
        case "BodyStructure":
            return _body_structure(resource)
    return None


def _body_structure(resource: Resource) -> Kind | None:
    coded = known_codes(resource.get("morphology"))
    if extensions_named(resource, "related-condition") or coded & TUMOR_MORPHOLOGIES:
        return Kind.TUMOR
    return Kind.VOLUME if coded & VOLUME_TYPES else None


def _by_staging_words(words: str) -> Kind | None:
    if _OTHER_STAGE_WORDS.search(words):
        return Kind.STAGE
    for pattern, kind in _TNM_WORDS:
        if pattern.search(words):
            return kind
    return Kind.TNM_GROUP if _GROUP_WORDS.search(words) else None
