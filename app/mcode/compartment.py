"""Whose resource it is, and whether it happened."""

from __future__ import annotations

from app.fhir.paths import local_reference, text
from app.fhir.resource_types import resource_type
from app.fhir.types import Resource


def belongs(resource: Resource, patient_id: str, base: str = "") -> bool | None:
    """Tell whether a resource is about this patient; None where it does not say.

    A reference that leads to another server is about somebody else, even if the id is the same.
    """
    if text(resource.get("resourceType")) == "Patient":
        return resource.get("id") == patient_id
    row = resource_type(resource)
    if row.subject is None:
        return True
    # Of an unlisted type, and in odd data, the patient may stand under the other name.
    names = dict.fromkeys((row.subject, "subject", "patient"))
    subject = next((found for name in names if (found := resource.get(name))), None)
    reference = text(subject.get("reference")) if isinstance(subject, dict) else None
    if reference is None or reference.startswith("#"):
        return True if subject is None and row.subject_optional else None
    return local_reference(reference, base) == f"Patient/{patient_id}"


def did_not_happen(resource: Resource) -> bool:
    """Tell whether a treatment is recorded as not done, or as not to be done."""
    return resource.get("status") == "not-done" or resource.get("doNotPerform") is True
