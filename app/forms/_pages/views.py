"""The pages of entry: a new one, a change of one, and the answers that are searched for."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.errors import AppError
from app.fhir.errors import FhirError
from app.fhir.paths import literal_reference
from app.fhir.patterns import Pattern
from app.forms._definition import PATIENT, EntryForm, Subject
from app.forms._fields.base import Option
from app.forms._fields.search import CodedSearch
from app.forms._pages import page
from app.forms._pages.presenter import merge_sentences, review_label
from app.forms._pages.workspace import (
    Workspace,
    answers_elsewhere,
    existing_workspace,
    new_workspace,
)
from app.forms._registry import NoSuchEntry, NoSuchForm
from app.forms._saving.plan import Plan, plan_entry
from app.forms._saving.sending import keep_plan
from app.forms._shared.links import MOST_OFFERED
from app.htmx import part
from app.mcode.model import CancerRecord
from app.mcode.valuesets import required_sets
from app.smart.gate import check_patient, current_launch, fhir_session, launch_blueprint
from app.store import Draft, DraftBehind
from app.terminology.concept import TypedConcept
from app.terminology.expand import Expander, Terminology

blueprint = launch_blueprint("forms", __name__)

# What a draft may be about: a new entry about a condition, or a resource of the chart.
_ENTRY = Pattern(r"(?:new:)?[A-Za-z0-9.\-]{1,64}")

Page = str | tuple[str, int] | Response


@blueprint.route("/forms/<slug>/new", methods=["GET", "POST"])
def new(slug: str) -> Page:
    """Show an empty form about one primary cancer or the patient, or take its answers on."""
    form_class = page.form_of(slug)
    with _kept_where_unread(form_class):
        record = page.record()
    about = request.args.get("about") or _only_subject(form_class, record)
    if about is None:
        primaries = [*record.cancer_names.items()]
        return page.render(
            "choose.html",
            record.patient,
            form=form_class,
            primaries=primaries,
            most=MOST_OFFERED,
        )
    subject = page.new_subject(form_class, record, about)
    draft = _begun(slug, subject)
    if draft:
        subject = replace(subject, begun_about=draft.subject.removeprefix("new:"))
    return _answer(new_workspace(form_class, subject, draft, page.sent()))


@blueprint.route("/forms/<slug>/<resource_id>", methods=["GET", "POST"])
def edit(slug: str, resource_id: str) -> Page:
    """Show the form of an entry in the chart, or take its changed answers to the review."""
    form_class = page.form_of(slug)
    with _kept_where_unread(form_class):
        subject = page.existing_subject(form_class, resource_id)
    main = subject.originals.get(form_class.parts[-1].key)
    if main and main["id"] != resource_id:
        # One entry has one address, so that it has one draft.
        return redirect(url_for(".edit", slug=slug, resource_id=main["id"]), 303)
    draft = page.store().drafts.find(current_launch().owner, slug, resource_id)
    return _answer(existing_workspace(form_class, subject, resource_id, draft, page.sent()))


@blueprint.post("/forms/<slug>/find/<field>")
def find(slug: str, field: str) -> Page:
    """Answer with what the typed words find for a field that is searched.

    What the app ships comes at once; the answer then asks again, for what a terminology server
    knows beside it (`further`), so that nobody waits for a slow one. The words are posted: what a
    clinician types stands in no address, which servers on the way would log.
    """
    item = page.form_of(slug)().asked.get(field)
    if not isinstance(item, CodedSearch):
        raise NoSuchForm("Open the form again from the summary.")
    words = request.form.get(f"{field}-find", "").strip()
    item.typed["find"] = words
    expander = _expander()
    if "further" in request.args:
        found = further_hits(item, words, expander)
        return part(render_template("forms/further_hits.html", field=item, found=found))
    address = None
    if words and searches_further(item, expander):
        address = url_for(".find", slug=slug, field=field, further="")
    return part(render_template("forms/hits.html", field=item, further=address))


@blueprint.post("/forms/<slug>/draft")
def autosave(slug: str) -> Page:
    """Keep what is typed so far; answers with the line that says so."""
    check_patient(request.form, current_launch().patient_id)
    entry = request.form.get("entry", "")
    if not _ENTRY.fullmatch(entry):
        raise NoSuchEntry(
            "Open the form again from the summary. What you typed is still on the page."
        )
    try:
        draft = page.keep_draft(page.form_of(slug), entry)
    except page.BEHIND as behind:
        return part(render_template("forms/behind_line.html", behind=behind), behind.status)
    return part(render_template("forms/draft_line.html", draft=draft))


def _begun(slug: str, subject: Subject) -> Draft | None:
    """Return the draft of a new entry, which may be begun about any Condition of the cancer."""
    drafts, owner = page.store().drafts, current_launch().owner
    found = drafts.find(owner, slug, f"new:{subject.key}")
    further = subject.primary.further if subject.primary and not found else ()
    if further:
        keys = {f"new:{condition['id']}" for condition in further}
        begun = (each for each in drafts.list(owner) if each.form == slug and each.subject in keys)
        found = next(begun, None)
    return found


@contextmanager
def _kept_where_unread(form_class: type[EntryForm]) -> Iterator[None]:
    """Keep what was sent as a draft where the chart cannot be read, as when access has ended."""
    try:
        yield
    except FhirError:
        entry = request.form.get("entry", "")
        if request.method == "POST" and _ENTRY.fullmatch(entry):
            check_patient(request.form, current_launch().patient_id)
            page.keep_draft(form_class, entry)
        raise


def _answer(work: Workspace) -> Page:
    """Show the form, or, where it was sent and nothing stands against it, go on to the review."""
    if work.draft and work.draft.state != "open":
        # It was sent and not confirmed: that comes first.
        return redirect(url_for(".review", draft_id=work.draft.id), 303)
    if request.method != "POST":
        return _form_page(work, 200)
    check_patient(request.form, current_launch().patient_id)
    try:
        work.draft = page.keep_draft(type(work.form), work.key)
    except page.BEHIND as behind:
        return _form_page(work, 409, behind=behind)
    if request.form.get("act") == "leave":
        return redirect(url_for("summary.page"), 303)
    if "over" in request.form:
        work.status = "The answers of this page are kept as the draft."
        return _form_page(work, 200)
    return _to_review(work, work.draft)


def _to_review(work: Workspace, draft: Draft) -> Page:
    """Go on to the review, or show the form with what stands against it."""
    if page.entry_obstacles(work.form, work.subject):
        return _form_page(work, 403)
    if request.form.get("act") == "compute":
        return _form_page(work, 200 if work.compute() else 422)
    if work.merge.stale:
        return _form_page(work, 409)
    verify(work.form, _expander())
    plan = _planned(work, draft)
    if plan is None:
        look_further(work.form, _expander())
        return _form_page(work, 422)
    if refusals := page.plan_obstacles(plan):
        return _form_page(work, 403, refusals)
    if not plan.writes:
        work.status = "Nothing is changed, so there is nothing to save."
        return _form_page(work, 422)
    keep_plan(page.store(), current_launch().owner, draft, plan)
    return redirect(url_for(".review", draft_id=draft.id), 303)


def _planned(work: Workspace, draft: Draft) -> Plan | None:
    """Return what saving the answers will write; None where something stands against it."""
    if not work.validate() and not work.questions:
        return None
    plan = plan_entry(work.form, work.subject, page.author(), draft.id)
    plan = work.resolve(page.signed(plan))
    return None if work.problems() else plan


def _form_page(
    work: Workspace,
    status: int,
    refusals: Sequence[str] = (),
    *,
    behind: AppError | None = None,
) -> tuple[str, int]:
    subject = work.subject
    seen = request.form.get("draft", "") if behind else work.draft.stamp if work.draft else ""
    obstacles = page.entry_obstacles(work.form, subject)
    # Whose the entry is has to be settled before the entry itself.
    is_astray = not subject.record.astray.isdisjoint(
        map(literal_reference, subject.originals.values())
    )
    shown = page.render(
        "form.html",
        subject.record.patient,
        work=work,
        form=work.form,
        title=subject.title,
        dated=_dated(subject),
        problems=work.problems(),
        merged=list(merge_sentences(work)),
        review_label=review_label(work),
        notices=[
            *([_ASTRAY] if is_astray else []),
            *([] if obstacles else page.entry_remarks(work.form, subject)),
            *work.form.notices(subject),
        ],
        chart_context=work.form.chart_context(subject),
        obstacles=obstacles,
        refusals=refusals,
        page_key=secrets.token_urlsafe(9),
        seen=seen,
        behind=behind,
        elsewhere=answers_elsewhere(work, behind.draft) if isinstance(behind, DraftBehind) else [],
    )
    return shown, status


_ASTRAY = (
    "This entry stands in this patient's chart and names a diagnosis of another patient. Find out "
    "whose it is before you change it; if it is not this patient's, mark it as entered in error."
)


def _only_subject(form_class: type[EntryForm], record: CancerRecord) -> str | None:
    """Return what an entry is about where there is no choice."""
    if form_class.about == "patient":
        return PATIENT
    return record.primaries[0].id if len(record.primaries) == 1 else None


def _dated(subject: Subject) -> str:
    """Return when the cancer was diagnosed, where its name does not say so."""
    dated = subject.primary.dated if subject.primary else ""
    return "" if subject.title.endswith(dated) else dated


def searches_further(item: CodedSearch[Any], expander: Expander) -> bool:
    """Tell whether a terminology server may find more for a field than the app ships."""
    return item.extensible and bool(item.concepts.url) and expander.may_search()


def further_hits(item: CodedSearch[Any], words: str, expander: Expander) -> list[Option]:
    """Return what a terminology server finds for a field and the app does not ship."""
    url = item.concepts.url
    found = expander.search(url, words) if url and item.extensible else None
    return [
        Option(TypedConcept(concept.system, concept.code, concept.term), concept.display)
        for concept in found or ()
        if not item.concepts.find(concept.key)
    ]


def look_further(form: EntryForm, expander: Expander) -> None:
    """Give each field whose box still has words the hits of the terminology server."""
    for item in form.asked.values():
        if isinstance(item, CodedSearch) and item.typed["find"]:
            item.further = further_hits(item, item.typed["find"], expander)


def verify(form: EntryForm, expander: Expander) -> None:
    """Let the fields know what a terminology server says of the codes that the app does not ship.

    Only where mCODE allows no code beside its set is a code refused. Where the server is silent,
    the clinician's word stands.
    """
    for item in form.asked.values():
        if not isinstance(item, CodedSearch) or not item.extensible or not item.concepts.url:
            continue
        for concept in item.unlisted():
            verdict = expander.validate(item.concepts.url, concept.system, concept.code)
            if verdict:
                item.verified.add(concept)
            elif verdict is False and item.concepts.url in required_sets():
                item.refused.add(concept)


def _expander() -> Expander:
    """Return what searches value sets for this launch: the terminology server, or the EHR."""
    known = cast("Terminology", current_app.extensions["terminology"])
    return known.expander(fhir_session())
