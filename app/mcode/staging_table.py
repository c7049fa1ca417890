"""How a stage by each system other than TNM is recorded: its code, values, method, and its cancers.

Source: mCODE 4.0.0, the table of the Cancer Stage profile with the value sets that it names. Rows
that it lacks, in the table's manner: PRETEXT and the retinoblastoma stage, whose value sets the
guide has. The codes of Rai, R-ISS, Breslow and Clark are the table's, though its value set of stage
types leaves them out. For Wilms tumor the guide publishes the SNOMED CT code of stage III alone;
the NCI Thesaurus names the others, but for stage V. The retinoblastoma stage IV has the code that
the guide's value set gives it. FAB has no code and is read only; lymphoma has a profile of its own.

Which cancers a system is for: ICD-10 categories, and words of the diagnosis or its histology for
tumors that are named by what they are rather than where.
"""

import re
from dataclasses import dataclass
from functools import cache, cached_property

from app.mcode.codes import system_name
from app.mcode.sites import Cancers
from app.mcode.valuesets import value_set
from app.terminology.concept import Concept
from app.terminology.systems import NCIT, SNOMED


@dataclass(frozen=True)
class StageSystem:
    """One staging system.

    `own` says that its cancers are staged by it and, where TNM has them, by TNM, and by nothing
    else. `methods` are the ways of staging that the record may name; a lone one goes without
    asking, and of several one is named where `asks_method`. `results` are the LOINC codes of the
    laboratory results that the stage is made of.
    """

    key: str
    code: Concept
    values: str
    cancers: Cancers
    own: bool = False
    methods: tuple[Concept, ...] = ()
    asks_method: bool = False
    further: tuple[Concept, ...] = ()
    results: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The name in words."""
        return system_name(self.key)

    @property
    def lone_method(self) -> Concept | None:
        """The method of a system that has just one."""
        return self.methods[0] if len(self.methods) == 1 else None

    @cached_property
    def concepts(self) -> tuple[Concept, ...]:
        """The values in clinical order."""
        found = (*value_set(self.values).concepts, *self.further)
        # Values from two code systems have no common order but that of their names.
        mixed = len({concept.system for concept in found}) > 1
        return tuple(sorted(found, key=short)) if mixed else found


_SHORT = re.compile(
    r".*\b(?:stage|level|depth|group:?) (.+?)(?: (?:Chronic|Plasma|Childhood|Kidney) .+)?$",
    re.IGNORECASE,
)
# The guide's value set spells most of them without the last letter.
_PRETEXT = re.compile(r"(?:(Localized|Metastatic) )?PRETEXT? (\w+) Hepatoblastoma")


def short(concept: Concept) -> str:
    """Return a value as it is said where its system is known: "IIIA", "4 (3 + 5 = 8)"."""
    if match := _PRETEXT.fullmatch(concept.display):
        return f"{match[2]} {(match[1] or '').lower()}".strip()
    match = _SHORT.match(concept.display)
    return match[1].replace("Gleason score ", "") if match else concept.display


@cache
def stage_systems() -> dict[str, StageSystem]:
    """Return the systems by key, in the order in which they are offered."""
    return {system.key: system for system in _systems()}


_FIGO_METHODS = (
    *("254386003", "106247005", "106250008", "106244003", "254385004"),
    *("254384000", "106245002", "106246001", "254383006", "C99408"),
)
# The staging system for a site; the vulva has two, by what the tumor is.
FIGO_SITES = {
    "C52": "254384000",
    "C53": "106250008",
    "C54": "106244003",
    "C55": "254385004",
    "C56": "254386003",
    "C58": "C99408",
}

_MYELOMA = Cancers(r"C90\.0", r"\bmyeloma")
_CLL = Cancers(r"C91\.1", r"chronic lymphocytic leuka?emia")
_MELANOMA = Cancers(r"C43|D03", r"melanoma of (?:the )?skin|cutaneous melanoma")
_NEUROBLASTOMA = Cancers(r"C47|C74|C48\.0", r"neuroblastoma")
# Hemoglobin and platelets.
_BLOOD_COUNT = frozenset({"718-7", "777-3"})


def _systems() -> tuple[StageSystem, ...]:
    return (
        StageSystem(
            "figo",
            _code(SNOMED, "385361009"),
            "figo-stage-value",
            Cancers(
                r"C5[1-8]", r"ovar|cervix|cervical c|uter(?:us|ine)|endometri|vulv|vagin|fallopian"
            ),
            own=True,
            methods=tuple(method(code) for code in _FIGO_METHODS),
        ),
        StageSystem(
            "binet",
            _code(NCIT, "C141212"),
            "binet-stage-value",
            _CLL,
            methods=(method("1149099005"),),
            results=_BLOOD_COUNT,
        ),
        StageSystem(
            "rai",
            Concept(NCIT, "C141207", "Rai Stage"),
            "rai-stage-value",
            _CLL,
            methods=(method("1149131009"), method("C141206")),
            asks_method=True,
            results=_BLOOD_COUNT,
        ),
        StageSystem(
            "iss",
            _code(NCIT, "C139007"),
            "myeloma-iss-stage-value",
            _MYELOMA,
            methods=(method("1149162008"),),
        ),
        StageSystem(
            "riss",
            Concept(NCIT, "C141392", "RISS Stage"),
            "myeloma-riss-stage-value",
            _MYELOMA,
            methods=(method("1149163003"),),
        ),
        StageSystem(
            "breslow",
            Concept(
                SNOMED,
                "106243009",
                "Breslow depth staging for melanoma of skin (observable entity)",
            ),
            "breslow-depth-stage-value",
            _MELANOMA,
            methods=(method("385346008"),),
        ),
        StageSystem(
            "clark",
            Concept(
                SNOMED,
                "103419001",
                "Clark melanoma level of invasion of excised malignant melanoma of skin "
                "(observable entity)",
            ),
            "clark-level-value",
            _MELANOMA,
            methods=(method("385345007"),),
        ),
        StageSystem(
            "gleason",
            _code(SNOMED, "385377005"),
            "gleason-grade-group-value",
            Cancers(r"C61", r"prostat"),
            own=True,
        ),
        StageSystem("inss", _code(SNOMED, "409720004"), "neuroblastoma-inss-value", _NEUROBLASTOMA),
        StageSystem(
            "inrgss",
            _code(NCIT, "C133427"),
            "neuroblastoma-INRGSS-value",
            _NEUROBLASTOMA,
            methods=(method("1287643004"),),
        ),
        StageSystem(
            "irs-group",
            _code(SNOMED, "405916000"),
            "rhabdomyosarcoma-clinical-group-value",
            Cancers(r"C49", r"rhabdomyosarcoma"),
        ),
        StageSystem(
            "wilms",
            _code(SNOMED, "405931009"),
            "wilms-tumor-stage-value",
            Cancers(r"C64", r"wilms|nephroblastoma"),
            further=(
                Concept(NCIT, "C7840", "Stage I Kidney Wilms Tumor"),
                Concept(NCIT, "C7841", "Stage II Kidney Wilms Tumor"),
                Concept(NCIT, "C7843", "Stage IV Kidney Wilms Tumor"),
            ),
        ),
        StageSystem(
            "pretext",
            _code(NCIT, "C28067"),
            "pretext-stage-value",
            Cancers(r"C22\.2", r"hepatoblastoma"),
            own=True,
        ),
        StageSystem(
            "retino",
            _code(SNOMED, "1342413004"),
            "international-retinoblastoma-stage-value",
            Cancers(r"C69\.2", r"retinoblastoma"),
            own=True,
        ),
    )


def _code(system: str, code: str) -> Concept:
    return _listed("cancer-stage-type", system, code)


def method(code: str) -> Concept:
    """Return the staging method of a code of mCODE's value set."""
    system = NCIT if code.startswith("C") else SNOMED
    return _listed("cancer-staging-method", system, code)


def _listed(name: str, system: str, code: str) -> Concept:
    """Return a concept of a value set with the display that the guide gives it."""
    return next(c for c in value_set(name).concepts if (c.system, c.code) == (system, code))
