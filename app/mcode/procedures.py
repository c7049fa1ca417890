"""Which Procedures are treatments of a cancer, and which were done to find or to follow one.

EHRs code what was done in SNOMED CT, in CPT, HCPCS or ICD-10-PCS, for the bill, or in words alone.
In this order:

1. A SNOMED CT code of a kind (app.mcode.kinds). A range of CPT, HCPCS or ICD-10-PCS: the sections
   of these systems part operations, radiation and chemotherapy from imaging and the laboratory.
2. The category, then the mCODE profile that the Procedure claims.
3. Its words: "Radiotherapy", "Chemotherapy", and operations that are done for cancer alone.
4. An operation of another name by its reason; one that names no reason, by the organ: hysterectomy
   is a treatment of a cancer of the uterus, and none of one of the breast.

Whatever only speaks of a treatment (planning, follow-up, examining the specimen) is none, nor is
what looks for a disease. Where nothing tells, it is no treatment: it stands under Procedures.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from app.fhir.paths import codings, get, has_code, items, text
from app.fhir.patterns import Pattern
from app.fhir.types import Resource
from app.mcode.kinds import Kind
from app.mcode.sites import Cancers
from app.mcode.treatments import intent
from app.terminology.concept import concept_text
from app.terminology.systems import CPT, HCPCS, ICD10PCS, SNOMED, known_codes

Ranges = tuple[tuple[int, int], ...]
_NONE = r"(?!)"

_DIAGNOSTIC_PROCEDURE = "103693007"
_DIAGNOSTIC_AIMS = frozenset({"diagnostic", "screening"})


@dataclass(frozen=True)
class _Billed:
    """Codes for the bill: ranges of CPT, regular expressions of HCPCS and of ICD-10-PCS."""

    cpt: Ranges = ()
    hcpcs: str = _NONE
    pcs: str = _NONE

    @cached_property
    def _hcpcs(self) -> Pattern:
        return Pattern(self.hcpcs)

    @cached_property
    def _pcs(self) -> Pattern:
        return Pattern(self.pcs)

    def holds(self, procedure: Resource) -> bool:
        """Tell whether one of the codes of a procedure is one of these."""
        return self.has(known_codes(procedure.get("code")))

    def has(self, coded: Iterable[tuple[str, str]]) -> bool:
        """Tell the same of (system, code) pairs."""
        for system, code in coded:
            # HCPCS has the codes of CPT as its first level.
            if system in {CPT, HCPCS} and code[:5].isdecimal():
                number = int(code[:5])
                if any(first <= number <= last for first, last in self.cpt):
                    return True
            pattern = {HCPCS: self._hcpcs, CPT: self._hcpcs, ICD10PCS: self._pcs}.get(system)
            if pattern and pattern.match(code.upper()):
                return True
        return False


# Planning and dosimetry come before the first dose (CPT 77261-77370), guidance beside it.
_RADIATION = _Billed(
    cpt=((77371, 77386), (77399, 77799)),
    hcpcs=r"G60(?:0[3-9]|1[0-6])|G0(?:339|340|173|251)|A9(?:513|543|590|606|607)",
    pcs=r"D[0-9A-Z][016Y]",
)
# J codes of drugs by mouth name nausea too, of which Q codes of biosimilars have none.
_CHEMOTHERAPY = _Billed(
    cpt=((96401, 96549),),
    hcpcs=r"J9\d{3}|J8(?:52[01]|530|56[025]|600|610|70[05]|999)|Q008[345]|G0498"
    r"|Q51(?:07|1[2-9]|23|26|29)",
    # Introduction of an antineoplastic substance.
    pcs=r"3E0.{2}0",
)
_OPERATIONS_ON_CANCER = _Billed(
    cpt=(
        *((11600, 11646), (17260, 17286), (17311, 17315), (19301, 19307), (38700, 38780)),
        *((52234, 52240), (58950, 58960)),
    ),
    pcs=r"0HT[TUV]|07T",
)
_LOOKED_FOR = _Billed(
    cpt=(
        *((10004, 10021), (11102, 11107), (19081, 19101), (70010, 76999), (77046, 77092)),
        *((78012, 78999), (80047, 89398), (91010, 95999)),
    ),
    hcpcs=r"G0(?:10[1-6]|12[0-8]|14[1-8]|202|20[46]|279)|P3|Q0091",
    # Imaging, nuclear medicine, measurement; a qualifier says that tissue was taken to look at it.
    pcs=r"[BC4]|0.{5}X",
)


@dataclass(frozen=True)
class _Organ:
    """Cancers of an organ, whose text names operations on it too, and the codes of these."""

    cancers: Cancers
    operations: _Billed


_ORGANS = tuple(
    _Organ(Cancers(icd10, words), _Billed(cpt=cpt, pcs=rf"0(?:{pcs}).{{3}}[^X]"))
    for icd10, words, cpt, pcs in (
        ("C50|D05", r"breast|mamma|mastec", ((19110, 19126),), r"H[BT5]"),
        (
            "C3[34]|C38|C45\\.0|C78\\.[02]",
            r"\blung|pulmon|bronch|pleur|\b(?:bi|sleeve )?lobectom(?!.*(?:liver|thyroid|brain))",
            ((32440, 32491), (32503, 32507), (32663, 32674)),
            r"B[BT5]",
        ),
        ("C1[56]", r"esophag|gastr|stomach", ((43100, 43124), (43610, 43641)), r"D[BT5]"),
        (
            "C1[7-9]|C2[01]|C78\\.[45]",
            r"\bcolo|colect|\brect(?:um|al)|sigmoid|c(?:a?e)cum|bowel|intestin|\banal|\banus|proct",
            ((44110, 44160), (44202, 44213), (45110, 45172), (45395, 45397)),
            r"D[BT5]",
        ),
        (
            "C2[2-5]|C78\\.7",
            r"liver|hepat|pancrea|bile|biliary|gall ?bladder|cholecyst",
            ((47120, 47130), (47370, 47383), (48140, 48155)),
            r"F[BT5]",
        ),
        (
            "C0|C1[0-4]|C3[0-2]|C77\\.0",
            r"tongue|gloss|laryn|pharyn|parotid|mandib|maxill|tonsil|\bneck|mouth|oral|palate",
            ((31360, 31395), (41110, 41155), (42410, 42440), (42842, 42894)),
            r"C[BT5]",
        ),
        ("C4[34]|C4A|D03", r"\bskin|melanoma|cutane", ((11400, 11646),), r"H[B5]"),
        ("C4[019]|C46", r"limb|\bbone|soft tissue|sarcoma|\bleg\b|\barm\b", (), r"[KLQPXY][BT56]"),
        (
            "C5[1-8]|D06",
            r"hyster|uter|ovar|oophor|salping|cervi[xc]|endometri|vulv|vagin|trachel|coni[sz]|leep",
            ((56620, 56640), (57510, 57556), (58150, 58294), (58541, 58575), (58700, 58960)),
            r"U[BT5]",
        ),
        (
            "C6[0-3]",
            r"prostat|orchi|testi|peni[sl]|penect",
            ((52601, 52649), (54120, 54135), (54520, 54535), (55801, 55880)),
            r"V[BT5]",
        ),
        (
            "C6[4-8]|D09\\.0",
            r"nephr|kidney|renal|ureter|cystect|bladder|urothel",
            ((50220, 50240), (50543, 50548), (50592, 50593), (51550, 51597), (52214, 52240)),
            r"T[BT5]",
        ),
        (
            "C69|C7[012]|C79\\.3",
            r"crani|brain|cereb|temporal|frontal|glio|mening|astrocyt|\beye|retino|orbit",
            ((61510, 61530), (65091, 65114)),
            r"[08][BT5]",
        ),
        (
            "C7[345]|C79\\.7",
            r"thyroid|adrenal",
            ((60210, 60281), (60500, 60545), (60650, 60650)),
            r"G[BT5]",
        ),
    )
)

# What speaks of a treatment, or looks at what came of it, and is none itself.
_ABOUT = Pattern(
    r"(?i)\bplanning|simulation|\bconsult|referral|educat|teaching|counsel|instruct|follow.?up"
    r"|surveillance|\bassess|evaluat|monitor|review|\bhistory\b|\bcare\b|mammogra|screening"
    r"|specimen|patholog|cytolog|histolog|immunohisto|hybridi[sz]ation|\ballerg|replacement"
    r"|\bport\b|catheter|access device|\bdressing|discussion|prescri|\bbenign\b"
    r"|removal of (?:suture|drain|staple|stent|tube|packing|foreign|device|implant|clip)"
)
_LOOKING = Pattern(
    r"(?i)biops|aspirat|sampling|puncture|scop[yi]|tomogra|imaging|\bscan|examin|x-ray|radiogra"
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
    r"|\bradical .{0,30}ectom|(?:excision|resection|removal|ablation|destruction|surgery)\b.{0,40}"
    r"\b(?:tumou?r|cancer|malignan|carcinoma|melanoma|sarcoma|metasta|neoplas)"
    r"|\b(?:tumou?r|cancer|metastas[ei]s|axillary (?:lymph )?nodes?) (?:excision|resection|removal)"
    r"|excision of axillary lymph"
)
_RADIOTHERAPY = Pattern(
    r"(?i)radiotherap|radiation (?:therap|treatment|tx\b|oncology treatment)"
    r"|brachytherap|irradiation|\bradiosurgery|stereotactic body|proton (?:beam )?therapy"
    r"|\b(?:SBRT|SABR|IMRT|VMAT|EBRT|XRT)\b|gamma ?knife|cyber ?knife|external beam"
)
_SYSTEMIC = Pattern(
    r"(?i)chemotherap|\bchemo\b|antineoplastic|cytotoxic|immunotherap|(?:hormon(?:e|al)|endocrine)"
    r" therap|androgen deprivation|targeted therap|\bCAR[ -]?T\b|chimeric antigen"
)
# What the category of a site says: the words of the department, "Surgery", "Radiology".
_SURGICAL = Pattern(r"(?i)\bsurg")
_DIAGNOSTIC = Pattern(r"(?i)imaging|radiolog|laborator|patholog|diagnos|screen")
_LOCAL = Pattern(r"(?i)emboli[sz]ation|perfusion")


def kind_by_bill(procedure: Resource) -> Kind | None:
    """Return the kind that a code of CPT, HCPCS or ICD-10-PCS says alone."""
    for kind, billed in (
        (Kind.RADIOTHERAPY, _RADIATION),
        (Kind.SYSTEMIC, _CHEMOTHERAPY),
        (Kind.SURGERY, _OPERATIONS_ON_CANCER),
    ):
        if billed.holds(procedure):
            return kind
    return None


def is_billed_as_antineoplastic(drug: Any) -> bool:
    """Tell whether a drug's CodeableConcept has a HCPCS code of antineoplastic drugs."""
    return _CHEMOTHERAPY.has(known_codes(drug))


