"""Which Procedures are treatments of a cancer, and which were done to find or to follow one.

EHRs code what was done in SNOMED CT, in CPT, HCPCS or ICD-10-PCS, for the bill, or in words alone.
In this order:

1. A SNOMED CT code of a kind (app.mcode.kinds), a code for the bill (app.mcode.billing).
2. The category, then the mCODE profile that the Procedure claims.
3. Its words: "Radiotherapy", "Chemotherapy", and operations that are done for cancer alone.
4. An operation of another name by its reason; one that names no reason, by the organ: hysterectomy
   is a treatment of a cancer of the uterus, and none of one of the breast.

Whatever only speaks of a treatment (planning, follow-up, examining the specimen) is none, nor is
what looks for a disease. Where nothing tells, it is no treatment: it stands under Procedures.
"""

from collections.abc import Iterable
from typing import Any

from app.fhir.paths import codings, get, has_code, items, text
from app.fhir.patterns import Pattern, cut
from app.fhir.types import Resource
from app.mcode.billing import ORGANS, is_billed_as_treatment, is_billed_to_look
from app.mcode.codes import antineoplastics
from app.mcode.kinds import Kind
from app.mcode.treatments import intent
from app.terminology.concept import concept_text
from app.terminology.systems import SNOMED

_DIAGNOSTIC_PROCEDURE = "103693007"
_DIAGNOSTIC_AIMS = frozenset({"diagnostic", "screening"})

# What speaks of a treatment, or looks at what came of it, and is none itself.
_ABOUT = Pattern(
    r"(?i)\b(?:planning|simulation|consult|referral|educat|teaching|counsel|instruct|follow.?up"
    r"|surveillance|assess|evaluat|monitor|review|(?:histor|allerg)y\b|care\b|mammogra|screening"
    r"|specimen|\w{0,6}patholog|cytolog|histolog|immunohisto|hybridi[sz]ation|allergen"
    r"|replacement|port\b|catheter|access device|dressing|discussion|prescri|benign\b"
    r"|removal of (?:suture|drain|staple|stent|tube|packing|foreign|device|implant|clip)"
    r"|removal of .{0,12}line\b|(?:drug|serum|plasma|trough|methotrexate) level)"
)
_LOOKING = Pattern(
    r"(?i)biops|\bbx\b|aspirat|sampling|puncture|scop[yi]|tomogra|imaging|\bscan|examin|x-ray|radiogra"
    r"|ultraso|\bsmear|detection|\btests?\b|\btesting|measurement|sequencing|scintigra|\bMRI\b"
    r"|magnetic resonance|\bPET\b|\bDXA\b|densitometr|cardiogra|mapping|\bFISH\b|\banalysis"
)
_EXCISION_TO_LOOK = Pattern(r"(?i)\b(?:excision\w*|incision\w*)[ -](?:biops\w+)")
_OPERATION = Pattern(
    r"(?i)ectom(?:y|ies)\b|excision|\bexc\b|resection|\bremoval\b|amputation|debulk|cytoreduc"
    r"|exenteration|dissection|clearance|whipple|hartmann|\bconi[sz]ation|\bL?LEEP\b|\bLLETZ\b"
    r"|enucleation|\bmohs\b|\bTUR(?:BT?|P)\b|curettage|fulguration|\bsurger(?:y|ies)\b|\boperation"
)
_OTHER_TREATMENT = Pattern(
    r"(?i)ablation|emboli[sz]ation|transplant|cryo(?:therapy|surgery)|photodynamic|instillation"
    r"|perfusion|hyperthermia|\bHIFU\b|focused ultrasound|laser|pleurodesis|plasty\b|destruction"
)
_OF_CANCER_ALONE = Pattern(
    r"(?i)mastectom|lumpectom|quadrantectom|breast.conserving|lymphadenectom|wide local excision"
    r"|(?:lymph|node|nodal|axillary|neck)\b.{0,20}(?:dissection|clearance)|\bmohs\b|\bTURBT?\b"
    r"|cytoreduc|debulk|exenteration|whipple|pancreat(?:ico|o)duodenectom|abdominoperineal"
    r"|metastasectom|pneumonectom|glossectom|laryngectom|esophagectom|cystoprostatectom"
    r"|(?:stem cell|marrow) transplant"
    r"|\bradical .{0,30}ectom|(?:excision|resection|removal|ablation|destruction|surgery)\b.{0,40}"
    r"\b(?:tumou?r|cancer|malignan|carcinoma|melanoma|sarcoma|metasta|neoplas)"
    r"|\b(?:tumou?r|cancer|metastas[ei]s|axillary (?:lymph )?nodes?) (?:excision|resection|removal)"
    r"|excision of axillary lymph"
)
_RADIOTHERAPY = Pattern(
    r"(?i)radiotherap|radiation (?:therap|treatment|tx\b|oncology treatment)"
    r"|brachytherap|irradiation|\bradiosurgery|stereotactic body|proton (?:beam )?therapy"
    r"|\b(?:SBRT|SABR|IMRT|VMAT|EBRT|XRT)\b|gamma ?knife|cyber ?knife|external beam"
    r"|radioiodine|radioactive iodine (?:abla|ther|treat)|radionuclide therap|radioligand"
)
_SYSTEMIC = Pattern(
    r"(?i)chemotherap|\bchemo\b|antineoplastic|cytotoxic|immunotherap|(?:hormon(?:e|al)|endocrine)"
    r" therap|androgen deprivation|targeted (?:drug )?therap|\bCAR[ -]?T\b|chimeric antigen"
)
# What the category of a site says: the words of the department, "Surgery", "Radiology".
_SURGICAL = Pattern(r"(?i)\bsurg")
_DIAGNOSTIC = Pattern(r"(?i)imaging|radiolog|laborator|patholog|diagnos|screen")
_GIVEN = Pattern(r"(?i)infusion|injection|administration|\btherapy\b|treatment")
_LOCAL = Pattern(r"(?i)emboli[sz]ation|perfusion")


