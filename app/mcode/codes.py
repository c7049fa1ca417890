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
    """A staging system: its key, its name in words, and the codes of its Observations."""

    key: str
    name: str
    snomed: tuple[str, ...] = ()
    ncit: tuple[str, ...] = ()


OTHER = "other"

SYSTEMS = (
    StagingSystem(
        "figo",
        "FIGO",
        (
            "385361009",
            "385363007",
            "385365000",
            "385367008",
            "385369006",
            "385373009",
            "385375002",
        ),
        ("C186617", "C186618", "C157232"),
    ),
    StagingSystem("binet", "Binet", ncit=("C141212",)),
    StagingSystem("rai", "Rai", ncit=("C141207",)),
    StagingSystem("iss", "Myeloma ISS", ncit=("C139007",)),
    StagingSystem("riss", "Myeloma R-ISS", ncit=("C141392",)),
    StagingSystem("durie-salmon", "Durie-Salmon", ncit=("C139006",)),
    StagingSystem(
        "lymphoma",
        "Lymphoma stage",
        ("385388004",),
        ("C141138", "C177558", "C177559", "C141147"),
    ),
    StagingSystem("breslow", "Breslow depth", ("106243009",)),
    StagingSystem("clark", "Clark level", ("103419001",)),
    StagingSystem("gleason", "Gleason grade group", ("385377005",)),
    StagingSystem("inss", "Neuroblastoma INSS", ("409720004",)),
    StagingSystem("inrgss", "Neuroblastoma INRGSS", ncit=("C133427",)),
    StagingSystem("irs-group", "Rhabdomyosarcoma clinical group", ("405916000",)),
    StagingSystem("wilms", "Wilms tumor stage", ("405931009",)),
    StagingSystem("pretext", "Hepatoblastoma PRETEXT", ncit=("C28067", "C198190")),
    StagingSystem("retino", "Retinoblastoma stage", ("1342413004",)),
    StagingSystem("dukes", "Dukes", ("385357003", "103420007")),
    StagingSystem("bclc", "BCLC", ncit=("C115134",)),
    StagingSystem("masaoka", "Masaoka-Koga", ncit=("C143151",)),
    StagingSystem(
        OTHER,
        "Stage",
        (
            "399566009",
            "399703000",
            "106248000",
            "106249008",
            "385349001",
            "17964000",
            "371495009",
        ),
        ("C134969", "C141099", "C146847", "C16899", "C174125", "C141461"),
    ),
)

# Further codes of TNM observations that the value set names; none says more than the axis.
FURTHER_TNM: tuple[tuple[Axis, Basis, str, str], ...] = (
    ("t", "other", SNOMED, "399556001"),
    ("n", "other", SNOMED, "399458003"),
    ("m", "other", SNOMED, "399437009"),
    ("group", "clinical", NCIT, "C177555"),
    ("group", "pathologic", NCIT, "C177556"),
    ("group", "other", NCIT, "C90529"),
    ("group", "other", NCIT, "C90530"),
    ("group", "other", NCIT, "C132248"),
    ("group", "other", NCIT, "C180901"),
    ("group", "other", NCIT, "C139445"),
    ("group", "other", NCIT, "C139446"),
)

_NAMES = {system.key: system.name for system in SYSTEMS}


def system_name(key: str) -> str:
    """Return the name of a staging system in words."""
    return "TNM" if key == "tnm" else _NAMES.get(key, _NAMES[OTHER])


Code = tuple[str, str]

TNM_CODES: dict[Code, tuple[Axis, Basis]] = {
    (concept.system, concept.code): (axis, basis) for axis, basis, concept in OBSERVATION_CODES
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
    return frozenset(shipped("tumor_markers")["codes"])


@cache
def antineoplastics() -> dict[str, str]:
    """Return the names of antineoplastic ingredients by their RxNorm code."""
    return dict(shipped("antineoplastics")["ingredients"])
