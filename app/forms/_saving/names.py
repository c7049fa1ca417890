"""Words for the resources that an entry may refer to, so that a review shows no bare ids."""

from __future__ import annotations

from app.fhir.paths import key
from app.fhir.resource_types import resource_type
from app.fhir.types import Resource
from app.formatting import NO_DATA, join, partial_date
from app.forms._shared.genomics import finding_words
from app.mcode.content import body_site, condition_title, effective, name_of
from app.mcode.model import CancerRecord
from app.mcode.pathology import specimen_title
from app.mcode.values import observation_value, result
from app.terminology.concept import concept_text


def names_of(record: CancerRecord) -> dict[str, str]:
    """Return words for the resources of a record, by `Type/id`; those without any are left out."""
    named = {}
    for resource in (*record.facts(), *record.others.values()):
        if (name := key(resource)) and (words := _words(resource)):
            named[name] = words
    return named


def _words(resource: Resource) -> str | None:
    match resource["resourceType"]:
        case "Condition":
            return condition_title(resource)
        case "Specimen":
            return specimen_title(resource)
        case "Observation":
            # Of a genomic finding the components are what it is called by.
            finding = finding_words(resource)
            said = observation_value(resource).text if finding else result(resource)
            what = finding or concept_text(resource.get("code"))
            told = [what, said if said != NO_DATA else None]
            return join([join(told, " "), partial_date(effective(resource), "")], ", ")
    headline = (concept_text(resource.get(name)) for name in resource_type(resource).headline)
    named = dict.fromkeys([name_of(resource), *headline, body_site(resource)])
    return join([*named, partial_date(effective(resource), "")], ", ") or None