def looks_for_disease(procedure: Resource) -> bool:
    """Tell whether a code or the category says that it is imaging, a test or a biopsy."""
    categories = items(procedure.get("category"))
    coded = any(has_code(category, SNOMED, _DIAGNOSTIC_PROCEDURE) for category in categories)
    return coded or is_billed_to_look(procedure)


def kind_by_words(procedure: Resource) -> Kind | None:
    """Return the kind that the name says: of operations those that are done for cancer alone."""
    names = _names(procedure)
    if _is_about(names):
        return None
    said = [*names, *_categories(procedure)]
    if any(map(_RADIOTHERAPY.search, said)):
        return Kind.RADIOTHERAPY
    is_systemic = any(map(_SYSTEMIC.search, said)) or any(map(_gives_antineoplastic, names))
    if is_systemic and not any(map(_LOCAL.search, names)):
        return Kind.SYSTEMIC
    return Kind.SURGERY if any(map(_OF_CANCER_ALONE.search, names)) else None


def _gives_antineoplastic(name: str) -> bool:
    words = cut(name).lower()
    return bool(_GIVEN.search(words)) and any(drug in words for drug in antineoplastics().values())


def treats(procedure: Resource) -> bool:
    """Tell whether it is an operation, or another local treatment, of whatever disease."""
    names = _names(procedure)
    if is_diagnostic(procedure) or _is_about(names):
        return False
    named = _names_operation(names) or any(map(_OTHER_TREATMENT.search, names))
    surgical = any(map(_SURGICAL.search, _categories(procedure)))
    return named or surgical or is_billed_as_treatment(procedure)


def is_on_organ_of(procedure: Resource, cancers: Iterable[Resource]) -> bool:
    """Tell whether it was done on an organ in which one of these Conditions is."""
    names = _names(procedure)
    organs = [
        organ
        for organ in ORGANS
        if organ.operations.holds(procedure)
        or any(organ.cancers.describes(None, name) for name in names)
    ]
    conditions = [(c.get("code"), concept_text(c.get("code")) or "") for c in cancers]
    return any(organ.cancers.describes(*condition) for organ in organs for condition in conditions)


def is_diagnostic(procedure: Resource) -> bool:
    """Tell whether it was done to find a disease or to look at it: by code, aim, or name.

    A biopsy in the course of an operation leaves the operation what it is.
    """
    aim = (intent(procedure) or "").lower()
    if looks_for_disease(procedure) or aim in _DIAGNOSTIC_AIMS:
        return True
    if is_billed_as_treatment(procedure):
        return False
    names = _names(procedure)
    looking = any(map(_LOOKING.search, names)) or any(
        map(_DIAGNOSTIC.search, _categories(procedure))
    )
    return looking and not _names_operation(names)


def is_operation(procedure: Resource) -> bool:
    """Tell whether a procedure of the kind SURGERY is an operation, not a biopsy or an ablation."""
    names = _names(procedure)
    other = any(map(_OTHER_TREATMENT.search, names)) and not _names_operation(names)
    return not is_diagnostic(procedure) and not other


def _names_operation(names: Iterable[str]) -> bool:
    return any(_OPERATION.search(_EXCISION_TO_LOOK.sub("biopsy", name)) for name in names)


def _is_about(names: Iterable[str]) -> bool:
    return any(map(_ABOUT.search, names))


def _names(procedure: Resource) -> list[str]:
    return _texts(procedure.get("code"))


def _categories(procedure: Resource) -> list[str]:
    return [name for category in items(procedure.get("category")) for name in _texts(category)]


def _texts(concept: Any) -> list[str]:
    """Return what a CodeableConcept says in words: its label, its text, its displays."""
    displays = (text(coding.get("display")) for coding in codings(concept))
    found = (concept_text(concept), text(get(concept, "text")), *displays)
    return list(dict.fromkeys(filter(None, found)))
