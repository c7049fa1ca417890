"""From a reviewed draft to a receipt: who may send, once at a time, and what is kept meanwhile."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.errors import AppError
from app.fhir import wire
from app.fhir.check import check_structure
from app.fhir.errors import FhirError
from app.fhir.session import FhirSession
from app.forms._saving.plan import Plan
from app.forms._saving.save import Outcome, OutcomeUnknown, Stored, remaining, save, settle
from app.forms._saving.wording import headline_of
from app.mcode import conformance
from app.store import Draft, Receipt, Store

# A save that has not reported back for so long was cut off: its outcome is to be looked up.
_CUT_OFF = timedelta(minutes=2)


class ReviewAgain(AppError):
    """The draft is not what was reviewed."""

    status = 409
    title = "The entry changed after you reviewed it"


class Malformed(AppError):
    """A form built something that is no FHIR resource, or not what its mCODE profile says."""

    title = "The entry cannot be sent"


class BeingSaved(AppError):
    """Another request is saving this draft."""

    status = 409
    title = "This entry is being saved"


@dataclass(frozen=True)
class NotSaved:
    """What a save left undone: all of it, or a part; `unknown` where the EHR does not answer."""

    outcome: Outcome | None = None
    error: FhirError | None = None
    unknown: bool = False


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
    kept = {"text": wire.dumps(plan.as_json()).decode(), "values": draft.values}
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
        outcome = _send(session, plan, looked_up=looked_up)
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
    if outcome.nothing or outcome.different:
        # Where the chart holds something else, the form compares anew; what is saved drops out.
        store.drafts.mark(owner, draft.id, "open", draft.plan)
    else:
        # The rest refers to what is stored, so that sending again completes it.
        store.drafts.mark(owner, draft.id, "unknown")
    return NotSaved(outcome=outcome, error=outcome.error)


def summary_of(result: Receipt | NotSaved) -> dict[str, Any]:
    """Return what came of a save as the audit trail tells it: references, no content."""
    if isinstance(result, Receipt):
        stored = [
            f"{record['reference']}/_history/{record['version']}"
            if record["version"]
            else record["reference"]
            for record in result.data["records"]
        ]
        return {"saved": "all", "stored": stored, "authorship": result.data["provenance"]}
    if result.unknown:
        return {"saved": "unknown"}
    stored = [found.reference for found in result.outcome.stored] if result.outcome else []
    return {"saved": "in part" if stored else "nothing", "stored": stored}


def receipt_of(store: Store, owner: str, draft_id: str) -> Receipt | None:
    """Return the receipt of a draft that was saved before; a double click finds it."""
    return next((r for r in store.receipts.list(owner) if r.data.get("draft") == draft_id), None)


def is_cut_off(draft: Draft, now: datetime) -> bool:
    """Tell whether a draft on its way has not been heard of for too long."""
    return draft.state == "sending" and now - draft.updated > _CUT_OFF


def _claim(store: Store, owner: str, draft: Draft) -> bool:
    """Make this request the only one that sends; True where an earlier one may have sent."""
    if draft.state == "sending" and not is_cut_off(draft, datetime.now(UTC)):
        raise BeingSaved("Wait a moment, then look at the receipts.")
    if not store.drafts.mark(owner, draft.id, "sending", expecting=draft.state):
        raise BeingSaved("Wait a moment, then look at the receipts.")
    return draft.state != "open"


def _send(session: FhirSession, plan: Plan, *, looked_up: bool) -> Outcome:
    if not looked_up:
        return save(session, plan)
    before = settle(session, plan)
    if before.complete or before.different:
        return before
    after = save(session, remaining(plan, before))
    return Outcome(
        stored=before.stored + after.stored,
        missing=after.missing,
        different=after.different,
        provenance=before.provenance or after.provenance,
        error=after.error,
    )


def _receipt(draft: Draft, plan: Plan, outcome: Outcome) -> dict[str, Any]:
    return {
        "draft": draft.id,
        "title": plan.title,
        "signed_as": plan.signed_as,
        "records": [_record(stored) for stored in outcome.stored],
        "provenance": outcome.provenance,
        "provenance_sent": plan.provenance is not None,
    }


def _record(stored: Stored) -> dict[str, Any]:
    meta = stored.resource.get("meta", {})
    return {
        "label": stored.write.label,
        "act": stored.write.act,
        "value": headline_of(stored.resource),
        "reference": stored.reference,
        "version": meta.get("versionId"),
        "updated": meta.get("lastUpdated"),
    }
