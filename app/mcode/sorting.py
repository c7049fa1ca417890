"""Sorting out what may not be shown as this patient's facts.

EHRs answer with odd JSON now and then: a list where FHIR has a text. The app does not guess what
such a resource means: it lists it as it is, among what it does not understand.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from app.fhir.paths import (
    address_reference,
    items,
    literal_reference,
    local_reference,
    objects,
    text,
    unique,
)
from app.fhir.resource_types import resource_type
from app.fhir.types import Resource
from app.mcode.kinds import CANCERS, Kind
from app.mcode.links import Links
from app.mcode.retraction import is_retracted

# Elements that are a text wherever FHIR R4 has them in the resources that are read.
_TEXTS = frozenset({"status", "intent", "system", "unit", "reference", "display", "versionId"})
_TEXT_ENDINGS = ("DateTime", "Date", "String")
_OBJECTS = frozenset({"meta", "subject", "encounter", "method"})
_PERSONS = frozenset({"Patient", "RelatedPerson", "Practitioner", "PractitionerRole", "Group"})
_LISTS = frozenset({"component", "extension", "focus", "hasMember", "note", "identifier"})


def is_wellformed(resource: Resource) -> bool:
    """Tell whether every element inside has the kind of value that its name stands for."""
    return all(_fits(name, value) for node in objects(resource) for name, value in node.items())


def _fits(name: str, value: Any) -> bool:
    if name.startswith("_") or value is None:
        return True
    if name in _TEXTS or name.endswith(_TEXT_ENDINGS):
        return isinstance(value, str)
    if name.endswith("CodeableConcept") or name in _OBJECTS:
        return isinstance(value, dict)
    if name.endswith("Quantity"):
        return isinstance(value, dict) and _is_number(value.get("value"))
    if name in {"numerator", "denominator", "low", "high"}:
        return isinstance(value, dict) and _is_number(value.get("value"))
    if name == "coding":
        return isinstance(value, list) and all(_is_coding(item) for item in value)
    if name in _LISTS:
        entries = value if isinstance(value, list) else [value]
        return all(isinstance(item, dict) for item in entries)
    return True


def _is_coding(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("code", ""), str)


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return value is None or is_number


def is_understood(resource: Resource) -> bool:
    """Tell whether nothing changes the meaning of a resource in a way that the app does not know.

    FHIR R4, 2.4.0.1: what has an unknown modifierExtension may be the contrary of what it says.
    """
    row = resource_type(resource)
    known = row.status_extension if row.status == "modifierExtension" else None
    for node in objects(resource):
        modifiers = node.get("modifierExtension") or []
        for modifier in modifiers if isinstance(modifiers, list) else [modifiers]:
            own = isinstance(modifier, dict) and modifier.get("url") == known
            if not own or not text(modifier.get("valueCode")):
                return False
    return True


def belongs(resource: Resource, patient_id: str, base: str | Sequence[str] = "") -> bool | None:
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


def _is_about_another(resource: Resource, patient_id: str) -> bool:
    """Tell whether a finding is of somebody else: a donor, a relative, an unborn child.

    Its subject is the patient in whose chart it stands, its focus whom it is about (FHIR R4).
    """
    for focus in items(resource.get("focus")):
        name, _ = address_reference(text(focus.get("reference")))
        type_ = (name or "").partition("/")[0] or text(focus.get("type")) or ""
        own = local_reference(focus) == f"Patient/{patient_id}"
        if type_ in _PERSONS and not own:
            return True
    return False


def did_not_happen(resource: Resource) -> bool:
    """Tell whether a treatment is recorded as not done, or as not to be done."""
    return resource.get("status") == "not-done" or resource.get("doNotPerform") is True


@dataclass
class Sorted:
    """Resources by whether they count: `own` are this patient's facts."""

    own: list[Resource] = field(default_factory=list)
    misfiled: list[Resource] = field(default_factory=list)
    retracted: list[Resource] = field(default_factory=list)
    unclear: list[Resource] = field(default_factory=list)


def sort_out(resources: Iterable[Resource], patient_id: str, base: str | Sequence[str]) -> Sorted:
    """Separate what is about somebody else, what was retracted, and what names no patient."""
    result = Sorted()
    for resource in unique(resources):
        owner = belongs(resource, patient_id, base) and not _is_about_another(resource, patient_id)
        if literal_reference(resource) is None or owner is None:
            result.unclear.append(resource)
        elif not owner:
            result.misfiled.append(resource)
        elif is_retracted(resource):
            result.retracted.append(resource)
        elif resource["resourceType"] != "Patient":
            result.own.append(resource)
    return result


def misfiled_by_focus(
    own: Iterable[Resource], kinds: dict[str, Kind], links: Links, foreign: set[str]
) -> set[str]:
    """Return `Type/id` of cancer findings that name another patient's Condition.

    `foreign` are the Conditions of other patients, and those that the EHR does not show in this
    chart. Categories go with the stage group that lists them, unless another one of this patient's
    lists them too or they name a Condition of this patient themselves.
    """
    candidates = {
        name: resource
        for resource in own
        if (name := literal_reference(resource)) in kinds and kinds[name] not in CANCERS
    }
    found = {
        name
        for name, resource in candidates.items()
        if foreign.intersection(links.named_conditions(resource))
    }
    for name, resource in candidates.items():
        parents = {literal_reference(parent) for parent in links.parents(resource)}
        if parents and parents <= found and not links.named_conditions(resource):
            found.add(name)
    return found
