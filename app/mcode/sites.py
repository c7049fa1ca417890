"""What kind of cancer it is: whether and how it is staged, whether it has a side or a tissue.

ICD-10 tells most cancers by where they are. Some are named by what they are: the words of the
diagnosis and of its histology tell those whose ICD-10 category is that of a site.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from app.fhir.types import Element
from app.mcode.content import condition_title, histology
from app.mcode.model import PrimaryCancer
from app.terminology.concept import concept_text
from app.terminology.systems import icd10_codes

# Blood, lymph and plasma cells, and the brain: the AJCC has no TNM for these.
_NO_TNM = re.compile(r"^(?:C7[012]|C8[1-8]|C9[0-6]|D4[5-7])")
_NO_TNM_WORDS = re.compile(
    r"leuka?emia|lymphoma|myeloma|myelodysplastic|polycyth|glioma|glioblastoma|astrocytoma|medulloblastoma",
    re.IGNORECASE,
)

# Sites for which registries ask the side (SEER program coding manual, laterality of primary sites),
# by the ICD-10 categories that correspond.
_PAIRED = re.compile(
    r"^(?:C07|C09|C30\.0|C34|C38\.4|C40|C50|C56|C57\.0|C6[2456]|C63\.[01]|C69|C74|D05)"
)
_PAIRED_WORDS = re.compile(
    r"\b(?:breast|lung|kidney|renal|ovar(?:y|ian)|testi(?:s|cular)|eye|retino\w+|adrenal|tonsil\w*|parotid)",
    re.IGNORECASE,
)

# Leukaemias have risk groups, not stages, but for the chronic lymphocytic one.
_UNSTAGED = re.compile(r"^(?:C91\.0|C9[2-5])")
_UNSTAGED_WORDS = re.compile(
    r"(?:lymphoblastic|myeloid|myelogenous|monocytic) leuka?emia", re.IGNORECASE
)

_LYMPHOMA = re.compile(r"^(?:C8[1-6]|C88\.4)")
_LYMPHOMA_WORDS = re.compile(r"lymphoma|hodgkin", re.IGNORECASE)
_LYMPHOBLASTIC = re.compile(r"^C91\.0")
_LYMPHOBLASTIC_WORDS = re.compile(r"acute lymph\w+ leuka?emia", re.IGNORECASE)
_BREAST = re.compile(r"^C50")
_BREAST_WORDS = re.compile(r"\bbreast\b|\bmammary\b", re.IGNORECASE)

# Blood, marrow and plasma cells: no organ that it grew in, and no grade of its tissue.
_LIQUID = re.compile(r"^(?:C88|C9[0-5]|D4[5-7])")
_LIQUID_WORDS = re.compile(r"leuka?emia|myeloma|myelodysplastic|polycyth", re.IGNORECASE)


def is_solid(primary: PrimaryCancer) -> bool:
    """Tell whether the cancer has a site and a grade, as leukemia and myeloma have not."""
    return not matches(primary, _LIQUID, _LIQUID_WORDS)


def is_staged(primary: PrimaryCancer) -> bool:
    """Tell whether this kind of cancer is given a stage at all."""
    return not matches(primary, _UNSTAGED, _UNSTAGED_WORDS)


def is_staged_by_tnm(primary: PrimaryCancer) -> bool:
    """Tell whether TNM stages this cancer; where only words say what it is, by the words."""
    return not matches(primary, _NO_TNM, _NO_TNM_WORDS)


def has_two_sides(primary: PrimaryCancer) -> bool:
    """Tell whether the organ is paired, so that the side belongs to the diagnosis."""
    return matches(primary, _PAIRED, _PAIRED_WORDS)


def is_paired(diagnosis: Element) -> bool:
    """Tell the same of a diagnosis that stands in no chart yet, by its CodeableConcept."""
    return _says(diagnosis, concept_text(diagnosis) or "", _PAIRED, _PAIRED_WORDS)


def is_lymphoma(primary: PrimaryCancer) -> bool:
    """Tell whether it is a lymphoma, of which the spread is staged by node regions."""
    return matches(primary, _LYMPHOMA, _LYMPHOMA_WORDS)


def is_acute_lymphoblastic(primary: PrimaryCancer) -> bool:
    """Tell whether it is an acute lymphoblastic leukemia."""
    return matches(primary, _LYMPHOBLASTIC, _LYMPHOBLASTIC_WORDS)


def is_rhabdomyosarcoma(primary: PrimaryCancer) -> bool:
    """Tell whether name or histology say so; ICD-10 has no code of its own for it."""
    words = f"{condition_title(primary.condition)} {histology(primary.condition) or ''}"
    return "rhabdomyosarcoma" in words.lower()


def is_invasive_breast(primary: PrimaryCancer) -> bool:
    """Tell whether it is a cancer of the breast that is not in situ."""
    words = condition_title(primary.condition).lower()
    return matches(primary, _BREAST, _BREAST_WORDS) and "in situ" not in words


def matches(primary: PrimaryCancer, ranges: re.Pattern[str], words: re.Pattern[str]) -> bool:
    """Tell whether a cancer is of these ICD-10 codes; without such codes, its words decide."""
    condition = primary.condition
    return _says(condition.get("code"), condition_title(condition), ranges, words)


def _says(code: Any, title: str, ranges: re.Pattern[str], words: re.Pattern[str]) -> bool:
    icd10 = icd10_codes(code)
    if icd10:
        return any(ranges.match(code) for code in icd10)
    return bool(words.search(title))


@dataclass(frozen=True)
class Cancers:
    """Cancers by ICD-10 category or by words, each a regular expression."""

    icd10: str
    words: str

    def holds(self, primary: PrimaryCancer) -> bool:
        """Tell whether a primary is one of these cancers, by code or by words."""
        icd10 = icd10_codes(primary.condition.get("code"))
        return any(re.match(self.icd10, code) for code in icd10) or self.names(primary)

    def names(self, primary: PrimaryCancer) -> bool:
        """Tell whether the words of the diagnosis or its histology name one of these cancers."""
        told = [condition_title(primary.condition), histology(primary.condition) or ""]
        told += [concept_text(r.get("valueCodeableConcept")) or "" for r in primary.morphology]
        return any(re.search(self.words, words, re.IGNORECASE) for words in told)
