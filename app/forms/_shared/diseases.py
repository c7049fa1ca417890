"""The diagnoses to choose from, and their histology.

Diagnoses are those of ICD-10-CM that are cancer, and what else mCODE lists (mCODE 4.0.0, Primary
and Secondary Cancer Disorder value sets). Histology is in ICD-O-3, whose tables are not the app's
to ship, or in SNOMED CT.
"""

from collections.abc import Callable, Iterable, Iterator

from app.fhir.paths import extension_value
from app.fhir.patterns import Pattern
from app.fhir.types import Element
from app.forms._answers import Coding
from app.forms._definition import Subject
from app.forms._fields.base import Asked, Option
from app.forms._fields.search import SearchOne
from app.forms._shared.common import answer_from
from app.mcode.kinds import Kind
from app.mcode.profiles import EXTENSION
from app.mcode.valuesets import value_set
from app.terminology import icd10cm
from app.terminology.concept import Concept, TypedConcept, concept_text
from app.terminology.lists import ConceptList
from app.terminology.systems import ICD10CM, ICDO3, SNOMED

HISTOLOGY_SYSTEMS = (ICDO3, SNOMED)
HISTOLOGY_HINT = "In ICD-O-3, such as 8500/3, in SNOMED CT, or in words"

# Four digits of the histology and one of the behavior.
_CODE = Pattern(r"(?a)\d{4}/\d")


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


def histology_problems(field: str, answer: Coding | None) -> Iterator[tuple[str, str]]:
    """Yield (field, sentence) for an ICD-O-3 code that does not have the form of one."""
    if not isinstance(answer, TypedConcept) or answer.system != ICDO3:
        return
    if not _CODE.fullmatch(answer.code):
        yield field, "Enter the ICD-O-3 code as histology and behavior, such as 8500/3"


def suggest_histologies(item: Asked[Coding], subject: Subject) -> None:
    """Offer what the chart says of the cancer's histology elsewhere, each code once."""
    assert isinstance(item, SearchOne)
    held = (
        [item.target.element.recorded(r) for r in subject.originals.values()] if item.target else []
    )
    found: dict[tuple[str, str], Option] = {}
    for concept in _recorded(subject):
        answer = answer_from(concept, item.concepts, HISTOLOGY_SYSTEMS)
        words = concept_text(concept)
        if answer and words and words not in held:
            named = (answer.system, answer.code or words)
            found.setdefault(named, Option(answer, words))
    item.suggest(found.values())


def _recorded(subject: Subject) -> Iterator[Element | None]:
    """Yield what the diagnosis says, then pathology, but for what is amended itself."""
    primary = subject.primary
    amended = list(subject.originals.values())
    for condition in primary.conditions if primary else ():
        if condition not in amended:
            yield extension_value(condition, EXTENSION["histology"])
    for finding in (primary or subject.record.unlinked).morphology:
        if subject.record.kind(finding) == Kind.HISTOLOGY and finding not in amended:
            yield finding.get("valueCodeableConcept")
