"""A save: all or none, never twice, and never called saved before the chart shows it.

The EHR's word is not taken for it: after every send, whatever was answered, each resource is read
back. So a lost answer, a half-applied transaction and a rewritten resource are all told apart.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from app.fhir.errors import Conflict, FhirError, Missing, Unreachable
from app.fhir.paths import items, key
from app.fhir.search import identifier_token
from app.fhir.session import FhirSession, Query
from app.fhir.transaction import EntryResult, TransactionBuilder
from app.fhir.types import Resource
from app.forms._plan import Plan, Write

# The key of the authorship among the answers to a save.
PROVENANCE = "provenance"

# Elements that a server sets or may rewrite without changing what was recorded.
_SERVER_OWNED = frozenset({"id", "meta", "text"})


@dataclass(frozen=True)
class Stored:
    """One write as the chart has it: `resource` as read back."""

    write: Write
    resource: Resource

    @property
    def reference(self) -> str:
        return f"{self.resource['resourceType']}/{self.resource['id']}"


@dataclass(frozen=True)
class Outcome:
    """What the chart shows after a save.

    `missing` were not stored; `different` are stored under this entry's identifier, or as this
    resource, with another content than was sent. `error` is what the EHR answered, if it refused.
    """

    stored: tuple[Stored, ...]
    missing: tuple[Write, ...]
    different: tuple[Write, ...]
    provenance: str | None
    error: FhirError | None = None

    @property
    def complete(self) -> bool:
        return not self.missing and not self.different

    @property
    def nothing(self) -> bool:
        return not self.stored


class OutcomeUnknown(Exception):
    """The EHR cannot be asked what it stored; the save stays open until it can."""

    def __init__(self, error: FhirError) -> None:
        super().__init__(error.message)
        self.error = error


def save(session: FhirSession, plan: Plan) -> Outcome:
    """Send the plan, then read back what the chart shows.

    Raises OutcomeUnknown where the chart cannot be read after something may have been sent.
    """
    error: FhirError | None = None
    answers: dict[str, EntryResult] = {}
    try:
        answers = _send(session, plan)
    except Unreachable as unreachable:
        if not unreachable.sent:
            raise
        error = unreachable
    except FhirError as refused:
        error = refused
    return settle(session, plan, error, answers)


def settle(
    session: FhirSession,
    plan: Plan,
    error: FhirError | None = None,
    answers: Mapping[str, EntryResult] | None = None,
) -> Outcome:
    """Read back each write of `plan` and tell what of it is in the chart.

    Raises OutcomeUnknown where the EHR does not answer.
    """
    stored, missing, different = [], [], []
    try:
        for write in plan.writes:
            found = _read_back(session, write, (answers or {}).get(write.full_url))
            if found is None:
                missing.append(write)
            elif _says(found, write):
                stored.append(Stored(write, found))
            elif write.before is not None and _same_version(found, write):
                missing.append(write)
            else:
                different.append(write)
        answer = (answers or {}).get(PROVENANCE)
        provenance = (answer and answer.reference) or _find_provenance(session, plan, stored)
    except FhirError as unreadable:
        raise OutcomeUnknown(unreadable) from unreadable
    return Outcome(tuple(stored), tuple(missing), tuple(different), provenance, error)


def remaining(plan: Plan, outcome: Outcome) -> Plan:
    """Return the plan for what an earlier, half-applied save left out.

    References to what is stored become its real address.
    """
    addresses = {stored.write.full_url: stored.reference for stored in outcome.stored}
    writes = tuple(
        Write(**{**vars(write), "after": _point(write.after, addresses)})
        for write in outcome.missing
    )
    provenance = None if outcome.provenance else _point(plan.provenance, addresses)
    return Plan(plan.title, plan.signed_as, plan.recorded, writes, provenance)


def _send(session: FhirSession, plan: Plan) -> dict[str, EntryResult]:
    if session.capability().supports_transaction is False:
        return _send_in_order(session, plan)
    builder = TransactionBuilder()
    for write in plan.writes:
        if write.before is None:
            builder.create(write.after, write.full_url, write.identifier)
        else:
            builder.update(write.after, write.version or "")
    if plan.provenance:
        builder.create(plan.provenance)
    results = session.transaction(builder.bundle())
    keys = [*(write.full_url for write in plan.writes), *([PROVENANCE] if plan.provenance else [])]
    return dict(zip(keys, results, strict=True))


def _send_in_order(session: FhirSession, plan: Plan) -> dict[str, EntryResult]:
    """Write one by one for a server without transactions: what is referred to goes first.

    Each step can be sent again without harm: creates are conditional on the entry's identifier,
    updates on the version that the person saw.
    """
    results: dict[str, EntryResult] = {}
    addresses: dict[str, str] = {}
    for write in plan.writes:
        resource = _point(write.after, addresses)
        if write.before is None:
            result = session.create(resource, if_none_exist=_condition(write))
        else:
            result = session.update(resource, if_match=write.version or "")
        results[write.full_url] = result
        if result.reference:
            addresses[write.full_url] = result.reference
    if plan.provenance:
        results[PROVENANCE] = session.create(_point(plan.provenance, addresses))
    return results


def _read_back(session: FhirSession, write: Write, answer: EntryResult | None) -> Resource | None:
    """Return what the chart holds in the place of a write; None for nothing."""
    type_ = write.after["resourceType"]
    address = answer.reference if answer else None
    if write.before is not None:
        address = f"{type_}/{write.before['id']}"
    if address:
        try:
            return session.read(*address.split("/"))
        except Missing:
            return None
    found = session.search(Query(type_, (("identifier", _token(write)),), label=write.label))
    if found.error:
        raise found.error
    # A server that does not know the parameter answers with everything.
    return next(
        (r for r in found.resources if write.identifier in items(r.get("identifier"))), None
    )


def _find_provenance(session: FhirSession, plan: Plan, stored: list[Stored]) -> str | None:
    """Return the reference of the Provenance of this save; None where none can be found."""
    if not plan.provenance or not stored:
        return None
    query = Query("Provenance", (("target", stored[-1].reference),), label="authorship")
    try:
        found = session.search(query).resources
    except FhirError:
        return None
    return next((key(r) for r in found if _same_moment(r.get("recorded"), plan.recorded)), None)


def _same_moment(one: Any, other: str) -> bool:
    try:
        return datetime.fromisoformat(str(one)) == datetime.fromisoformat(other)
    except (ValueError, TypeError):
        return False


def _token(write: Write) -> str:
    identifier = write.identifier or {}
    return identifier_token(identifier.get("system"), identifier.get("value", ""))


def _condition(write: Write) -> str:
    return f"identifier={quote(_token(write), safe='')}"


def _same_version(found: Resource, write: Write) -> bool:
    return bool(found.get("meta", {}).get("versionId") == write.version)


def _says(found: Resource, write: Write) -> bool:
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


def _point(resource: Any, addresses: Mapping[str, str]) -> Any:
    """Return a copy in which references to the parts of a plan are the addresses they got."""
    if isinstance(resource, dict):
        return {
            key: addresses.get(value, value)
            if key == "reference" and isinstance(value, str)
            else _point(value, addresses)
            for key, value in resource.items()
        }
    if isinstance(resource, list):
        return [_point(item, addresses) for item in resource]
    return copy.copy(resource)


def is_conflict(outcome: Outcome) -> bool:
    """Tell whether somebody else changed the chart since the person saw it."""
    return isinstance(outcome.error, Conflict) or bool(outcome.different)
