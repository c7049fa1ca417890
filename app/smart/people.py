"""The user's name, read from the EHR."""

from __future__ import annotations

from typing import Any

from app.fhir.errors import FhirError
from app.fhir.paths import local_reference
from app.fhir.session import FhirSession


def name_of(session: FhirSession, reference: str) -> str:
    """Return the name of the person at `reference`; empty if the EHR does not give it."""
    resource_type, _, resource_id = reference.partition("/")
    try:
        resource = session.read(resource_type, resource_id)
    except FhirError:
        return ""
    if resource_type == "PractitionerRole":
        return _practitioner_name(session, resource.get("practitioner"))
    return _human_name(resource.get("name"))


def _practitioner_name(session: FhirSession, practitioner: Any) -> str:
    if not isinstance(practitioner, dict):
        return ""
    reference = local_reference(practitioner.get("reference"), session.base)
    if not reference or not reference.startswith("Practitioner/"):
        return _text(practitioner.get("display"))
    return _text(practitioner.get("display")) or name_of(session, reference)


def _human_name(names: Any) -> str:
    if not isinstance(names, list):
        return ""
    known = [name for name in names if isinstance(name, dict) and name.get("use") != "old"]
    known.sort(key=lambda name: name.get("use") not in {"official", "usual"})
    for name in known:
        if text := _text(name.get("text")):
            return text
        parts = [*_texts(name.get("prefix")), *_texts(name.get("given")), _text(name.get("family"))]
        if joined := " ".join(part for part in parts if part):
            return joined
    return ""


def _texts(value: Any) -> list[str]:
    return [_text(item) for item in value] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value.strip()[:200] if isinstance(value, str) else ""
