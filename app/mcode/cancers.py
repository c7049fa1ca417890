"""Kinds of cancer, told by ICD-10 category or by words.

Some tumors are named by where they are, others by what they are: the words of the diagnosis and of
its histology tell those whose ICD-10 category is that of a site.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.mcode.content import condition_title, histology
from app.mcode.model import PrimaryCancer
from app.terminology.concept import concept_text
from app.terminology.systems import ICD10, ICD10CM, known_codes


@dataclass(frozen=True)
class Cancers:
    """Cancers by ICD-10 category or by words, each a regular expression."""

    icd10: str
    words: str

    def holds(self, primary: PrimaryCancer) -> bool:
        """Tell whether a primary is one of these cancers, by code or by words."""
        coded = known_codes(primary.condition.get("code"))
        icd10 = [code.upper() for system, code in coded if system in {ICD10, ICD10CM}]
        return any(re.match(self.icd10, code) for code in icd10) or self.names(primary)

    def names(self, primary: PrimaryCancer) -> bool:
        """Tell whether the words of the diagnosis or its histology name one of these cancers."""
        told = [condition_title(primary.condition), histology(primary.condition) or ""]
        told += [concept_text(r.get("valueCodeableConcept")) or "" for r in primary.morphology]
        return any(re.search(self.words, words, re.IGNORECASE) for words in told)
