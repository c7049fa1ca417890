"""Short texts about resources that several presenters need."""

from collections.abc import Sized
from dataclasses import dataclass, replace
from typing import Any

from app.fhir.paths import codes, codings, extensions, get, items, literal_reference, text
from app.fhir.patterns import Pattern
from app.fhir.resource_types import resource_type
from app.fhir.types import Element, Resource
from app.formatting import join, partial_date
from app.mcode.authorship import spoken_name
from app.mcode.content import asserted_date, effective, name_of, performer_display, performers
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord
from app.mcode.profiles import EXTENSION
from app.mcode.recognise import kind_of
from app.mcode.retraction import caveat, retracting_status
from app.mcode.tissue import numbers_of
from app.mcode.treated import drug_name
from app.mcode.values import result, with_caveat
from app.terminology.concept import concept_text
from app.terminology.systems import known_codes

# Component, then [property], then system and method: "Lactate dehydrogenase [Enzymatic
# activity/volume] in Serum or Plasma" (LOINC Users' Guide, long common names).
_LONG_COMMON_NAME = Pattern(r"(?s)\A(\S.*?) \[[^\[\]]+\](?: .*)?")
_PERFORMANCE_SCALES = {"89247-1": "ECOG", "89243-0": "Karnofsky", "C38144": "Lansky"}
_SCALE_NAMES = Pattern(
    r"(?i)\b(?:(?P<ECOG>ecog|zubrod)|(?P<Karnofsky>karnofsky|kps)|(?P<Lansky>lansky))\b"
)
_UNNAMED_SCALE = "Performance status"
# Of what one resource names, as members, variants or suspects: a chart in which each of thousands
# names one long text a thousand times would fill the memory.
MOST_NAMED = 30
PERFORMANCE_SCALES = (*_PERFORMANCE_SCALES.values(), _UNNAMED_SCALE)


@dataclass(frozen=True)
class Badge:
    """A word with its tone (see components/badge.html) and a sign."""

    text: str
    tone: str = "neutral"
    sign: str | None = None


# Values of mCODE's cancer disease status; the sign says the direction without the colour.
_STATUSES = {
    "268910001": Badge("Responding", "good", "▲"),
    "359746009": Badge("Stable", "neutral", "■"),
    "271299001": Badge("Progressing", "danger", "▼"),
    "709137006": Badge("Undetermined", "neutral", "◆"),
    "550991000124107": Badge("No evidence of disease", "good", "●"),
    "551001000124108": Badge("Partial remission", "good", "▲"),
    "103338009": Badge("In full remission", "good", "●"),
    "103337004": Badge("In partial remission", "good", "▲"),
    "399409002": Badge("Distant metastasis present", "danger", "▼"),
}


@dataclass(frozen=True)
class Shown:
    """A resource in one line, and as it is in the chart.

    One that `repeats` is shown as a fact elsewhere on the page.
    """

    title: str
    detail: str
    resource: Resource
    repeats: bool = False

    @property
    def key(self) -> str | None:
        """The `Type/id` by which a form for it is found."""
        return literal_reference(self.resource)

    @property
    def fact(self) -> str | None:
        """The `Type/id` of the fact that is shown here and nowhere else."""
        return None if self.repeats else self.key


@dataclass(frozen=True)
class Row:
    """A resource as a row: what it is of, what it says, when, and by whom.

    `detail` says more of the value, such as its meaning. `earlier` are the rows of the same test
    before this one, the newest first.
    """

    name: str
    value: str
    date: str
    key: str | None
    detail: str | None = None
    by: str | None = None
    earlier: "tuple[Row, ...]" = ()


def unnamed(named: Sized, noun: str = "") -> list[str]:
    """Return that there are more than the MOST_NAMED, nothing where there are not: "and 3 more"."""
    more = len(named) - MOST_NAMED
    return [join([f"and {more} more", noun], " ")] if more > 0 else []


def day_of(resource: Resource) -> str:
    """Return when a resource's content holds true, "no date" where that is not said.

    Of a disease since when.
    """
    is_disease = resource_type(resource).status == "verificationStatus"
    return partial_date(asserted_date(resource) if is_disease else effective(resource))


