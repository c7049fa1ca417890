"""Codes of stages, measured heights and weights, tumor markers and drugs against cancer."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import app.terminology
from app.mcode.staging import FURTHER_TNM, SYSTEMS
from app.terminology.systems import LOINC, NCIT, SNOMED
from app.terminology.tnm import Axis, Basis, observation_codes

Code = tuple[str, str]

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

# Measured heights and weights; those that were stated or estimated are no basis for a dose.
HEIGHT_CODES = frozenset({(LOINC, "8302-2"), (LOINC, "8306-3"), (LOINC, "3137-7")})
WEIGHT_CODES = frozenset({(LOINC, "29463-7"), (LOINC, "3141-9")})


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
