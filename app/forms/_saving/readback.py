"""Looking into the chart for what a save was to write: the EHR's word is not taken for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.fhir.errors import FhirError, Missing
from app.fhir.paths import items, key
from app.fhir.search import identifier_token
from app.fhir.session import EntryResult, FhirSession, Query
from app.fhir.types import Resource
from app.forms._saving.plan import Plan, Write

# Elements that a server sets or may rewrite without changing what was recorded.
_SERVER_OWNED = frozenset({"id", "meta", "text"})


def read_back(session: FhirSession, write: Write, answer: EntryResult | None) -> Resource | None:
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
    found = session.search(Query(type_, (("identifier", identifier_of(write)),), label=write.label))
    if found.error:
        raise found.error
    # A server that does not know the parameter answers with everything.
    return next(
        (r for r in found.resources if write.identifier in items(r.get("identifier"))), None
    )


def find_provenance(session: FhirSession, plan: Plan, target: str) -> str | None:
    """Return the reference of this save's Provenance about `target`; None where none is found."""
    query = Query("Provenance", (("target", target),), label="authorship")
    try:
        found = session.search(query).resources
    except FhirError:
        return None
    return next((key(r) for r in found if _same_moment(r.get("recorded"), plan.recorded)), None)


def says_the_same(found: Resource, write: Write) -> bool:
    """Tell whether all that was sent stands in what was found; a server may add, not change."""
    sent = {name: value for name, value in write.after.items() if name not in _SERVER_OWNED}
    removed = set(write.before or {}) - set(write.after)
    return _contains(found, sent) and not removed & set(found)


def _contains(found: Any, sent: Any) -> bool:
    if isinstance(sent, dict):
        if not isinstance(found, dict):
            return False
        return all(_contains_member(found.get(key), value, key) for key, value in sent.items())
    if isinstance(sent, list):
        return (
            isinstance(found, list)
            and len(found) == len(sent)
            and all(_contains(f, s) for f, s in zip(found, sent, strict=True))
        )
    return bool(found == sent)


def _contains_member(found: Any, sent: Any, key: str) -> bool:
    # A server replaces urn:uuid references by addresses and may make addresses absolute.
    if key == "reference" and isinstance(sent, str) and isinstance(found, str):
        return sent.startswith("urn:uuid:") or found == sent or found.endswith(f"/{sent}")
    return _contains(found, sent)


def is_untouched(found: Resource, write: Write) -> bool:
    """Tell whether the chart still holds the very version that was to be replaced."""
    return bool(found.get("meta", {}).get("versionId") == write.version)


def _same_moment(one: Any, other: str) -> bool:
    try:
        return datetime.fromisoformat(str(one)) == datetime.fromisoformat(other)
    except (ValueError, TypeError):
        return False


def identifier_of(write: Write) -> str:
    """Return the search token of the business identifier that a new resource carries."""
    identifier = write.identifier or {}
    return identifier_token(identifier.get("system"), identifier.get("value", ""))
