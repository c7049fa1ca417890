"""The codes by which cancer data are found and recognised, the older ones beside the current.

Where two releases of mCODE disagree (disease status is 97509-4 since STU2 and 88040-1 before and in
the search pages of STU4) both are here, since charts hold both.
"""

from __future__ import annotations

import json
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import app.terminology
from app.mcode.staging import FURTHER_TNM, SYSTEMS
from app.terminology.systems import LOINC, NCIT, SNOMED
from app.terminology.tnm import Axis, Basis, observation_codes

Code = tuple[str, str]

# Codes that mCODE's second release had asked LOINC for.
MCODE_REQUESTED = "http://hl7.org/fhir/us/mcode/CodeSystem/loinc-requested-cs"


class Kind(StrEnum):
    """What a resource is in the cancer record."""

    PRIMARY = "primary cancer"
    SECONDARY = "metastasis"
    TNM_GROUP = "TNM stage group"
    TNM_T = "T category"
    TNM_N = "N category"
    TNM_M = "M category"
    STAGE = "stage"
    RISK = "risk assessment"
    DISEASE_STATUS = "disease status"
    DEAUVILLE = "Deauville score"
    COMORBIDITIES = "comorbidities"
    PERFORMANCE = "performance status"
    TUMOR_MARKER = "tumor marker"
    HISTOLOGY = "histology"
    GRADE = "histologic grade"
    MORPHOLOGY = "tumor morphology"
    TUMOR = "tumor"
    TUMOR_SIZE = "tumor size"
    NODES = "lymph nodes counted"
    PATHOLOGY_REPORT = "pathology report"
    METASTASIS_HISTORY = "history of metastatic cancer"
    BODY_SURFACE = "body surface area"
    FAMILY_HISTORY = "family history"
    VARIANT = "genomic variant"
    REGION = "genomic region studied"
    GENOMICS_REPORT = "genomics report"
    MEDICATION = "cancer medication"
    SURGERY = "cancer surgery"
    RADIOTHERAPY = "radiotherapy"
    VOLUME = "radiotherapy volume"
    SPECIMEN = "specimen"


TNM_KINDS: dict[Axis, Kind] = {
    "group": Kind.TNM_GROUP,
    "t": Kind.TNM_T,
    "n": Kind.TNM_N,
    "m": Kind.TNM_M,
}

TNM_CODES: dict[Code, tuple[Axis, Basis]] = {
    (concept.system, concept.code): (axis, basis) for axis, basis, concept in observation_codes()
} | {(system, code): (axis, basis) for axis, basis, system, code in FURTHER_TNM}

STAGE_CODES: dict[Code, str] = {
    code: system.key
    for system in SYSTEMS
    for code in (
        *((SNOMED, code) for code in system.snomed),
        *((NCIT, code) for code in system.ncit),
    )
}

FINDING_CODES: dict[Code, Kind] = {
    (LOINC, "97509-4"): Kind.DISEASE_STATUS,
    (LOINC, "88040-1"): Kind.DISEASE_STATUS,
    (LOINC, "21889-1"): Kind.TUMOR_SIZE,
    (LOINC, "21893-3"): Kind.NODES,  # regional, positive
    (LOINC, "21894-1"): Kind.NODES,  # regional, examined
    (LOINC, "92832-5"): Kind.NODES,  # sentinel, with metastasis
    (LOINC, "92833-3"): Kind.NODES,  # examined by light microscopy
    (LOINC, "85347-3"): Kind.NODES,  # sentinel, examined
    (LOINC, "89247-1"): Kind.PERFORMANCE,  # ECOG
    (LOINC, "89243-0"): Kind.PERFORMANCE,  # Karnofsky
    (NCIT, "C38144"): Kind.PERFORMANCE,  # Lansky
    (SNOMED, "398192003"): Kind.COMORBIDITIES,
    (MCODE_REQUESTED, "comorbidities-elixhauser"): Kind.COMORBIDITIES,  # STU2
    (LOINC, "31206-6"): Kind.HISTOLOGY,
    (NCIT, "C18000"): Kind.GRADE,
    (LOINC, "77753-2"): Kind.MORPHOLOGY,
    (SNOMED, "708895006"): Kind.DEAUVILLE,
    (LOINC, "8277-6"): Kind.BODY_SURFACE,
    (LOINC, "3140-1"): Kind.BODY_SURFACE,  # derived from a formula
    (LOINC, "69548-6"): Kind.VARIANT,
    (LOINC, "53041-0"): Kind.REGION,
    (NCIT, "C148010"): Kind.RISK,
    (NCIT, "C167435"): Kind.RISK,
    (SNOMED, "1287652008"): Kind.METASTASIS_HISTORY,
}

