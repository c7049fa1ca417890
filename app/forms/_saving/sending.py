"""From a reviewed draft to a receipt: who may send, once at a time, and what is kept meanwhile."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.errors import AppError
from app.fhir import wire
from app.fhir.check import check_structure
from app.fhir.errors import FhirError, Forbidden, Missing, Refused
from app.fhir.session import FhirSession
from app.formatting import join
from app.forms._registry import all_forms
from app.forms._saving.differences import remarks_on
from app.forms._saving.display import Names
from app.forms._saving.outcome import Outcome, OutcomeUnknown, Sent, Stored, settle
from app.forms._saving.plan import IN_ERROR, Plan
from app.forms._saving.save import remaining, save
from app.forms._saving.wording import headline_of
from app.mcode import conformance
from app.store import Draft, Receipt, Store

# Answers after which asking again will not show what became of a save.
_HIDDEN = (Forbidden, Missing, Refused)
# A save that has not reported back for so long was cut off: its outcome is to be looked up.
_CUT_OFF = timedelta(minutes=2)


class ReviewAgain(AppError, status=409, title="The entry changed after you reviewed it"):
    """The draft is not what was reviewed."""


class Malformed(AppError, title="The entry cannot be sent"):
    """A form built something that is no FHIR resource, or not what its mCODE profile says."""


class BeingSaved(AppError, status=409, title="This entry is being saved"):
    """Another request is saving this draft."""


@dataclass(frozen=True)
class NotSaved:
    """What a save left undone, all of it or a part.

    `unknown` where the EHR lets nobody see what became of what was sent.
    """

    outcome: Outcome | None = None
    error: FhirError | None = None
    unknown: bool = False

    @property
    def hidden(self) -> bool:
        """Whether the EHR refuses to show what became of it, and asking again will not help.

        Either nobody may look, or the EHR does not offer the search that looks.
        """
        return self.unknown and self.outcome is None and isinstance(self.error, _HIDDEN)


def keep_plan(store: Store, owner: str, draft: Draft, plan: Plan) -> None:
    """Keep what is about to be reviewed with the draft, so that just this is sent.

    Raises Malformed where a new resource is not FHIR or breaks its mCODE profile. What is amended
    is not checked: the EHR's own resources may be odd in elements that nobody touches.
    """
    new = [write.after for write in plan.writes if write.before is None]
    authorship = [plan.provenance] if plan.provenance else []
    problems = [
        problem
        for item in (*new, *authorship)
        for problem in check_structure(item) or conformance.problems(item)
    ]
    if problems:
        raise Malformed("Tell the app's maintainers; nothing was sent.", details=problems)
    # What is known of an earlier save of this draft stays known.
    kept = {
        **(draft.plan or {}),
        "text": wire.dumps(plan.as_json()).decode(),
        "values": draft.values,
    }
    if not store.drafts.mark(owner, draft.id, "open", kept, expecting="open"):
        raise BeingSaved("Wait a moment, then look at the receipts.")


def fingerprint(draft: Draft) -> str:
    """Return what tells the plan that was reviewed from one that took its place since."""
    return hashlib.sha256(draft.plan["text"].encode()).hexdigest() if draft.plan else ""


def kept_plan(draft: Draft) -> Plan:
    """Return the plan that was reviewed; raises ReviewAgain where the draft went on since."""
    if not draft.plan or draft.plan["values"] != draft.values:
        raise ReviewAgain("Open the form again and review what it holds. Nothing was sent.")
    return Plan.from_json(wire.loads(draft.plan["text"]))


def save_draft(
    store: Store,
    owner: str,
    launch_id: str,
    draft: Draft,
    session: FhirSession,
    *,
    absent: bool = False,
) -> Receipt | NotSaved:
    """Send a reviewed draft and return its receipt, or what was not saved.

    What was sent without an answer is looked for, and sent again only where a person who looked in
    the EHR says that it is `absent` there. Raises BeingSaved where another request is at it,
    FhirError where nothing left this server.
    """
    plan = kept_plan(draft)
    known = _known(draft, plan)
    _claim(store, owner, draft)
    try:
        outcome = _send(session, plan, known, absent=absent)
    except OutcomeUnknown as open_question:
        kept = _kept(
            draft, {w.full_url: Sent("sent") for w in plan.writes} | dict(open_question.sent)
        )
        store.drafts.mark(owner, draft.id, "unknown", kept)
        return NotSaved(error=open_question.error, unknown=True)
    except FhirError as error:
        unanswered = any(sent.how == "lost" for sent in known.values())
        was_open = draft.state == "open" or not known
        store.drafts.mark(owner, draft.id, "open" if was_open else "unknown", _kept(draft, known))
        if unanswered:
            return NotSaved(error=error, unknown=True)
        raise
    except BaseException:
        # Whatever went wrong, the chart is asked before anything is sent again.
        store.drafts.mark(owner, draft.id, "unknown", _kept(draft, _all_lost(plan, known)))
        raise
    if outcome.complete:
        receipt = store.receipts.add(owner, launch_id, _receipt(draft, plan, outcome))
        store.drafts.discard(owner, draft.id)
        return receipt
    unknown = bool(outcome.unseen or outcome.lost)
    # Where the chart holds something else, the form compares anew; what is saved drops out. The
    # rest of a part refers to what is stored, so that sending again completes it.
    is_open = not unknown and bool(outcome.nothing or outcome.different)
    part = _receipt(draft, plan, outcome) if outcome.in_chart else None
    kept = _kept(draft, _sent(known, outcome), part=part)
    store.drafts.mark(owner, draft.id, "open" if is_open else "unknown", kept)
    return NotSaved(outcome, outcome.error, unknown=unknown)


def summary_of(result: Receipt | NotSaved) -> dict[str, Any]:
    """Return what came of a save as the audit trail tells it: references, no content."""
    if isinstance(result, Receipt):
        stored = [
            join([record["reference"], record["version"]], "/_history/")
            for record in result.data["records"]
        ]
        return {"saved": "all", "stored": stored, "authorship": result.data["provenance"]}
    stored = [found.reference for found in result.outcome.stored] if result.outcome else []
    if result.unknown:
        return {"saved": "unknown", "stored": stored}
    return {"saved": "in part" if stored else "nothing", "stored": stored}


def receipt_of(store: Store, owner: str, draft_id: str) -> Receipt | None:
    """Return the receipt of a draft that was saved before; a double click finds it."""
    return next((r for r in store.receipts.list(owner) if r.data.get("draft") == draft_id), None)


def _claim(store: Store, owner: str, draft: Draft) -> None:
    """Make this request the only one that sends."""
    busy = draft.state == "sending" and datetime.now(UTC) - draft.updated <= _CUT_OFF
    if busy or not store.drafts.mark(owner, draft.id, "sending", expecting=draft.state):
        raise BeingSaved("Wait a moment, then look at the receipts.")


def _known(draft: Draft, plan: Plan) -> dict[str, Sent]:
    """Return what is known of an earlier save of the draft, by full URL; nothing of a first one."""
    known = {url: Sent(*sent) for url, sent in (draft.plan or {}).get("sent", {}).items()}
    is_told = draft.state == "open" or (draft.state == "unknown" and known)
    return known if is_told else _all_lost(plan, known)


def _all_lost(plan: Plan, known: dict[str, Sent]) -> dict[str, Sent]:
    """Return what is known where any write may have been sent, and nothing was answered."""
    told = {url: sent for url, sent in known.items() if sent.reference}
    return {
        write.full_url: Sent("sent" if write.before is not None else "lost")
        for write in plan.writes
    } | told


def _sent(known: dict[str, Sent], outcome: Outcome) -> dict[str, Sent]:
    """Return what is known of the writes after a save."""
    unsure = outcome.missing if outcome.error and outcome.error.outcome_unknown else ()
    return (
        dict.fromkeys([*known, *(write.full_url for write in unsure)], Sent("sent"))
        | dict.fromkeys(outcome.lost, Sent("lost"))
        | {one.write.full_url: Sent("told", one.reference) for one in outcome.unseen}
        | {
            one.write.full_url: Sent("seen", one.reference)
            for one in (*outcome.stored, *outcome.altered)
        }
    )


def _kept(draft: Draft, sent: Mapping[str, Sent], **more: Any) -> dict[str, Any]:
    """Return the plan to be kept with the draft; a `part` is the receipt of what is in the chart.

    Without a word of it, it stays as it was.
    """
    told = {url: [one.how, one.reference] for url, one in sent.items()}
    kept = {**(draft.plan or {}), "sent": told, **more}
    return {name: value for name, value in kept.items() if value or name in {"text", "values"}}


def _send(session: FhirSession, plan: Plan, known: dict[str, Sent], *, absent: bool) -> Outcome:
    if not known:
        return save(session, plan)
    try:
        before = settle(session, plan, sent=known)
    except OutcomeUnknown as unknown:
        if not (absent and isinstance(unknown.error, _HIDDEN)):
            raise
        before = Outcome((), plan.writes, (), None)
    if not before.missing or before.different or (before.lost and not absent):
        return before
    try:
        after = save(session, remaining(plan, before))
    except FhirError as error:
        if before.nothing:
            raise
        # Nothing of the rest has left; what an earlier save stored is in the chart all the same.
        return replace(before, error=error, lost=frozenset())
    if before.nothing and after.nothing and isinstance(after.error, Forbidden):
        # An EHR that has a copy which this person may not see forbids to create another.
        raise OutcomeUnknown(after.error, _all_lost(plan, known))
    return replace(
        after,
        stored=before.stored + after.stored,
        provenance=before.provenance or after.provenance,
        unseen=before.unseen + after.unseen,
    )


def _receipt(draft: Draft, plan: Plan, outcome: Outcome) -> dict[str, Any]:
    form = all_forms().get(draft.form)
    names = form.names() if form else {}
    others = (*outcome.missing, *(one.write for one in outcome.unseen))
    return {
        "draft": draft.id,
        "title": plan.title,
        "signed_as": plan.signed_as,
        "records": [_record(stored, names) for stored in outcome.in_chart],
        "provenance": outcome.provenance,
        "provenance_sent": plan.provenance is not None,
        "altered": any(one.write.before is None for one in outcome.altered),
        "not_found": [write.label for write in others],
    }


def _record(stored: Stored, names: Names) -> dict[str, Any]:
    meta = stored.resource.get("meta", {})
    value = headline_of(stored.resource, names)
    is_retracted = stored.write.act == "retracted"
    return {
        "label": stored.write.label,
        "act": stored.write.act,
        "value": f"{IN_ERROR}, before: {value}" if is_retracted else value,
        "reference": stored.reference,
        "version": meta.get("versionId"),
        "updated": meta.get("lastUpdated"),
        "remarks": remarks_on(stored.differences, stored.overwritten),
    }
