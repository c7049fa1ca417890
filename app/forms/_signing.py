"""Whom the elements that name an author may refer to, as each profile has it."""

from __future__ import annotations

from functools import cache

from app.fhir.types import Element, Resource
from app.forms._definition import Author, Part
from app.mcode.definitions import profile, type_of


def signature(part: Part, author: Author) -> Resource:
    """Return the elements of a new resource that name who made it; none where it has no place.

    An element that may not refer to this kind of person names them in words alone: the Provenance
    refers to them. BodyStructure and Specimen have no place for who recorded them, and the
    performer of a DiagnosticReport is who answers for the report, not who types it.
    """
    match part.type:
        case "Observation":
            return {"performer": [_named(part, "performer", author)]}
        case "MedicationAdministration":
            return {"performer": [{"actor": _named(part, "performer.actor", author)}]}
        case "MedicationRequest":
            return _ordered_by(part, author)
        case "Procedure" | "Condition":
            return {"recorder": _named(part, "recorder", author)}
    return {}


def _ordered_by(part: Part, author: Author) -> Resource:
    """Return who orders: US Core lets people do so, and not the roles that they have."""
    requester = _named(part, "requester", author)
    recorder = _named(part, "recorder", author)
    # What the requester could not refer to, the recorder may.
    by_role = "reference" in recorder and "reference" not in requester
    return {"requester": requester} | ({"recorder": recorder} if by_role else {})


def _named(part: Part, element: str, author: Author) -> Element:
    named: Element = {"display": author.name}
    kind = (author.reference or "").partition("/")[0]
    if kind in allowed(part.profile, element):
        named["reference"] = author.reference
    return named


@cache
def allowed(profile_name: str, element: str) -> frozenset[str]:
    """Return the types of resources that an element of the profile may refer to."""
    types = profile(profile_name).element(element).types
    return frozenset(filter(None, (type_of(url) for found in types for url in found.targets)))
