"""Short texts about resources that several presenters need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.fhir.paths import get, key, text
from app.fhir.resource_types import resource_type
from app.fhir.types import Resource
from app.formatting import join, partial_date
from app.mcode.authorship import spoken_name
from app.mcode.facts import concept_text, effective, performer_display, performers
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord
from app.mcode.pathology import specimen
from app.mcode.recognise import kind_of
from app.mcode.values import result
from app.summary.names import spoken

__all__ = [
    "Badge",
    "Shown",
    "author",
    "day_of",
    "first_day",
    "result",
    "retraction",
    "shown",
    "specimen",
]


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

    @property
    def key(self) -> str | None:
        """The `Type/id` by which a form for it is found."""
        return key(self.resource)


def day_of(resource: Resource) -> str:
    """Return when a resource's content holds true, "no date" where that is not said."""
    return partial_date(effective(resource))


def author(record: CancerRecord, resource: Resource) -> str | None:
    """Return the name of who did, asserted or recorded it."""
    if named := performer_display(resource):
        return named
    for reference in performers(resource):
        person = record.find(reference) or {}
        if spoken := spoken_name(person.get("name")):
            return spoken
    return None


def shown(resource: Resource) -> Shown:
    """Return a resource of whatever kind with the words that it gives itself."""
    type_ = text(resource.get("resourceType")) or "Resource"
    code, kind = resource.get("code"), kind_of(resource)
    names = resource_type(resource).names
    words = next(filter(None, (concept_text(resource.get(n)) for n in names)), None)
    # LOINC's name of the question is "Cancer disease progression", whatever the answer.
    if kind == Kind.DISEASE_STATUS or (kind and code and not spoken(code)):
        words = str(kind).capitalize()
    value = result(resource) if type_ == "Observation" else None
    return Shown(words or type_, join([type_, value, day_of(resource)]), resource)


def retraction(resource: Resource) -> Shown:
    """Return a retracted resource in one line, with the word that retracts it."""
    verification = text(get(resource, "verificationStatus", "coding", "code"))
    word = verification or text(resource.get("status")) or "retracted"
    line = shown(resource)
    return Shown(line.title, join([word.replace("-", " "), line.detail]), resource)


def first_day(value: str | None) -> date | None:
    """Return the first day that a FHIR date of any precision can mean, None without one."""
    parts = (value or "")[:10].split("-")
    try:
        year, month, day = (int(part) for part in [*parts, "1", "1"][:3])
        return date(year, month, day)
    except ValueError:
        return None
