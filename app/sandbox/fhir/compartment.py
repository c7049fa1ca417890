"""The patient compartment: whose a resource is.

Only the elements that name the patient a resource is about count; a patient who performed or
asserted something does not make it part of that patient's record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from app.sandbox.fhir.access import Resource
from app.sandbox.fhir.references import Local, local

Finder = Callable[[Local], Resource | None]

_PATIENT_ELEMENTS: dict[str, tuple[str, ...]] = {
    "AdverseEvent": ("subject",),
    "AllergyIntolerance": ("patient",),
    "BodyStructure": ("patient",),
    "CarePlan": ("subject",),
    "CareTeam": ("subject",),
    "Claim": ("patient",),
    "ClinicalImpression": ("subject",),
    "Communication": ("subject",),
    "Composition": ("subject",),
    "Condition": ("subject",),
    "Consent": ("patient",),
    "Coverage": ("beneficiary",),
    "DetectedIssue": ("patient",),
    "Device": ("patient",),
    "DeviceRequest": ("subject",),
    "DeviceUseStatement": ("subject",),
    "DiagnosticReport": ("subject",),
    "DocumentReference": ("subject",),
    "Encounter": ("subject",),
    "EpisodeOfCare": ("patient",),
    "ExplanationOfBenefit": ("patient",),
    "FamilyMemberHistory": ("patient",),
    "Flag": ("subject",),
    "Goal": ("subject",),
    "Group": ("member.entity",),
    "ImagingStudy": ("subject",),
    "Immunization": ("patient",),
    "List": ("subject",),
    "Media": ("subject",),
    "MedicationAdministration": ("subject",),
    "MedicationDispense": ("subject",),
    "MedicationRequest": ("subject",),
    "MedicationStatement": ("subject",),
    "NutritionOrder": ("patient",),
    "Observation": ("subject",),
    "Procedure": ("subject",),
    "QuestionnaireResponse": ("subject",),
    "RelatedPerson": ("patient",),
    "RequestGroup": ("subject",),
    "ResearchSubject": ("individual",),
    "RiskAssessment": ("subject",),
    "ServiceRequest": ("subject",),
    "Specimen": ("subject",),
    "SupplyDelivery": ("patient",),
    "Task": ("for",),
}

# A device belongs to a patient only where it says so; a shared one is nobody's.
_OPTIONAL = frozenset({"Device"})


def has_compartment(resource_type: str) -> bool:
    """Say whether each resource of this type is some patient's, so not another's to see."""
    if resource_type in _OPTIONAL:
        return False
    return resource_type in _PATIENT_ELEMENTS or resource_type in {"Patient", "Provenance"}


def patient_of(
    resource: Resource, *, base: str | None = None, find: Finder | None = None
) -> set[str]:
    """Return the ids of the patients whom `resource` is about; empty where it names none.

    `base` is the server's address: references below it count as well as relative ones. A
    Provenance is about the patients of its targets; `find` looks up those that are not Patients.
    """
    resource_type = resource.get("resourceType")
    if resource_type == "Patient":
        return {resource["id"]} if isinstance(resource.get("id"), str) else set()
    if resource_type == "Provenance":
        return _patients_of_targets(resource, base, find)
    named = (
        local(reference, base)
        for path in _PATIENT_ELEMENTS.get(str(resource_type), ())
        for reference in _references(resource, path.split("."))
    )
    return {target.id for target in named if target and target.type == "Patient"}


def _patients_of_targets(provenance: Resource, base: str | None, find: Finder | None) -> set[str]:
    patients: set[str] = set()
    for reference in _references(provenance, ["target"]):
        target = local(reference, base)
        if target is None:
            continue
        if target.type == "Patient":
            patients.add(target.id)
        # The Provenance of a Provenance is not followed: it could go round in circles.
        elif find and target.type != "Provenance" and (found := find(target)):
            patients |= patient_of(found, base=base)
    return patients


def _references(element: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(element, list):
        for item in element:
            yield from _references(item, path)
    elif isinstance(element, dict):
        if path:
            yield from _references(element.get(path[0]), path[1:])
        else:
            yield element.get("reference")
