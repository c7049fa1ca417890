"""The patient compartment: whose a resource is.

Only the elements that name the patient a resource is about count; a patient who performed or
asserted something does not make it part of that patient's record.
"""

from collections.abc import Callable, Iterator
from typing import Any

from app.sandbox.fhir.access import Resource
from app.sandbox.fhir.index import values
from app.sandbox.fhir.references import Local, local

Finder = Callable[[Local], Resource | None]

# The types by the element that names the patient.
_TYPES: dict[str, str] = {
    "subject": """
        AdverseEvent CarePlan CareTeam ClinicalImpression Communication Composition
        Condition DeviceRequest DeviceUseStatement DiagnosticReport DocumentReference
        Encounter Flag Goal ImagingStudy List Media MedicationAdministration
        MedicationDispense MedicationRequest MedicationStatement Observation Procedure
        QuestionnaireResponse RequestGroup RiskAssessment ServiceRequest Specimen
    """,
    "patient": """
        AllergyIntolerance BodyStructure Claim Consent DetectedIssue Device EpisodeOfCare
        ExplanationOfBenefit FamilyMemberHistory Immunization NutritionOrder RelatedPerson
        SupplyDelivery
    """,
    "beneficiary": "Coverage",
    "for": "Task",
    "individual": "ResearchSubject",
    "member.entity": "Group",
}
_PATIENT_ELEMENT = {name: element for element, names in _TYPES.items() for name in names.split()}

# A device belongs to a patient only where it says so; a shared one is nobody's.
_OPTIONAL = frozenset({"Device"})


def has_compartment(resource_type: str) -> bool:
    """Say whether each resource of this type is some patient's, so not another's to see."""
    if resource_type in _OPTIONAL:
        return False
    return resource_type in _PATIENT_ELEMENT or resource_type in {"Patient", "Provenance"}


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
    element = _PATIENT_ELEMENT.get(str(resource_type))
    if element is None:
        return set()
    named = (local(reference, base) for reference in _references(resource, element.split(".")))
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
    return (at.get("reference") for at in values(element, path) if isinstance(at, dict))
