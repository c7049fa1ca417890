"""A save: all or none, never twice, and never called saved before the chart shows it.

The EHR's word is not taken for it: after every send, whatever was answered, each resource is read
back. So a lost answer, a half-applied transaction and a rewritten resource are all told apart.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from app.fhir.errors import FhirError, Unreachable
from app.fhir.paths import key
from app.fhir.session import FhirSession
from app.fhir.transaction import EntryResult, TransactionBuilder
from app.fhir.types import Resource
from app.forms._saving.plan import Plan, Write
from app.forms._saving.readback import (
    find_provenance,
    identifier_of,
    is_untouched,
    read_back,
    says_the_same,
)

# The key of the authorship among the answers to a save.
PROVENANCE = "provenance"


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
        _send(session, plan, answers)
    except Unreachable as unreachable:
        if not unreachable.sent and not answers:
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
        chart = [
            (write, read_back(session, write, (answers or {}).get(write.full_url)))
            for write in plan.writes
        ]
        addresses = {write.full_url: key(found) or "" for write, found in chart if found}
        for write, found in chart:
            if found is None:
                missing.append(write)
            elif says_the_same(found, write, addresses):
                stored.append(Stored(write, found))
            elif write.before is not None and is_untouched(found, write):
                missing.append(write)
            else:
                different.append(write)
        provenance = _authorship(session, plan, stored, (answers or {}).get(PROVENANCE))
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


def _authorship(
    session: FhirSession, plan: Plan, stored: list[Stored], answer: EntryResult | None
) -> str | None:
    if answer and answer.reference:
        return answer.reference
    if plan.provenance and stored:
        return find_provenance(session, plan, stored[-1].reference)
    return None


def _send(session: FhirSession, plan: Plan, answers: dict[str, EntryResult]) -> None:
    """Send the plan; `answers` takes what the EHR said to each part, also before an error."""
    if session.capability().supports_transaction is False:
        _send_in_order(session, plan, answers)
        return
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
    answers.update(zip(keys, results, strict=True))


def _send_in_order(session: FhirSession, plan: Plan, answers: dict[str, EntryResult]) -> None:
    """Write one by one for a server without transactions: what is referred to goes first.

    Each step can be sent again without harm: creates are conditional on the entry's identifier,
    updates on the version that the person saw.
    """
    addresses: dict[str, str] = {}
    for write in plan.writes:
        resource = _point(write.after, addresses)
        if write.before is None:
            result = session.create(resource, if_none_exist=_condition(write))
        else:
            result = session.update(resource, if_match=write.version or "")
        answers[write.full_url] = result
        if result.reference:
            addresses[write.full_url] = result.reference
    if plan.provenance:
        answers[PROVENANCE] = session.create(_point(plan.provenance, addresses))


def _condition(write: Write) -> str:
    return f"identifier={quote(identifier_of(write), safe='')}"


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
