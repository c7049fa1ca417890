"""Histology in ICD-O-3, whose tables are not the app's to ship, or in SNOMED CT."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.fhir.paths import extension_value
from app.fhir.types import Element
from app.forms._answers import Coding
from app.forms._definition import Subject
from app.forms._fields import Asked, Option, SearchOne
from app.forms._shared.common import answer_from
from app.mcode.kinds import Kind
from app.mcode.profiles import EXTENSION
from app.terminology.concept import TypedConcept
from app.terminology.systems import ICDO3, SNOMED
from app.terminology.words import concept_text

HISTOLOGY_SYSTEMS = (ICDO3, SNOMED)
HISTOLOGY_HINT = "In ICD-O-3, such as 8500/3, in SNOMED CT, or in words"

# Four digits of the histology and one of the behavior.
_CODE = re.compile(r"\d{4}/\d", re.ASCII)


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
        [item.place.element.recorded(r) for r in subject.originals.values()] if item.place else []
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
    if primary and primary.condition not in amended:
        yield extension_value(primary.condition, EXTENSION["histology"])
    for finding in (primary or subject.record.unlinked).morphology:
        if subject.record.kind(finding) == Kind.HISTOLOGY and finding not in amended:
            yield finding.get("valueCodeableConcept")