def looks_for_disease(procedure: Resource) -> bool:
    """Tell whether a code or the category says that it is imaging, a test or a biopsy."""
    if _LOOKED_FOR.holds(procedure):
        return True
    categories = items(procedure.get("category"))
    return any(has_code(category, SNOMED, _DIAGNOSTIC_PROCEDURE) for category in categories)


def kind_by_words(procedure: Resource) -> Kind | None:
    """Return the kind that the name says: of operations those that are done for cancer alone."""
    names = _names(procedure)
    if _is_about(names):
        return None
    said = [*names, *_categories(procedure)]
    if any(map(_RADIOTHERAPY.search, said)):
        return Kind.RADIOTHERAPY
    if any(map(_SYSTEMIC.search, said)) and not any(map(_LOCAL.search, names)):
        return Kind.SYSTEMIC
    return Kind.SURGERY if any(map(_OF_CANCER_ALONE.search, names)) else None


def treats(procedure: Resource) -> bool:
    """Tell whether it is an operation, or another local treatment, of whatever disease."""
    names = _names(procedure)
    if is_diagnostic(procedure) or _is_about(names):
        return False
    billed = any(organ.operations.holds(procedure) for organ in _ORGANS)
    named = _names_operation(names) or any(map(_OTHER_TREATMENT.search, names))
    return billed or named or any(map(_SURGICAL.search, _categories(procedure)))


def is_on_organ_of(procedure: Resource, cancers: Iterable[Resource]) -> bool:
    """Tell whether it was done on an organ in which one of these Conditions is."""
    names = _names(procedure)
    organs = [
        organ
        for organ in _ORGANS
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