def author(record: CancerRecord, resource: Resource) -> str | None:
    """Return the name of who did, asserted or recorded it."""
    if named := performer_display(resource):
        return named
    for reference in performers(resource):
        person = record.find(reference) or {}
        if spoken := spoken_name(person.get("name")):
            return spoken
    return None


def row_of(
    record: CancerRecord, resource: Resource, name: str, value: str, detail: str | None = None
) -> Row:
    """Return a resource as a row, with its date and its author."""
    by = author(record, resource)
    return Row(name, value, day_of(resource), literal_reference(resource), detail, by)


def shown(record: CancerRecord, resource: Resource) -> Shown:
    """Return a resource of whatever kind by the name that it gives itself."""
    type_ = text(resource.get("resourceType")) or "Resource"
    code, kind = resource.get("code"), kind_of(resource)
    name = drug_name(record, resource) or name_of(resource)
    # LOINC's name of the question is "Cancer disease progression", whatever the answer.
    if kind == Kind.DISEASE_STATUS or (kind and code and not spoken(code)):
        name = str(kind).capitalize()
    value = result(resource) if type_ == "Observation" else caveat(resource)
    return Shown(name or type_, join([name and type_, value, day_of(resource)]), resource)


def retraction(record: CancerRecord, resource: Resource) -> Shown:
    """Return a retracted resource in one line, with the word that retracts it."""
    status, line = retracting_status(resource), shown(record, resource)
    # What is only taken out of use has no status for it.
    word = status.replace("-", " ") if status and status != "false" else "retracted"
    return Shown(line.title, join([word, line.detail]), resource)


def status_reading(observation: Resource) -> Badge:
    """Return a disease status as a badge: its text, and the direction as a sign."""
    found = (
        _STATUSES.get(code) for _, code in known_codes(observation.get("valueCodeableConcept"))
    )
    badge = next((badge for badge in found if badge), None)
    return (
        replace(badge, text=with_caveat(badge.text, observation))
        if badge
        else Badge(result(observation))
    )


def performance_scale(observation: Resource) -> str:
    """Return the short name of the scale of a performance status."""
    named = (_PERFORMANCE_SCALES.get(code) for _, code in codes(observation.get("code")))
    own_word = _SCALE_NAMES.search(concept_text(observation.get("code")) or "")
    said = own_word and next(name for name in own_word.groupdict() if own_word[name])
    return next((name for name in named if name), None) or said or _UNNAMED_SCALE


def short_name(concept: Any, missing: str) -> tuple[str, str | None]:
    """Return the short name of a test, and its full name where that says more."""
    full = concept_text(concept)
    if full is None:
        return missing, None
    match = _LONG_COMMON_NAME.fullmatch(full)
    return (match[1], full) if match else (full, None)


def spoken(concept: Any) -> bool:
    """Tell whether a concept has a display, and not only a code."""
    if not isinstance(concept, dict):
        return False
    return bool(text(concept.get("text")) or any(text(c.get("display")) for c in codings(concept)))


def structure_display(structure: Resource) -> str:
    """Return what a BodyStructure is called, of what kind it is, and where it lies."""
    location = [concept_text(structure.get("location"))]
    location += [concept_text(item) for item in items(structure.get("locationQualifier"))]
    named = [text(structure.get("description")), *numbers_of(structure)]
    said = dict.fromkeys([*named, concept_text(structure.get("morphology"))])
    return join([*said, join(dict.fromkeys(location), ", ").lower()])


def specimen_display(specimen: Resource) -> str:
    """Return where a specimen was taken from, its state, and its names."""
    site = get(specimen, "collection", "bodySite")
    location = [concept_text(site), *_qualifiers(site)]
    state = text(specimen.get("status"))
    return join([join(location, ", "), state, *numbers_of(specimen)])


def _qualifiers(site: Element | None) -> list[str | None]:
    return [
        concept_text(item.get("valueCodeableConcept"))
        for name in ("location", "laterality")
        for item in extensions(site, EXTENSION[name])
    ]
