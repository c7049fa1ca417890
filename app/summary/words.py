"""Short texts about resources that several presenters need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from app.fhir.paths import get, items, local_reference, text
from app.fhir.types import Resource
from app.formatting import NO_DATA, join, partial_date
from app.mcode.codes import Kind
from app.mcode.facts import concept_text, effective, performer_display, performers
from app.mcode.model import CancerRecord
from app.mcode.recognise import kind_of
from app.mcode.values import observation_value


@dataclass(frozen=True)
class Badge:
    """A word with its tone (see components/badge.html) and a sign beside it."""

    text: str
    tone: str = "neutral"
    sign: str | None = None


@dataclass(frozen=True)
class Shown:
    """A resource in one line, and as it is in the chart."""

    title: str
    detail: str
    resource: Resource


def result(observation: Resource) -> str:
    """Return an Observation's result with its unit, its components, or why there is none."""
    value = observation_value(observation)
    if value.text:
        unit = None if value.unit in {None, "1"} else value.unit
        return join([value.text, unit], " ")
    parts = [
        join([concept_text(part.get("code")), observation_value(part).text], ": ")
        for part in items(observation.get("component"))
    ]
    if parts:
        return join(parts, "; ")
    return f"{NO_DATA} ({value.absent.lower()})" if value.absent else NO_DATA


def day_of(resource: Resource) -> str:
    """Return when a resource's content holds true, "no date" where that is not said."""
    return partial_date(effective(resource))


def author(record: CancerRecord, resource: Resource) -> str | None:
    """Return the name of who did, asserted or recorded it."""
    if named := performer_display(resource):
        return named
    for reference in performers(resource):
        person = record.find(reference) or {}
        if spoken := _spoken_name(person.get("name")):
            return spoken
    return None


def specimen(record: CancerRecord, observation: Resource) -> str | None:
    """Return what was examined, in words."""
    reference = observation.get("specimen")
    found = record.find(local_reference(reference) or "") or {}
    type_ = found.get("type")
    if own_words := text(get(type_, "text")):
        return own_words
    site = concept_text(get(found, "collection", "bodySite"))
    words = join([concept_text(type_), site], ", ")
    return words or text(get(reference, "display"))


def shown(resource: Resource) -> Shown:
    """Return a resource of whatever kind with the words that it gives itself."""
    type_ = text(resource.get("resourceType")) or "Resource"
    words = concept_text(resource.get("code")) or concept_text(resource.get("type"))
    # LOINC's name of the question is "Cancer disease progression", whatever the answer.
    if kind_of(resource) == Kind.DISEASE_STATUS:
        words = "Disease status"
    value = result(resource) if type_ == "Observation" else None
    return Shown(words or type_, join([type_, value, day_of(resource)]), resource)


def _spoken_name(names: Any) -> str | None:
    """Return a clinician's name as it is said, "Dr Kyle Anydoc"; an organization's as it stands."""
    if isinstance(names, str):
        return text(names)
    for name in items(names):
        given = (word for part in ("prefix", "given") for word in name.get(part) or [])
        if spoken := text(name.get("text")) or join([*given, name.get("family")], " "):
            return spoken
    return None


def first_day(value: str | None) -> date | None:
    """Return the first day that a FHIR date of any precision can mean, None without one."""
    parts = (value or "")[:10].split("-")
    try:
        year, month, day = (int(part) for part in [*parts, "1", "1"][:3])
        return date(year, month, day)
    except ValueError:
        return None
