"""Whether two Conditions name the same cancer, as far as codes and words tell.

They do by the same ICD-10 code, else by the same code of another system, else by names of which one
only says less: "of unspecified site of left breast". They do not where side, behavior or histology
contradict each other. Of cancers of blood and lymph the last character of an ICD-10 code says where
they are, or whether they are in remission: it names no other disease.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Literal

from app.fhir.paths import extension_value
from app.fhir.patterns import Pattern
from app.fhir.types import Element, Resource
from app.mcode.content import condition_title, laterality
from app.mcode.profiles import EXTENSION
from app.mcode.tissue import sites_of
from app.terminology import icd10cm
from app.terminology.concept import concept_text
from app.terminology.systems import ICD10, ICD10CM, icd10_codes, known_codes

Likeness = Literal["same", "less said", "other histology", "other"]

_WORD = Pattern(r"[a-z][a-z0-9]*")
_ASIDE = Pattern(r"\([^()]*\)|\bestrogen receptor \w+|\bexcept [a-z ]+|\bnot having achieved\b")
_SIDE = Pattern(r"(?i)\b(left|right|bilateral)\b")
_BEHAVIORS = (
    ("in situ", Pattern(r"(?i)\bin[- ]situ\b|\bintraductal\b|\bnon-?(?:invasive|infiltrating)\b")),
    ("uncertain", Pattern(r"(?i)\b(?:uncertain|borderline)\b")),
    ("benign", Pattern(r"(?i)\bbenign\b")),
)
# Blood, marrow, lymph and plasma cells: everywhere, so that no two are told by their sites.
_BLOOD = Pattern(r"C8[1-8]|C9[0-6]|D4[5-7]")
_EVERYWHERE = frozenset({"leukemia", "lymphoma", "myeloma"})
# Words that tell no cancer from another.
_EMPTY = frozenset(
    _WORD.findall(
        "malignant neoplasm neoplasms tumor tumors cancer primary secondary metastatic of the and"
        " or an in at on to s not otherwise specified unspecified nos with without site sites part"
        " parts side disorder disease structure entire region female male women men left right"
        " bilateral situ bronchus remission relapse"
    )
)
# Words that say what a tumor is made of; all others say where it is.
_TISSUE = Pattern(
    r"\w{1,40}oma|\w{0,40}leukemia|lymph\w+|myel\w+|plasma|duct|lobular|invasive|squamous|cell|basal|small"
    r"|large|non|papillary|follicular|medullary|mucinous|serous|clear|endometrioid|neuroendocrine"
    r"|carcinoid|germ|transitional|urothelial|merkel|anaplastic|signet|ring|spindle|giant|b|t"
    r"|diffuse|hodgkin|nodular|sclerosis|mixed|acute|chronic|inflammatory|metaplastic|tubular"
    r"|cribriform|multiple|stromal|polycyth\w+|vera"
)
_SPELLINGS = {
    "infiltrating": "invasive",
    "ductal": "duct",
    "mammary": "breast",
    "tumour": "tumor",
    "tumours": "tumors",
    "leukaemia": "leukemia",
    "myeloblastic": "myeloid",
}


class Signs:
    """What tells the cancer of a Condition from others; `histologies` are those of pathology."""

    def __init__(self, condition: Resource, histologies: Sequence[Element] = ()) -> None:
        stated = extension_value(condition, EXTENSION["histology"])
        concepts = [*([stated] if stated else []), *histologies]
        self.histologies = frozenset(code for each in concepts for code in known_codes(each))
        self._histology_words = _tissue(_words(filter(None, map(concept_text, concepts))))
        self._title = condition_title(condition)
        self._places = tuple(sites_of(condition))
        self._laterality = laterality(condition) or ""
        coded = known_codes(condition.get("code"))
        self.codes = frozenset(pair for pair in coded if pair[0] not in {ICD10, ICD10CM})
        known = [code for code in icd10_codes(condition.get("code")) if _is_cancer(code)]
        self.icd10 = frozenset(code[:5] if _BLOOD.match(code) else code for code in known)
        self._icd10_titles = tuple(c.display for c in map(icd10cm.concept, known) if c)

    @cached_property
    def key(self) -> tuple[Any, ...]:
        """What two Conditions share that no comparison tells from each other."""
        tissue = (self.histologies, self._histology_words)
        return (self.icd10, self.codes, self.side, self.behavior, self.words, *tissue)

    @property
    def organs(self) -> set[str]:
        """The categories of ICD-10 that name an organ, which has sites of its own."""
        return {code[:3] for code in self.icd10 if not _BLOOD.match(code)}

    @cached_property
    def side(self) -> str | None:
        """Return "left", "right" or "bilateral", None where nothing says it."""
        said = (self._laterality, self._title, *self._places, *self._icd10_titles)
        found = next(filter(None, map(_SIDE.search, said)), None)
        return found[1].lower() if found else None

    @cached_property
    def behavior(self) -> str:
        """Return "malignant", "in situ", "uncertain" or "benign"."""
        for code in sorted(self.icd10):
            if code.startswith("D0"):
                return "in situ"
            if code.startswith("C") or _BLOOD.match(code):
                return "malignant"
            return "uncertain" if code >= "D37" else "benign"
        said = (name for name, pattern in _BEHAVIORS if pattern.search(self._title))
        return next(said, "malignant")

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of its name and of its ICD-10 code that tell it from other cancers."""
        return _words((self._title, *self._icd10_titles))

    @cached_property
    def icd10_words(self) -> frozenset[str]:
        """The same of its ICD-10 code alone."""
        return _words(self._icd10_titles)

    def contradicts(self, other: "Signs") -> bool:
        """Tell whether the two name tissues of which none is the other in fewer words."""
        if not _comparable(_tissue(self.words), _tissue(other.words)):
            return True
        if self.histologies & other.histologies:
            return False
        return not _comparable(self._histology_words, other._histology_words)  # noqa: SLF001 -- own


