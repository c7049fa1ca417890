"""Which Conditions are a primary cancer, which a metastasis, which another disease.

EHRs code diagnoses in ICD-10-CM, in SNOMED CT, or both, and seldom name a profile. In this order:

1. An ICD-10 code decides by its range: C77-C79 and C7B are metastases; other C00-C96, D00-D09 and
   the uncertain and benign neoplasms that mCODE counts as cancer are primaries; any other ICD-10
   code says that it is no cancer (Z85 is history), unless rule 3 or 4 does.
2. A SNOMED CT code that mCODE names as the root of its value sets; a category of older releases.
3. The mCODE profile that the Condition claims.
4. A histology extension, a cancer observation that names the Condition, or a `stage`: a primary.
   Kidney disease, heart failure and glaucoma have stages too, so that a stage counts only where
   neither an ICD-10 code nor the words say something other than a neoplasm.
5. Without an ICD-10 code, the words of the code: "Malignant neoplasm of ...", "... lymphoma". Only
   SNOMED CT's whole hierarchy could say it by code, and that cannot be shipped.
"""

from collections.abc import Iterable

from app.fhir.paths import codings, extensions, get, items, text
from app.fhir.patterns import Pattern
from app.fhir.types import Resource
from app.formatting import join
from app.mcode.content import clinical_status, newest_first, verification_status
from app.mcode.kinds import CANCERS, Kind
from app.mcode.model import CancerRecord
from app.mcode.profiles import EXTENSION, profile_names
from app.terminology.concept import concept_text
from app.terminology.icd10cm import is_metastasis, is_primary_cancer
from app.terminology.systems import SNOMED, icd10_codes, known_codes

_COMORBID = (SNOMED, "398192003")

_PRESENT = frozenset({None, "active", "recurrence", "relapse"})

_NO_CANCER_WORDS = Pattern(
    r"(?i)\b(?:history|h/o|family|screening|risk|suspected|suspicion|possible|fear|benign|"
    r"due to|associated with|caused by|related|complication|adverse|pain|no evidence|not)\b"
)
_NEOPLASM_WORDS = Pattern(
    r"(?i)neoplas|tumou?r|malignan|cancer|leuka?emi|myelo|(?<!glauc)(?<!haemat)(?<!hemat)oma\b"
)
_SECONDARY_WORDS = Pattern(
    r"(?i)\A(?>.*?\bsecondary\b).*\b(?:malignan\w|neoplasm|carcinoma|cancer|tumou?r)|\bmetasta(?:sis|ses|tic)\b"
)
_PRIMARY_WORDS = Pattern(
    r"(?i)\bmalignant (?:neoplas\w+|tumou?r|lymph\w+|melanoma|glioma|epithelial)|\bcancer\b|"
    r"carcinoma|sarcoma|lymphoma|leuka?emia|\bmelanoma|myeloma\b|(?:glio|neuro|retino|nephro|medullo|hepato)"
    r"blastoma|astrocytoma|\bglioma|mesothelioma|seminoma|germ cell tumou?r|macroglobulina?emia|"
    r"myelodysplastic syndrome|polycyth\w{1,9} vera|mycosis fungoides|neuroendocrine tumou?r|"
    r"gastrointestinal stromal tumou?r"
)


def condition_kind(condition: Resource, *, named: bool = False) -> Kind | None:
    """Return PRIMARY, SECONDARY, or None for a Condition that is no cancer.

    `named` says that a stage, disease status or other cancer observation is about it.
    """
    if kind := _by_code(condition) or kind_by_profile(condition, CANCERS):
        return kind
    if is_comorbid(condition) and not named:
        return None
    texts = _texts_of(condition)
    if _SECONDARY_WORDS.search(texts) and not _has_icd10(condition):
        return None if _NO_CANCER_WORDS.search(texts) else Kind.SECONDARY
    if named or extensions(condition, EXTENSION["histology"]) or _is_staged(condition, texts):
        return Kind.PRIMARY
    if _has_icd10(condition) or _NO_CANCER_WORDS.search(texts):
        return None
    return Kind.PRIMARY if _PRIMARY_WORDS.search(texts) else None


def _by_code(condition: Resource) -> Kind | None:
    coded = known_codes(condition.get("code"))
    icd10 = icd10_codes(condition.get("code"))
    if any(map(is_metastasis, icd10)) or coded.intersection(Kind.SECONDARY.row.codes):
        return Kind.SECONDARY
    if any(map(is_primary_cancer, icd10)) or coded.intersection(Kind.PRIMARY.row.codes):
        return Kind.PRIMARY
    return kind_by_category(condition, CANCERS)


def kind_by_category(resource: Resource, kinds: Iterable[Kind]) -> Kind | None:
    """Return the first of `kinds` that one of a resource's categories stands for."""
    coded = (known_codes(category) for category in items(resource.get("category")))
    found = (code for codes in coded for _, code in sorted(codes))
    return next((kind for code in found for kind in kinds if code in kind.row.categories), None)


def kind_by_profile(resource: Resource, kinds: Iterable[Kind]) -> Kind | None:
    """Return the first of `kinds` that one of the profiles that a resource claims stands for."""
    for name in profile_names(resource):
        for kind in kinds:
            if kind.row.is_claimed_by(name):
                return kind
    return None


def _is_staged(condition: Resource, texts: str) -> bool:
    """Tell whether it has a stage, and nothing says that it is the stage of no neoplasm."""
    if not items(condition.get("stage")) or _has_icd10(condition):
        return False
    return not texts or bool(_NEOPLASM_WORDS.search(texts))


def is_comorbid(condition: Resource) -> bool:
    """Tell whether its category is that of a comorbid condition in mCODE 1.0.0."""
    return any(_COMORBID in known_codes(category) for category in items(condition.get("category")))


def _has_icd10(condition: Resource) -> bool:
    return bool(icd10_codes(condition.get("code")))


def _texts_of(condition: Resource) -> str:
    code = condition.get("code")
    displays = [text(coding.get("display")) for coding in codings(code)]
    return " ".join(filter(None, [*displays, text(get(code, "text"))]))


def other_diseases(record: CancerRecord) -> list[Resource]:
    """Return the Conditions that are no cancer, in the order of their names.

    Visits repeat them: of several with the same code the active one counts, else the newest.
    """
    found: dict[object, Resource] = {}
    conditions = (r for r in record.facts() if r["resourceType"] == "Condition")
    for condition in sorted(conditions, key=_rank):
        if record.kind(condition) not in CANCERS and (name := concept_text(condition.get("code"))):
            coded = frozenset(known_codes(condition.get("code")))
            found[coded or name.casefold()] = condition
    return sorted(found.values(), key=lambda r: str(concept_text(r.get("code"))).casefold())


def disease_display(condition: Resource) -> str:
    """Return a disease's display, with its status unless it is active: "Asthma (resolved)"."""
    name = concept_text(condition.get("code")) or "Disease without a name"
    status, doubt = clinical_status(condition), verification_status(condition)
    statuses = join(
        [
            status if status not in _PRESENT else None,
            doubt if doubt not in {None, "confirmed"} else None,
        ],
        ", ",
    )
    return f"{name} ({statuses})" if statuses else name


def _rank(condition: Resource) -> tuple[bool, tuple[str, str]]:
    return clinical_status(condition) in _PRESENT, newest_first(condition)
