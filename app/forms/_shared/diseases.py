"""The diagnoses to choose from: those of ICD-10-CM that are cancer, and what else mCODE lists.

Source: mCODE 4.0.0, Primary and Secondary Cancer Disorder value sets; ICD-10-CM.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from app.mcode.valuesets import value_set
from app.terminology import icd10cm
from app.terminology.concept import Concept
from app.terminology.lists import ConceptList
from app.terminology.systems import ICD10CM


def _list(current: Callable[[], Iterable[Concept]], set_name: str) -> ConceptList:
    """Return ICD-10-CM's codes of this release, then those that mCODE has beside them."""
    listed = value_set(set_name)

    def concepts() -> Iterable[Concept]:
        found = {concept.key: concept for concept in current()}
        for concept in listed.concepts:
            known = icd10cm.concept(concept.code) if concept.system == ICD10CM else None
            found.setdefault(concept.key, known or concept)
        return found.values()

    return ConceptList(concepts, listed.url)


PRIMARY = _list(icd10cm.cancer_concepts, "primary-cancer-disorder")
SECONDARY = _list(icd10cm.secondary_concepts, "secondary-cancer-disorder")