# Measured heights and weights; those that were stated or estimated are no basis for a dose.
HEIGHT_CODES = frozenset({(LOINC, "8302-2"), (LOINC, "8306-3"), (LOINC, "3137-7")})
WEIGHT_CODES = frozenset({(LOINC, "29463-7"), (LOINC, "3141-9")})

OBSERVATION_CODES: dict[Code, Kind] = {
    **{code: TNM_KINDS[axis] for code, (axis, _) in TNM_CODES.items()},
    **dict.fromkeys(STAGE_CODES, Kind.STAGE),
    **FINDING_CODES,
}

PROCEDURE_CODES: dict[str, Kind] = {
    "1217123003": Kind.RADIOTHERAPY,
    "USCRS-33529": Kind.RADIOTHERAPY,  # the same before SNOMED CT had it
}

REPORT_CODES: dict[Code, Kind] = {
    (LOINC, "51969-4"): Kind.GENOMICS_REPORT,
    (LOINC, "81247-9"): Kind.GENOMICS_REPORT,
    (LOINC, "60568-3"): Kind.PATHOLOGY_REPORT,  # synoptic
    (LOINC, "22637-3"): Kind.PATHOLOGY_REPORT,  # final diagnosis
    (LOINC, "11526-1"): Kind.PATHOLOGY_REPORT,  # study
}

# Of a BodyStructure: that of a tumor, in STU2 (now inactive) and since STU3.
TUMOR_MORPHOLOGIES = frozenset({(SNOMED, "367651003"), (SNOMED, "1240414004")})

# Of a BodyStructure: gross tumor, clinical and planning target volume, and their kin.
VOLUME_TYPES = frozenset(
    (SNOMED, code)
    for code in (
        *("228791009", "228792002", "228793007"),
        *("1162586008", "1201745009", "1201746005"),
    )
)

# SNOMED CT codes in `category`, as older releases and mCODE's search pages have them.
CATEGORY_CODES: dict[tuple[str, str], Kind] = {
    ("Condition", "372087000"): Kind.PRIMARY,
    ("Condition", "128462008"): Kind.SECONDARY,
    ("Observation", "385356007"): Kind.STAGE,
    ("Observation", "250724005"): Kind.TUMOR_MARKER,
    ("Procedure", "387713003"): Kind.SURGERY,
    ("Procedure", "53438000"): Kind.RADIOTHERAPY,
    ("Procedure", "108290001"): Kind.RADIOTHERAPY,
    ("DiagnosticReport", "GE"): Kind.GENOMICS_REPORT,
    ("DiagnosticReport", "LP7839-6"): Kind.PATHOLOGY_REPORT,  # of LOINC, as US Core has it
    ("DiagnosticReport", "SP"): Kind.PATHOLOGY_REPORT,  # of HL7 v2, as "GE" is
}


def searched_codes() -> list[str]:
    """Return the codes of the Observations that no category search is sure to find.

    Heights and weights are among them, since their category holds every blood pressure too.
    """
    measured = sorted(HEIGHT_CODES | WEIGHT_CODES)
    return list(dict.fromkeys(code for _, code in (*OBSERVATION_CODES, *measured)))


@cache
def tumor_markers() -> frozenset[str]:
    """Return the LOINC codes of mCODE's tumor marker tests."""
    return frozenset(_data("tumor_markers")["codes"])


@cache
def antineoplastics() -> dict[str, str]:
    """Return the names of antineoplastic ingredients by their RxNorm code."""
    return dict(_data("antineoplastics")["ingredients"])


def _data(name: str) -> dict[str, Any]:
    path = Path(app.terminology.__path__[0]) / "data" / f"{name}.json"
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data
