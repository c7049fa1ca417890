"""A save: all or none, never twice, and never called saved before the chart shows it.

The EHR's word is not taken for it: after every send, whatever was answered, each resource is read
back. So a lost answer, a half-applied transaction and a rewritten resource are all told apart.
"""

import copy
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from app.fhir.errors import Conflict, FhirError, Missing, Refused, Unreachable
from app.fhir.paths import get, is_subsetted, text
from app.fhir.patterns import Match, Pattern
from app.fhir.session import FhirSession
from app.fhir.writes import TransactionBuilder, WriteResult, create_condition
from app.forms._saving.meaning import is_equal
from app.forms._saving.outcome import PROVENANCE, Outcome, Sent, settle
from app.forms._saving.plan import NOT_WHOLE, Plan, Write

LOOK_AGAIN = (1.0, 3.0)
"""Seconds after which an EHR whose answer was lost is asked again: its index may be behind."""

# Where a refusal says which entry of the transaction it is about.
_BUNDLE_ENTRY = Pattern(r"Bundle\.entry\[(\d+)\][\w.\[\]]*")


def save(session: FhirSession, plan: Plan) -> Outcome:
    """Send the plan, then read back what the chart shows.

    Nothing is sent where the chart holds another version than the person saw. Raises OutcomeUnknown
    where the chart cannot be read after something may have been sent, another FhirError where
    nothing was.
    """
    error = _changed_meanwhile(session, plan)
    answers: dict[str, WriteResult] = {}
    sent: dict[str, Sent] = {}
    try:
        if error is None:
            _send(session, plan, answers, sent)
    except Unreachable as unreachable:
        if not unreachable.sent and not answers:
            raise
        error = unreachable
    except FhirError as refused:
        error = refused
        _name_bundle_entries(refused, plan)
    unknown = error is not None and error.outcome_unknown
    known = sent if unknown else dict.fromkeys(sent, Sent("sent"))
    return settle(session, plan, error, answers, sent=known, pauses=LOOK_AGAIN)


def _changed_meanwhile(session: FhirSession, plan: Plan) -> FhirError | None:
    """Return the error that keeps a plan from being sent: its records are read at this moment.

    Servers exist that do not look at If-Match inside a transaction.
    """

    def look(write: Write) -> FhirError | None:
        before = write.before or {}
        try:
            now = session.read(before["resourceType"], before["id"])
        except Missing as gone:
            return gone
        if is_subsetted(now):
            return Refused(NOT_WHOLE)
        held = text(get(now, "meta", "versionId"))
        same = held == write.version if held and write.version else is_equal(now, before)
        return None if same else Conflict()

    amended = [write for write in plan.writes if write.before is not None]
    return next(filter(None, session.run_all([partial(look, write) for write in amended])), None)


def remaining(plan: Plan, outcome: Outcome) -> Plan:
    """Return the plan for what an earlier, half-applied save left out.

    References to what is stored become its real address. What the EHR says that it stored is not
    sent again, even where nobody can see it.
    """
    addresses = {stored.write.full_url: stored.reference for stored in outcome.stored}
    addresses |= {one.write.full_url: one.reference for one in outcome.unseen if one.reference}
    left = (replace(write, after=_point(write.after, addresses)) for write in outcome.missing)
    provenance = None if outcome.provenance else _point(plan.provenance, addresses)
    return replace(plan, writes=tuple(left), provenance=provenance)


def _name_bundle_entries(refused: FhirError, plan: Plan) -> None:
    """Let a refusal that names an entry of the transaction by its number name the record."""
    names = [*(write.label for write in plan.writes), "the authorship (Provenance)"]

    def name(match: Match) -> str:
        number = int(match[1])
        return names[number] if number < len(names) else match[0]

    refused.issues[:] = [_BUNDLE_ENTRY.sub(name, issue) for issue in refused.issues]


def _send(
    session: FhirSession, plan: Plan, answers: dict[str, WriteResult], sent: dict[str, Sent]
) -> None:
    """Send the plan; `answers` takes what the EHR answers, also where it refuses in the midst.

    `sent` takes the new writes that were on their way and have no answer.
    """
    if session.capability().supports_transaction is False:
        _send_in_order(session, plan, answers, sent)
        return
    builder = TransactionBuilder()
    for write in plan.writes:
        if write.before is None:
            builder.create(write.after, write.full_url, write.identifier)
        else:
            builder.update(write.after, write.version or "")
    if plan.provenance:
        builder.create(plan.provenance)
    sent.update({w.full_url: Sent("lost") for w in plan.writes if w.before is None})
    results = session.transaction(builder.bundle())
    keys = [*(write.full_url for write in plan.writes), *([PROVENANCE] if plan.provenance else [])]
    answers.update(zip(keys, results, strict=True))


def _send_in_order(
    session: FhirSession, plan: Plan, answers: dict[str, WriteResult], sent: dict[str, Sent]
) -> None:
    """Write one by one for a server without transactions: what is referred to goes first.

    Each step can be sent again without harm: creates are conditional on the entry's identifier,
    updates on the version that the person saw.
    """
    addresses: dict[str, str] = {}
    for write in plan.writes:
        resource = _point(write.after, addresses)
        if write.before is None:
            sent[write.full_url] = Sent("lost")
            result = session.create(
                resource, if_none_exist=create_condition(resource, write.identifier)
            )
        else:
            result = session.update(resource, if_match=write.version or "")
        answers[write.full_url] = result
        sent.pop(write.full_url, None)
        if result.reference:
            addresses[write.full_url] = result.reference
    if plan.provenance:
        answers[PROVENANCE] = session.create(_point(plan.provenance, addresses))


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
