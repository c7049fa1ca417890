"""Tumor marker tests: which go with a cancer, and what kind of result each has.

A test of LOINC says in its name what it measures: "[Presence]" a finding, "[Mass/volume]" a number
(LOINC Users' Guide, property).
"""

from functools import cache
from typing import Any, Literal

from app.fhir.patterns import Pattern
from app.mcode.model import PrimaryCancer
from app.mcode.sites import Cancers
from app.terminology import shipped
from app.terminology.concept import Concept
from app.terminology.systems import LOINC, known_codes

ResultKind = Literal["number", "finding", "words"]

# The property in a test's name, by the kind of its result; the first that is found counts.
_KINDS: tuple[tuple[ResultKind, Pattern], ...] = (
    ("words", Pattern(r"\b(?:Narrative|Report)$")),
    (
        "finding",
        Pattern(r"(?i)\[(?:Presence|Interpretation|Identifier|Type)\]|\b(?:Nominal|Qualitative)\b"),
    ),
    (
        "number",
        Pattern(
            r"(?i)/(?:volume|mass|time)\]|\[(?:Units|# Ratio|Mass Ratio|Molar ratio|Ratio|"
            r"Z-score)\]|Cycle Threshold|Multiple of the median|/100 |/Cells counted|/nucleus|"
            r"copy number/|\.total\b|\bscore\b"
        ),
    ),
)
# What a unit of UCUM looks like that measures a property.
_FITTING = {
    "Mass/volume": Pattern(r"[fpnumckd]?g/[fpnumckd]?L|[fpnumckd]?g%"),
    "Moles/volume": Pattern(r"[fpnumckd]?mol/[fpnumckd]?L|[fpnumckd]?eq/L"),
    "Enzymatic activity/volume": Pattern(r"(?:[numk]?U|[numk]?kat|[numk]?\[IU\])/[umd]?L"),
    "Units/volume": Pattern(r"\A[numk]?(?:U|\[[^\]]+\]|\{[^}]+\})/[fpnumckd]?L"),
}
_PROPERTY = Pattern(r"\[([^\[\]]+)\]")


def suggested_tests(primary: PrimaryCancer) -> list[str]:
    """Return LOINC codes of tests: those on record for the cancer, then those that go with it."""
    recorded = [
        code
        for marker in primary.biomarkers
        for system, code in sorted(known_codes(marker.get("code")))
        if system == LOINC
    ]
    usual = [
        code
        for row in _data()["suggested"]
        if Cancers(row["icd10"], rf"\b(?:{row['words']})").describes_primary(primary)
        for code in row["codes"]
    ]
    return list(dict.fromkeys([*recorded, *usual]))


def common_tests() -> frozenset[str]:
    """Return the LOINC codes of the tests that go with some cancer."""
    return frozenset(code for row in _data()["suggested"] for code in row["codes"])


def result_kind(test: str) -> ResultKind | None:
    """Return the kind of result that a test of this LOINC name has, None where it does not say."""
    return next((kind for kind, pattern in _KINDS if pattern.search(test)), None)


def usual_unit(test: Concept) -> str | None:
    """Return the UCUM unit in which a test is mostly reported; a laboratory may have its own."""
    found = (row["unit"] for row in _data()["units"] if Pattern(row["test"]).match(test.term))
    return next(found, None) if test.system == LOINC else None


def usual_units() -> list[str]:
    """Return all units that are usual for some test."""
    return list(dict.fromkeys(row["unit"] for row in _data()["units"]))


def fits_property(test: str, unit: str) -> bool:
    """Tell whether a unit can measure what the LOINC name of a test says is measured."""
    found = _PROPERTY.search(test)
    pattern = _FITTING.get(found[1]) if found else None
    return pattern is None or pattern.fullmatch(unit) is not None


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = shipped("marker_tests")
    return data
