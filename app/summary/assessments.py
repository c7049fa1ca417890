"""Deauville scores and comorbidities, each in one line."""

from collections.abc import Iterator

from app.fhir.paths import choice, get, items, local_reference, text
from app.fhir.types import Element, Resource
from app.formatting import join
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord
from app.mcode.profiles import STRUCTURES, extensions_named
from app.mcode.values import observation_value, result, with_caveat
from app.summary.display import Shown, day_of, shown
from app.terminology.concept import concept_text
from app.terminology.systems import SNOMED, known_codes

_ABSENT = (SNOMED, "2667000")
_PRESENT = (SNOMED, "52101004")
# How the checklist of STU2 names the very disease of a category.
_OF_CATEGORY = tuple(
    f"{STRUCTURES}mcode-comorbid-condition-{name}" for name in ("code", "reference")
)


def assessment(record: CancerRecord, observation: Resource) -> Shown:
    """Return a Deauville score or a list of comorbidities, as it stands in the chart."""
    if record.kind(observation) == Kind.DEAUVILLE:
        return _deauville(observation)
    if record.kind(observation) != Kind.COMORBIDITIES:
        return shown(record, observation)
    present = [
        _disease(record, item) for item in extensions_named(observation, "related-condition")
    ]
    absent = [
        _disease(record, item) for item in extensions_named(observation, "related-condition-absent")
    ]
    graded = []
    for part in items(observation.get("component")):
        coded = known_codes(part.get("valueCodeableConcept"))
        name = join(_of_category(record, part), ", ") or concept_text(part.get("code"))
        if _ABSENT in coded:
            absent.append(str(name))
        elif _PRESENT in coded:
            present.append(str(name))
        else:
            graded.append(join([name, observation_value(part).display], ": "))
    score = observation_value(observation).display
    method = concept_text(observation.get("method"))
    parts = [
        join([*present, *graded], ", "),
        absent and f"not: {join(absent, ', ')}",
        score and f"index {score}",
        method,
        day_of(observation),
    ]
    return Shown("Comorbidities", with_caveat(join(parts), observation), observation)


def _deauville(observation: Resource) -> Shown:
    """Return the score; new uptake that is no lymphoma has none, and is a text instead."""
    score = observation_value(observation).text
    display = score or concept_text(get(observation, "interpretation"))
    display = with_caveat(display, observation) if display else result(observation)
    return Shown("Deauville score", join([display, day_of(observation)]), observation)


def _of_category(record: CancerRecord, part: Element) -> Iterator[str]:
    for item in items(part.get("extension")):
        if item.get("url") in _OF_CATEGORY:
            yield _disease(record, item)


def _disease(record: CancerRecord, item: Element) -> str:
    """Return a disease that an extension names by reference or by code."""
    _, value = choice(item, "value")
    if concept := concept_text(value):
        return concept
    found = record.find(local_reference(value) or "") or {}
    named = text(value.get("display")) if isinstance(value, dict) else None
    name = concept_text(found.get("code")) or named or "not named"
    doubt = record.doubt_about(found)
    return f"{name} ({doubt})" if doubt else name
