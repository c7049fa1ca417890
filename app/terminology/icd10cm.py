"""Diagnoses in ICD-10-CM: which there are, what they are called, and which are cancers.

The codes are those of the release that `simple-icd-10-cm` holds (icd10cm_compile.py). mCODE's own
list of cancer codes is older and names some that have been divided since, so cancers are told by
their ranges: malignant neoplasms (C00-C96), those in situ (D00-D09), and the benign and uncertain
ones that mCODE 4.0.0 counts as cancer, in the brain, the endocrine glands inside the skull and the
blood (PrimaryCancerDisorderVS). C77-C79 and C7B are metastases (SecondaryCancerDisorderVS).
"""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise

from app.fhir.patterns import Pattern
from app.terminology.concept import Concept
from app.terminology.displays import dotted, icd10cm_titles
from app.terminology.systems import ICD10CM

_SECONDARY = Pattern(r"C(?:7[789]|7B)")
_PRIMARY = Pattern(
    r"(?:C[0-8]|C9[0-6]|C4A|C7A|D0[0-9]|D18\.02|D32|D33|D35\.[234]|D42|D43|D44\.[345]|D45|D46|D47"
    r"|D49\.[67]|D72\.11|R85\.614|R87\.624)"
)


def is_metastasis(code: str) -> bool:
    """Tell whether a code of ICD-10 or ICD-10-CM, with its dot, is a secondary cancer."""
    return _SECONDARY.match(code) is not None


def is_primary_cancer(code: str) -> bool:
    """Tell whether a code of ICD-10 or ICD-10-CM, with its dot, is a cancer where it began."""
    return _PRIMARY.match(code) is not None and not is_metastasis(code)


def concept(code: str) -> Concept | None:
    """Return a code of any level, written with or without its dot; None for an unknown one."""
    found = dotted(code)
    title = icd10cm_titles().get(found)
    return Concept(ICD10CM, found, title) if title else None


@cache
def cancer_concepts() -> tuple[Concept, ...]:
    """Return the codes of primary cancers that may be recorded: those without finer ones."""
    return _concepts(code for code in _leaves() if is_primary_cancer(code))


@cache
def secondary_concepts() -> tuple[Concept, ...]:
    """Return the codes of metastases that may be recorded."""
    return _concepts(code for code in _leaves() if is_metastasis(code))


@cache
def comorbid_concepts() -> tuple[Concept, ...]:
    """Return all codes that may be recorded: some 75,000 in the order of the classification."""
    return _concepts(_leaves())


def _leaves() -> Iterator[str]:
    """Yield the codes without finer ones; finer codes follow theirs and begin with it."""
    for code, following in pairwise((*icd10cm_titles(), "")):
        if not following.startswith(code):
            yield code


def _concepts(codes: Iterable[str]) -> tuple[Concept, ...]:
    return tuple(Concept(ICD10CM, code, icd10cm_titles()[code]) for code in codes)
