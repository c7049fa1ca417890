"""What kind of cancer it is: whether and how it is staged, whether it has a side or a tissue.

ICD-10 tells most cancers by where they are. Some are named by what they are: the text of the
diagnosis and of its histology tells those whose ICD-10 category is that of a site.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from app.fhir.patterns import Pattern
from app.fhir.types import Element
from app.mcode.content import condition_title, histology
from app.mcode.model import PrimaryCancer
from app.terminology.concept import concept_text
from app.terminology.systems import icd10_codes


@dataclass(frozen=True)
class Cancers:
    """Cancers by the start of an ICD-10 code or by a text, each a regular expression."""

    icd10: str
    text: str

    @cached_property
    def _codes(self) -> Pattern:
        return Pattern(self.icd10)

    @cached_property
    def _words(self) -> Pattern:
        return Pattern(f"(?i){self.text}")

    def holds(self, primary: PrimaryCancer) -> bool:
        """Tell whether a primary is one of these, by its code or by any of its texts."""
        return self._has_code(icd10_codes(primary.code)) or self.names(primary)

    def names(self, primary: PrimaryCancer) -> bool:
        """Tell whether the text of the diagnosis or of its histology names one of these."""
        texts = [*map(condition_title, primary.conditions)]
        texts += [histology(each) or "" for each in primary.conditions]
        texts += [concept_text(r.get("valueCodeableConcept")) or "" for r in primary.morphology]
        return any(self._is_in(found) for found in texts)

    def describes_primary(self, primary: PrimaryCancer) -> bool:
        """Tell whether a primary is one of these by ICD-10; without such codes, by its title."""
        return self.describes(primary.code, condition_title(primary.condition))

    def describes(self, code: Any, title: str) -> bool:
        """Tell the same of a diagnosis by its CodeableConcept and its title."""
        icd10 = icd10_codes(code)
        return self._has_code(icd10) if icd10 else self._is_in(title)

    def _has_code(self, icd10: list[str]) -> bool:
        return any(self._codes.match(code) for code in icd10)

    def _is_in(self, text: str) -> bool:
        return self._words.search(text) is not None


# Blood, lymph and plasma cells, and the brain: the AJCC has no TNM for these.
_WITHOUT_TNM = Cancers(
    r"C7[012]|C8[1-8]|C9[0-6]|D4[5-7]",
    r"leuka?emia|lymphoma|myeloma|myelodysplastic|polycyth|glioma|glioblastoma|astrocytoma"
    r"|medulloblastoma",
)
# Sites for which registries ask the side (SEER program coding manual, laterality of primary sites),
# by the ICD-10 categories that correspond.
_PAIRED = Cancers(
    r"C07|C09|C30\.0|C34|C38\.4|C40|C50|C56|C57\.0|C6[2456]|C63\.[01]|C69|C74|D05",
    r"\b(?:breast|lung|kidney|renal|ovar(?:y|ian)|testi(?:s|cular)|eye|retino\w+|adrenal|tonsil\w*"
    r"|parotid)",
)
# Leukemias have risk groups, not stages, but for the chronic lymphocytic one.
_UNSTAGED = Cancers(
    r"C91\.0|C9[2-5]", r"(?:lymphoblastic|myeloid|myelogenous|monocytic) leuka?emia"
)
_LYMPHOMA = Cancers(r"C8[1-6]|C88\.4", r"lymphoma|hodgkin")
_LYMPHOBLASTIC = Cancers(r"C91\.0", r"acute lymph\w+ leuka?emia")
_BREAST = Cancers(r"C50", r"\bbreast\b|\bmammary\b")
# Blood, marrow and plasma cells: no organ that it grew in, and no grade of its tissue.
_LIQUID = Cancers(r"C88|C9[0-5]|D4[5-7]", r"leuka?emia|myeloma|myelodysplastic|polycyth")


def is_solid(primary: PrimaryCancer) -> bool:
    """Tell whether the cancer has a site and a grade, as leukemia and myeloma have not."""
    return not _LIQUID.describes_primary(primary)


def is_staged(primary: PrimaryCancer) -> bool:
    """Tell whether this kind of cancer is given a stage at all."""
    return not _UNSTAGED.describes_primary(primary)


def is_staged_by_tnm(primary: PrimaryCancer) -> bool:
    """Tell whether TNM stages this cancer."""
    return not _WITHOUT_TNM.describes_primary(primary)


def has_two_sides(primary: PrimaryCancer) -> bool:
    """Tell whether the organ is paired, so that the side belongs to the diagnosis."""
    return _PAIRED.describes_primary(primary)


def is_paired(diagnosis: Element) -> bool:
    """Tell the same of a diagnosis that stands in no chart yet, by its CodeableConcept."""
    return _PAIRED.describes(diagnosis, concept_text(diagnosis) or "")


def is_lymphoma(primary: PrimaryCancer) -> bool:
    """Tell whether it is a lymphoma, of which the spread is staged by node regions."""
    return _LYMPHOMA.describes_primary(primary)


def is_acute_lymphoblastic(primary: PrimaryCancer) -> bool:
    """Tell whether it is an acute lymphoblastic leukemia."""
    return _LYMPHOBLASTIC.describes_primary(primary)


def is_rhabdomyosarcoma(primary: PrimaryCancer) -> bool:
    """Tell whether title or histology say so; ICD-10 has no code of its own for it."""
    texts = (f"{condition_title(each)} {histology(each) or ''}" for each in primary.conditions)
    return "rhabdomyosarcoma" in " ".join(texts).lower()


def is_invasive_breast(primary: PrimaryCancer) -> bool:
    """Tell whether it is a cancer of the breast that is not in situ."""
    title = condition_title(primary.condition).lower()
    return _BREAST.describes_primary(primary) and "in situ" not in title
