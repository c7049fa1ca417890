"""The elements that every new mCODE observation has, whatever it observes."""

from __future__ import annotations

from typing import Any

from app.fhir.types import Element, Resource
from app.forms._definition import Author, Subject

_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


def new_observation(
    *, profile: str, category: str, code: Element, subject: Subject, author: Author
) -> Resource:
    """Return a final observation about a primary cancer, still without its value and date.

    `category` is a code of FHIR's observation categories: US Core's simple observation asks for one
    and mCODE leaves open which. The focus names the cancer, so that a patient with several
    primaries has each stage at the right one.
    """
    resource: Resource = {
        "resourceType": "Observation",
        "meta": {"profile": [profile]},
        "status": "final",
        "category": [{"coding": [{"system": _CATEGORY, "code": category}]}],
        "code": code,
        "subject": {"reference": f"Patient/{subject.patient_id}"},
        "focus": [{"reference": f"Condition/{subject.primary.condition['id']}"}],
    }
    if author.encounter:
        resource["encounter"] = {"reference": author.encounter}
    performer: dict[str, Any] = {"display": author.name}
    if author.reference:
        performer["reference"] = author.reference
    resource["performer"] = [performer]
    return resource
