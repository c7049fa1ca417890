"""The pages of a save: the review, the save itself, what it left undone, the receipts."""

from flask import redirect, request, url_for

from app.fhir.errors import FhirError
from app.fhir.types import Resource
from app.forms._pages import page
from app.forms._pages.not_saved import not_saved_page
from app.forms._pages.presenter import number_naming, receipt_page, retraction_page, review_page
from app.forms._pages.views import Page, blueprint
from app.forms._pages.workspace import existing_workspace
from app.forms._registry import NoSuchEntry, form_of
from app.forms._saving.plan import plan_retraction
from app.forms._saving.review import names_of, record_rows
from app.forms._saving.sending import (
    BeingSaved,
    NotSaved,
    ReviewAgain,
    fingerprint,
    keep_plan,
    kept_plan,
    receipt_of,
    save_draft,
    summary_of,
)
from app.smart.gate import check_patient, current_launch, fhir_session, note
from app.store import Draft, Receipt


@blueprint.route("/forms/<slug>/<resource_id>/retract", methods=["GET", "POST"])
def retract(slug: str, resource_id: str) -> Page:
    """Show what marking an entry as entered in error will change, and do it."""
    launch = current_launch()
    form_class = page.form_of(slug)
    subject = page.existing_subject(form_class, resource_id)
    work = existing_workspace(form_class, subject, resource_id, None, None)
    reason = request.form.get("reason", "").strip()[:500]
    plan = page.signed(plan_retraction(work.form, subject, page.author(), reason))
    obstacles = page.plan_obstacles(plan)
    if request.method == "POST":
        check_patient(request.form, launch.patient_id)
        if not obstacles and request.form.get("seen") == work.seen.text():
            kept = {"seen": work.seen.text(), "reason": reason}
            draft = page.keep_values(slug, f"retract:{resource_id}", kept)
            keep_plan(page.store(), launch.owner, draft, plan)
            return _save(page.draft(draft.id))
    changed = request.method == "POST" and not obstacles
    shown = page.render(
        "retract.html",
        subject.record.patient,
        work=work,
        rows=record_rows(plan, form_class.names()),
        headline=plan.title,
        obstacles=obstacles,
        shown=retraction_page(plan, number_naming(subject), changed=changed),
        reason=reason,
    )
    return shown if request.method == "GET" else (shown, 403 if obstacles else 409)


@blueprint.get("/drafts/<draft_id>/review")
def review(draft_id: str) -> Page:
    """Show what a draft will write, old beside new."""
    draft = page.draft(draft_id)
    plan = kept_plan(draft)
    record = page.record()
    return page.render(
        "review.html",
        record.patient,
        draft=draft,
        title=plan.title,
        shown=review_page(
            draft,
            plan,
            current_launch().ehr.name,
            all_or_none=fhir_session().capability().supports_transaction is not False,
        ),
        rows=record_rows(plan, {**names_of(record), **form_of(draft.form).names()}),
        back=page.draft_address(draft),
        reviewed=fingerprint(draft),
    )


@blueprint.post("/drafts/<draft_id>/save")
def save(draft_id: str) -> Page:
    """Write a reviewed draft to the chart; what is not saved is said, and kept."""
    launch = current_launch()
    check_patient(request.form, launch.patient_id)
    earlier = receipt_of(page.store(), launch.owner, draft_id)
    if earlier:
        return redirect(url_for(".receipt", receipt_id=earlier.id), 303)
    draft = page.draft(draft_id)
    if request.form.get("reviewed") != fingerprint(draft):
        raise ReviewAgain("Open the form again and review what it holds. Nothing was sent.")
    return _save(draft, absent=request.form.get("absent") == "yes")


@blueprint.post("/drafts/<draft_id>/discard")
def discard(draft_id: str) -> Page:
    """Throw a draft away; one whose outcome nobody can see, only by one who `looked` in the EHR.

    What the chart holds of it is kept as a receipt.
    """
    launch = current_launch()
    check_patient(request.form, launch.patient_id)
    draft = page.draft(draft_id)
    looked = draft.state == "unknown" and request.form.get("looked") == "yes"
    if draft.state != "open" and not looked:
        raise BeingSaved("Check first whether the chart holds it, then look at the receipts.")
    part = draft.plan["part"] if draft.plan and draft.in_chart else None
    kept = page.store().receipts.add(launch.owner, launch.id, part) if part else None
    page.store().drafts.discard(launch.owner, draft_id)
    note("draft-discarded", form=draft.form, about=draft.subject, looked=looked)
    if kept:
        return redirect(url_for(".receipt", receipt_id=kept.id), 303)
    again = request.form.get("again") == "yes"
    if again:
        return redirect(page.draft_address(draft), 303)
    closed, discarded = (1, None) if looked else (None, 1)
    return redirect(url_for(".index", closed=closed, discarded=discarded), 303)


@blueprint.get("/receipts/")
def receipts() -> Page:
    """List what this person has written for this patient with this app."""
    kept = page.store().receipts.list(current_launch().owner)
    return page.render("receipts.html", page.patient(), tab="receipts", receipts=kept)


@blueprint.get("/receipts/<receipt_id>")
def receipt(receipt_id: str) -> Page:
    """Show what one save has written."""
    found = page.store().receipts.get(current_launch().owner, receipt_id)
    if found is None:
        raise NoSuchEntry("This receipt is no longer kept. The summary shows what the chart holds.")
    shown = receipt_page(found, current_launch().ehr.name)
    return page.render("receipt.html", page.patient(), tab="receipts", data=found.data, shown=shown)


def _save(draft: Draft, *, absent: bool = False) -> Page:
    launch = current_launch()
    whose = (page.store(), launch.owner, launch.id)
    try:
        result: Receipt | NotSaved = save_draft(*whose, draft, fhir_session(), absent=absent)
    except FhirError as error:
        result = NotSaved(error=error)
    note("save-checked", **summary_of(result))
    if isinstance(result, NotSaved):
        return _not_saved(draft, result)
    return redirect(url_for(".receipt", receipt_id=result.id), 303)


def _not_saved(draft: Draft, result: NotSaved) -> tuple[str, int]:
    status = result.error.status if result.error else 409
    shown = page.render(
        "not_saved.html",
        _patient_if_readable(),
        draft=draft,
        entry=kept_plan(draft).title,
        shown=not_saved_page(result),
        back=page.draft_address(draft),
        reviewed=fingerprint(draft),
    )
    return shown, status


def _patient_if_readable() -> Resource | None:
    try:
        return page.patient()
    except FhirError:
        return None