def likeness(one: Signs, other: Signs) -> Likeness:
    """Return how far two Conditions name the same cancer."""
    sides = {one.side, other.side} - {None}
    if one.behavior != other.behavior or len(sides) > 1:
        return "other"
    found: Likeness = "other"
    if one.icd10 and other.icd10:
        if one.icd10 & other.icd10:
            found = "same"
        elif one.organs & other.organs:
            found = _by_words(one.icd10_words, other.icd10_words)
    elif one.codes & other.codes:
        found = "same"
    else:
        found = _by_words(one.words, other.words)
    return "other histology" if found != "other" and one.contradicts(other) else found


def _by_words(one: frozenset[str], other: frozenset[str]) -> Likeness:
    """Return "less said" where two names differ only in how much they say of organ and tissue."""
    tissues, places = (_tissue(one), _tissue(other)), (_place(one), _place(other))
    told = all(places) or (not any(places) and all(tissues))
    return "less said" if told and _comparable(*places) and _comparable(*tissues) else "other"


def _comparable(one: frozenset[str], other: frozenset[str]) -> bool:
    return one <= other or other <= one


def _words(said: Iterable[str]) -> frozenset[str]:
    plain = " ".join(_ASIDE.sub(" ", text.lower()) for text in said)
    return frozenset(_SPELLINGS.get(word, word) for word in _WORD.findall(plain)) - _EMPTY


def _tissue(words: frozenset[str]) -> frozenset[str]:
    return frozenset(filter(_TISSUE.fullmatch, words))


def _place(words: frozenset[str]) -> frozenset[str]:
    tissue = _tissue(words)
    return frozenset() if tissue & _EVERYWHERE else words - tissue


def _is_cancer(code: str) -> bool:
    return icd10cm.is_primary_cancer(code) or icd10cm.is_metastasis(code)
