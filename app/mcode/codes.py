"""Codes of stages, measured heights and weights, tumor markers and drugs against cancer.

Stages: mCODE 4.0.0, the table of the Cancer Stage profile and the value set CancerStageTypeVS. The
codes of TNM itself stand in app.terminology.tnm.
"""

from functools import cache
from typing import NamedTuple

from app.terminology import shipped
from app.terminology.systems import LOINC, NCIT, SNOMED
from app.terminology.tnm import OBSERVATION_CODES, Axis, Basis


class StagingSystem(NamedTuple):
    """A staging system: its name in words, and the codes of its Observations.

    The first code is the one that the app writes.
    """

    name: str
    codes: tuple[str, ...]


OTHER = "other"

STAGING_SYSTEMS = {
    "figo": StagingSystem(
        "FIGO",
        (
            *("385361009", "385363007", "385365000", "385367008", "385369006", "385373009"),
            *("385375002", "C186617", "C186618", "C157232"),
        ),
    ),
    "binet": StagingSystem("Binet", ("C141212",)),
    "rai": StagingSystem("Rai", ("C141207",)),
    "iss": StagingSystem("Myeloma ISS", ("C139007",)),
    "riss": StagingSystem("Myeloma R-ISS", ("C141392",)),
    "durie-salmon": StagingSystem("Durie-Salmon", ("C139006",)),
    "lymphoma": StagingSystem(
        "Lymphoma stage", ("385388004", "C141138", "C177558", "C177559", "C141147")
    ),
    "breslow": StagingSystem("Breslow depth", ("106243009",)),
    "clark": StagingSystem("Clark level", ("103419001",)),
    "gleason": StagingSystem("Gleason grade group", ("385377005",)),
    "inss": StagingSystem("Neuroblastoma INSS", ("409720004",)),
    "inrgss": StagingSystem("Neuroblastoma INRGSS", ("C133427",)),
    "irs-group": StagingSystem("Rhabdomyosarcoma clinical group", ("405916000",)),
    "wilms": StagingSystem("Wilms tumor stage", ("405931009",)),
    "pretext": StagingSystem("Hepatoblastoma PRETEXT", ("C28067", "C198190")),
    "retino": StagingSystem("Retinoblastoma stage", ("1342413004",)),
    "dukes": StagingSystem("Dukes", ("385357003", "103420007")),
    "bclc": StagingSystem("BCLC", ("C115134",)),
    "masaoka": StagingSystem("Masaoka-Koga", ("C143151",)),
    OTHER: StagingSystem(
        "Stage",
        (
            *("399566009", "399703000", "106248000", "106249008", "385349001", "17964000"),
            *("371495009", "C134969", "C141099", "C146847", "C16899", "C174125", "C141461"),
        ),
    ),
}

# Further codes of TNM observations that the value set names; none says more than the axis.
_FURTHER_TNM: tuple[tuple[Axis, Basis, str], ...] = (
    ("t", "other", "399556001"),
    ("n", "other", "399458003"),
    ("m", "other", "399437009"),
    ("group", "clinical", "C177555"),
    ("group", "pathologic", "C177556"),
    *(("group", "other", code) for code in ("C90529", "C90530", "C132248", "C180901")),
    *(("group", "other", code) for code in ("C139445", "C139446")),
)


def system_name(key: str) -> str:
    """Return the name of a staging system in words."""
    return "TNM" if key == "tnm" else STAGING_SYSTEMS.get(key, STAGING_SYSTEMS[OTHER]).name


Code = tuple[str, str]


def staging_code(code: str) -> Code:
    """Return (system, code): those of the NCI Thesaurus begin with a C, others are SNOMED CT's."""
    return NCIT if code.startswith("C") else SNOMED, code


TNM_CODES: dict[Code, tuple[Axis, Basis]] = {
    (concept.system, concept.code): (axis, basis) for axis, basis, concept in OBSERVATION_CODES
} | {staging_code(code): (axis, basis) for axis, basis, code in _FURTHER_TNM}

STAGE_CODES: dict[Code, str] = {
    staging_code(code): key for key, system in STAGING_SYSTEMS.items() for code in system.codes
}

# Measured heights and weights; those that were stated or estimated are no basis for a dose.
HEIGHT_CODES = frozenset({(LOINC, "8302-2"), (LOINC, "8306-3"), (LOINC, "3137-7")})
WEIGHT_CODES = frozenset({(LOINC, "29463-7"), (LOINC, "3141-9")})


@cache
def tumor_markers() -> frozenset[str]:
    """Return the LOINC codes of mCODE's tumor marker tests."""
    return frozenset(shipped("tumor_markers")["codes"])


@cache
def antineoplastics() -> dict[str, str]:
    """Return the names of antineoplastic ingredients by their RxNorm code."""
    return dict(shipped("antineoplastics")["ingredients"])
