"""Looking into the chart for what a save was to write: the EHR's word is not taken for it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.fhir.errors import FhirError, Missing
from app.fhir.paths import items, literal_reference, reference_id
from app.fhir.resource_types import resource_type
from app.fhir.search import identifier_token
from app.fhir.session import FhirSession, Query, WriteResult
from app.fhir.types import Resource
from app.forms._saving.plan import Plan, Write

# Elements that a server sets or may rewrite without changing what was recorded.
_SERVER_OWNED = frozenset({"id", "meta", "text"})


def read_back(session: FhirSession, write: Write, answer: WriteResult | None) -> Resource | None:
    """Return what the chart holds in the place of a write; None for nothing."""
    type_ = write.after["resourceType"]
    address = answer.reference if answer else None
    if write.before is not None:
        address = f"{type_}/{write.before['id']}"
    if address:
        try:
            return session.read(*address.split("/"))
        except Missing:
            if write.before is not None:
                return None
    found = session.search(Query(type_, (_search_of(write),), label=write.label))
    if found.error:
        raise found.error
    # What was asked by the patient, or a server that does not know the parameter, is too much.
    return next((r for r in found.resources if _carries(r, write)), None)


def _carries(resource: Resource, write: Write) -> bool:
    """Tell whether a resource has the identifier of a write; a server may add, such as a use."""
    own = (write.identifier or {}).items()
    return bool(own) and any(own <= held.items() for held in items(resource.get("identifier")))


def find_provenance(session: FhirSession, plan: Plan, target: str) -> str | None:
    """Return the reference of this save's Provenance about `target`; None where none is found."""
    query = Query("Provenance", (("target", target),), label="authorship")
    try:
        found = session.search(query).resources
    except FhirError:
        return None
    return next(
        (literal_reference(r) for r in found if _same_moment(r.get("recorded"), plan.recorded)),
        None,
    )


def says_the_same(found: Resource, write: Write, addresses: Mapping[str, str]) -> bool:
    """Tell whether all that was sent stands in what was found; a server may add, not change.

    `addresses` holds what the chart has of the save's own writes by their full URL: a part that
    refers to another of them has to name that one.
    """
    sent = {name: value for name, value in write.after.items() if name not in _SERVER_OWNED}
    held = {n: v for n, v in (write.before or {}).items() if n not in _SERVER_OWNED}
    return _contains(found, sent, addresses) and not _keeps(found, held, sent)


def _contains(found: Any, sent: Any, addresses: Mapping[str, str]) -> bool:
    if isinstance(sent, dict):
        if not isinstance(found, dict):
            return False
        return all(
            _refers(found.get(name), value, addresses)
            if name == "reference" and isinstance(value, str)
            else _contains(found.get(name), value, addresses)
            for name, value in sent.items()
        )
    if isinstance(sent, list):
        return (
            isinstance(found, list)
            and len(found) == len(sent)
            and all(_contains(f, s, addresses) for f, s in zip(found, sent, strict=True))
        )
    return bool(found == sent)


def _refers(found: Any, sent: str, addresses: Mapping[str, str]) -> bool:
    # A server replaces urn:uuid references by addresses and may make addresses absolute.
    meant = addresses.get(sent, sent)
    return isinstance(found, str) and (found == meant or found.endswith(f"/{meant}"))


def _keeps(found: Any, held: Any, sent: Any) -> bool:
    """Tell whether something that was taken out of `held` still stands in what was found."""
    if isinstance(found, dict) and isinstance(held, dict) and isinstance(sent, dict):
        return any(
            name in found and (name not in sent or _keeps(found[name], value, sent[name]))
            for name, value in held.items()
        )
    lists = (found, held, sent)
    if all(isinstance(value, list) and len(value) == len(sent) for value in lists):
        return any(_keeps(f, h, s) for f, h, s in zip(*lists, strict=True))
    return False


def is_untouched(found: Resource, write: Write) -> bool:
    """Tell whether the chart still holds the very version that was to be replaced."""
    return bool(found.get("meta", {}).get("versionId") == write.version)


def _same_moment(one: Any, other: str) -> bool:
    try:
        return datetime.fromisoformat(str(one)) == datetime.fromisoformat(other)
    except (ValueError, TypeError):
        return False


def _search_of(write: Write) -> tuple[str, str]:
    """Return what finds a new resource: its identifier, or the patient where that is no search."""
    row = resource_type(write.after)
    if row.finds_identifier:
        identifier = write.identifier or {}
        return "identifier", identifier_token(identifier.get("system"), identifier.get("value", ""))
    patient = reference_id(write.after.get(row.subject or ""), "Patient")
    return row.patient_search(patient or "")
