"""From a reviewed draft to a receipt: who may send, once at a time, and what is kept meanwhile."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.errors import AppError
from app.fhir import wire
from app.fhir.check import check_structure
from app.fhir.errors import FhirError, Forbidden, Missing, Refused
from app.fhir.session import FhirSession, WriteResult
from app.formatting import join
from app.forms._registry import all_forms
from app.forms._saving.outcome import Outcome, OutcomeUnknown, Stored, settle
from app.forms._saving.plan import Plan
from app.forms._saving.save import may_double, remaining, save
from app.forms._saving.wording import Names, headline_of
from app.mcode import conformance
from app.store import Draft, Receipt, Store

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
        refused = isinstance(self.error, Forbidden | Missing | Refused)
        return self.unknown and self.outcome is None and refused


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
    kept = {
        "text": wire.dumps(plan.as_json()).decode(),
        "values": draft.values,
        "lost": (draft.plan or {}).get("lost", False),
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
    store: Store, owner: str, launch_id: str, draft: Draft, session: FhirSession
) -> Receipt | NotSaved:
    """Send a reviewed draft and return its receipt, or what was not saved.

    Raises BeingSaved where another request is at it, FhirError where nothing left this server.
    """
    plan = kept_plan(draft)
    looked_up = _claim(store, owner, draft)
    try:
        outcome = _send(session, draft, plan, looked_up=looked_up)
    except OutcomeUnknown as unknown:
        store.drafts.mark(owner, draft.id, "unknown")
        return NotSaved(error=unknown.error, unknown=True)
    except FhirError:
        store.drafts.mark(owner, draft.id, "open", draft.plan)
        raise
    except BaseException:
        # Whatever went wrong, the chart is asked before anything is sent again.
        store.drafts.mark(owner, draft.id, "unknown")
        raise
    if outcome.complete:
        receipt = store.receipts.add(owner, launch_id, _receipt(draft, plan, outcome))
        store.drafts.discard(owner, draft.id)
        return receipt
    if outcome.unseen:
        # Kept, so that what the EHR says it has is looked for there and never sent again.
        said = {one.write.full_url: one.reference or "" for one in outcome.unseen}
        store.drafts.mark(owner, draft.id, "unknown", {**(draft.plan or {}), "confirmed": said})
    elif outcome.nothing or outcome.different:
        # Where the chart holds something else, the form compares anew; what is saved drops out.
        lost = outcome.error is not None and outcome.error.outcome_unknown
        kept = {**(draft.plan or {}), "lost": True} if lost else draft.plan
        store.drafts.mark(owner, draft.id, "open", kept)
    else:
        # The rest refers to what is stored, so that sending again completes it.
        store.drafts.mark(owner, draft.id, "unknown")
    return NotSaved(outcome, outcome.error, unknown=bool(outcome.unseen))


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


def _claim(store: Store, owner: str, draft: Draft) -> bool:
    """Make this request the only one that sends; True where an earlier one may have sent."""
    busy = draft.state == "sending" and datetime.now(UTC) - draft.updated <= _CUT_OFF
    if busy or not store.drafts.mark(owner, draft.id, "sending", expecting=draft.state):
        raise BeingSaved("Wait a moment, then look at the receipts.")
    return draft.state != "open"


def _confirmed(draft: Draft) -> dict[str, WriteResult]:
    """Return what the EHR said before that it stored, and did not show."""
    said = (draft.plan or {}).get("confirmed", {})
    return {url: WriteResult(status=200, location=reference) for url, reference in said.items()}


def _send(session: FhirSession, draft: Draft, plan: Plan, *, looked_up: bool) -> Outcome:
    lost = (draft.plan or {}).get("lost")
    if not looked_up and not (lost and may_double(plan)):
        outcome = save(session, plan)
        if lost:
            _require_sight(outcome)
        return outcome
    before = settle(session, plan, answers=_confirmed(draft))
    if not before.missing or before.different:
        return before
    try:
        after = save(session, remaining(plan, before))
    except FhirError as error:
        if before.nothing:
            raise
        # Nothing of the rest has left; what an earlier save stored is in the chart all the same.
        return replace(before, error=error)
    if before.nothing:
        _require_sight(after)
    return replace(
        after,
        stored=before.stored + after.stored,
        provenance=before.provenance or after.provenance,
        unseen=before.unseen + after.unseen,
    )


def _require_sight(outcome: Outcome) -> None:
    """Raise OutcomeUnknown where what was sent before, without an answer, may be there and hidden.

    An EHR that has a copy which this person may not see forbids to create another.
    """
    if isinstance(outcome.error, Forbidden) and outcome.nothing:
        raise OutcomeUnknown(outcome.error)


def _receipt(draft: Draft, plan: Plan, outcome: Outcome) -> dict[str, Any]:
    form = all_forms().get(draft.form)
    names = form.names() if form else {}
    return {
        "draft": draft.id,
        "title": plan.title,
        "signed_as": plan.signed_as,
        "records": [_record(stored, names) for stored in outcome.stored],
        "provenance": outcome.provenance,
        "provenance_sent": plan.provenance is not None,
    }


def _record(stored: Stored, names: Names) -> dict[str, Any]:
    meta = stored.resource.get("meta", {})
    return {
        "label": stored.write.label,
        "act": stored.write.act,
        "value": headline_of(stored.resource, names),
        "reference": stored.reference,
        "version": meta.get("versionId"),
        "updated": meta.get("lastUpdated"),
    }
