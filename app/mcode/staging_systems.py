"""The staging systems other than TNM: how a stage is recorded, and which cancers they are for.

Source: mCODE 4.0.0, the table of the Cancer Stage profile with the value sets that it names. Rows
that it lacks, in the table's manner: PRETEXT and the retinoblastoma stage, whose value sets the
guide has. The codes of Rai, R-ISS, Breslow and Clark are the table's, though its value set of stage
types leaves them out. For Wilms tumor the guide publishes the SNOMED CT code of stage III alone;
the NCI Thesaurus names the others, but for stage V. The retinoblastoma stage IV has the code that
the guide's value set gives it. FAB has no code and is read only; lymphoma has a profile of its own.

Which cancers a system is for: ICD-10 categories, and words of the diagnosis or its histology for
tumors that are named by what they are rather than where.
"""

from dataclasses import dataclass
from functools import cache, cached_property

from app.fhir.patterns import Pattern
from app.mcode.codes import STAGING_SYSTEMS, staging_code, system_name
from app.mcode.model import PrimaryCancer
from app.mcode.sites import Cancers
from app.mcode.valuesets import value_set
from app.terminology.concept import Concept
from app.terminology.systems import NCIT, icd10_codes


@dataclass(frozen=True)
class StageSystem:
    """One staging system.

    `own` says that its cancers are staged by it and, where TNM has them, by TNM, and by nothing
    else. `methods` are the ways of staging that the record may name; a lone one goes without
    asking, and of several one is named where `asks_method`. `results` are the LOINC codes of the
    laboratory results that the stage is made of.
    """

    key: str
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

    @cached_property
    def code(self) -> Concept:
        """The code of its Observations."""
        code = STAGING_SYSTEMS[self.key].codes[0]
        if code in _UNLISTED:
            return Concept(*staging_code(code), _UNLISTED[code])
        return _listed("cancer-stage-type", code)

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


_SHORT = Pattern(
    r"(?is)\A.*\b(?:stage|level|depth|group:?) (.+?)(?: (?:Chronic|Plasma|Childhood|Kidney) .+)?$"
)
# The guide's value set spells most of them without the last letter.
_PRETEXT = Pattern(r"(?:(Localized|Metastatic) )?PRETEXT? (\w+) Hepatoblastoma")


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


# The codes that the guide's value set of stage types leaves out.
_UNLISTED = {
    "C141207": "Rai Stage",
    "C141392": "RISS Stage",
    "106243009": "Breslow depth staging for melanoma of skin (observable entity)",
    "103419001": (
        "Clark melanoma level of invasion of excised malignant melanoma of skin (observable entity)"
    ),
}
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
            "figo-stage-value",
            Cancers(
                r"C5[1-8]", r"ovar|cervix|cervical c|uter(?:us|ine)|endometri|vulv|vagin|fallopian"
            ),
            own=True,
            methods=_methods(*_FIGO_METHODS),
        ),
        StageSystem(
            "binet",
            "binet-stage-value",
            _CLL,
            methods=_methods("1149099005"),
            results=_BLOOD_COUNT,
        ),
        StageSystem(
            "rai",
            "rai-stage-value",
            _CLL,
            methods=_methods("1149131009", "C141206"),
            asks_method=True,
            results=_BLOOD_COUNT,
        ),
        StageSystem("iss", "myeloma-iss-stage-value", _MYELOMA, methods=_methods("1149162008")),
        StageSystem("riss", "myeloma-riss-stage-value", _MYELOMA, methods=_methods("1149163003")),
        StageSystem(
            "breslow", "breslow-depth-stage-value", _MELANOMA, methods=_methods("385346008")
        ),
        StageSystem("clark", "clark-level-value", _MELANOMA, methods=_methods("385345007")),
        StageSystem("gleason", "gleason-grade-group-value", Cancers(r"C61", r"prostat"), own=True),
        StageSystem("inss", "neuroblastoma-inss-value", _NEUROBLASTOMA),
        StageSystem(
            "inrgss", "neuroblastoma-INRGSS-value", _NEUROBLASTOMA, methods=_methods("1287643004")
        ),
        StageSystem(
            "irs-group",
            "rhabdomyosarcoma-clinical-group-value",
            Cancers(r"C49", r"rhabdomyosarcoma"),
        ),
        StageSystem(
            "wilms",
            "wilms-tumor-stage-value",
            Cancers(r"C64", r"wilms|nephroblastoma"),
            further=(
                Concept(NCIT, "C7840", "Stage I Kidney Wilms Tumor"),
                Concept(NCIT, "C7841", "Stage II Kidney Wilms Tumor"),
                Concept(NCIT, "C7843", "Stage IV Kidney Wilms Tumor"),
            ),
        ),
        StageSystem(
            "pretext", "pretext-stage-value", Cancers(r"C22\.2", r"hepatoblastoma"), own=True
        ),
        StageSystem(
            "retino",
            "international-retinoblastoma-stage-value",
            Cancers(r"C69\.2", r"retinoblastoma"),
            own=True,
        ),
    )


def systems_for(primary: PrimaryCancer) -> list[StageSystem]:
    """Return the systems by which a cancer is staged."""
    return [system for system in stage_systems().values() if system.cancers.holds(primary)]


def sure_system(primary: PrimaryCancer) -> StageSystem | None:
    """Return the one system by which a cancer is staged; None where there are several or none.

    A kidney may have a Wilms tumor and mostly has another: there the words have to say it.
    """
    found = systems_for(primary)
    if len(found) == 1 and (found[0].own or found[0].cancers.names(primary)):
        return found[0]
    return None


def figo_method(primary: PrimaryCancer) -> Concept | None:
    """Return FIGO's staging system for the site of a cancer; None where the code does not say."""
    codes = icd10_codes(primary.code)
    found = {FIGO_SITES[code[:3]] for code in codes if code[:3] in FIGO_SITES}
    return method(found.pop()) if len(found) == 1 else None


def method(code: str) -> Concept:
    """Return the staging method of a code of mCODE's value set."""
    return _listed("cancer-staging-method", code)


def _methods(*codes: str) -> tuple[Concept, ...]:
    return tuple(map(method, codes))


def _listed(name: str, code: str) -> Concept:
    """Return a concept of a value set with the display that the guide gives it."""
    found = staging_code(code)
    return next(c for c in value_set(name).concepts if (c.system, c.code) == found)
