"""Whose resource it is, and whether it still counts."""

from __future__ import annotations

from app.fhir.paths import get, local_reference, text
from app.fhir.types import Resource

_WITHOUT_PATIENT = frozenset(
    {"Practitioner", "PractitionerRole", "Organization", "Medication", "Location", "Device"}
    | {"Provenance"}
)
_SUBJECT_OPTIONAL = frozenset({"Specimen"})
_RETRACTED = frozenset({"entered-in-error", "cancelled"})
_REFUTED = frozenset({"entered-in-error", "refuted"})


def belongs(resource: Resource, patient_id: str, base: str = "") -> bool | None:
    """Tell whether a resource is about this patient; None where it does not say.

    A reference that leads to another server is about somebody else, even if the id is the same.
    """
    type_ = text(resource.get("resourceType"))
    if type_ in _WITHOUT_PATIENT:
        return True
    if type_ == "Patient":
        return resource.get("id") == patient_id
    subject = resource.get("subject") or resource.get("patient")
    reference = text(subject.get("reference")) if isinstance(subject, dict) else None
    if reference is None or reference.startswith("#"):
        return True if subject is None and type_ in _SUBJECT_OPTIONAL else None
    return local_reference(reference, base) == f"Patient/{patient_id}"


def is_retracted(resource: Resource) -> bool:
    """Tell whether a resource was entered in error, cancelled or refuted, so that it is no fact.

    A BodyStructure, which has no status, counts as retracted where it is taken out of use.
    """
    if resource.get("resourceType") == "Condition":
        return text(get(resource, "verificationStatus", "coding", "code")) in _REFUTED
    status = text(resource.get("status"))
    if resource.get("resourceType") == "Observation":
        return status in _RETRACTED
    if resource.get("resourceType") == "BodyStructure":
        return resource.get("active") is False
    return status == "entered-in-error"


def did_not_happen(resource: Resource) -> bool:
    """Tell whether a treatment is recorded as not done, or as not to be done."""
    return resource.get("status") == "not-done" or resource.get("doNotPerform") is True
