"""What every page of writing needs: store, draft, subject, and the frame around the page."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, cast

from flask import current_app, render_template, request, url_for

from app.errors import AppError
from app.fhir.capability import Capability
from app.fhir.errors import Forbidden, Missing, PatientMissing
from app.fhir.paths import is_subsetted
from app.fhir.patterns import Pattern
from app.fhir.types import Resource
from app.formatting import join
from app.forms._definition import PATIENT, Author, EntryForm, Originals, Part, Subject
from app.forms._pages import permission
from app.forms._pages.permission import Writing, offers_allowed_code
from app.forms._pages.workspace import answers_of, author_of
from app.forms._registry import NoSuchEntry, NoSuchForm, all_forms, find_subject
from app.forms._registry import form_of as registered_form
from app.forms._saving.plan import NOT_WHOLE, Plan
from app.forms._saving.sending import receipt_of
from app.frame.frame import make_frame
from app.mcode.model import CancerRecord
from app.mcode.reading import read_record
from app.smart.gate import current_launch, fhir_session
from app.smart.scopes import Scopes
from app.store import Draft, DraftBehind, Store, TypedOn

# How often one page has sent its answers.
_NUMBER = Pattern(r"[0-9]{1,6}")


class SavedAlready(AppError, status=410, title="This entry is saved already"):
    """The draft is no more, because it was saved."""


class ClosedAlready(AppError, status=410, title="This entry is closed"):
    """The draft is no more, because it was closed with only a part in the chart."""


class NoSuchDraft(AppError, status=404, title="This draft is no longer there"):
    """The draft is not this owner's, or no more."""


def store() -> Store:
    """Return the app's store."""
    return cast("Store", current_app.extensions["store"])


def forms() -> dict[str, type[EntryForm]]:
    """Return the forms of this launch's role by slug, in clinical order."""
    role = current_launch().role
    return {slug: form for slug, form in all_forms().items() if role.enables(slug)}


def form_of(slug: str) -> type[EntryForm]:
    """Return the form of a slug; raises NoSuchForm, also where the role does not include it."""
    form_class = registered_form(slug)
    if not current_launch().role.enables(slug):
        raise NoSuchForm(
            "It is not among the forms with which the app was opened. Choose one on the list.",
            offer=("To the forms", url_for("forms.index")),
        )
    return form_class


def record() -> CancerRecord:
    """Read the patient's record anew: what is shown beside a form must be what the chart holds."""
    launch = current_launch()
    return read_record(fhir_session(), launch.patient_id, store().decisions.list(launch.chart))


def patient() -> Resource:
    """Read the patient alone, for pages that show nothing else of the chart."""
    try:
        return fhir_session().read("Patient", current_launch().patient_id)
    except Missing as missing:
        raise PatientMissing.of(missing) from None


def author() -> Author:
    """Return who signs what is written in this launch."""
    launch = current_launch()
    return author_of(launch.user.reference, launch.user.name, launch.encounter_id)


def new_subject(form_class: type[EntryForm], found: CancerRecord, about: str) -> Subject:
    """Return the subject of a new entry about a primary, by its Condition's id, or the patient.

    Raises NoSuchEntry.
    """
    primary = found.primary(about)
    if primary is None and (form_class.about, about) != ("patient", PATIENT):
        raise NoSuchEntry(
            "The diagnosis is not among this patient's primary cancers. Choose it on the summary."
        )
    return Subject(found, current_launch().patient_id, primary, today())


def existing_subject(form_class: type[EntryForm], resource_id: str) -> Subject:
    """Return the subject of an entry in the chart; raises NoSuchEntry."""
    found = record()
    primary, originals = find_subject(form_class, found, resource_id)
    whole = _read_whole(originals)
    return Subject(found, current_launch().patient_id, primary, today(), whole)


def _read_whole(originals: Originals) -> Originals:
    """Return what is amended as it stands under its id: a search may leave elements out.

    Where the sign-in may not read it so, it stays as it was found.
    """
    session = fhir_session()

    def read(found: Resource) -> Resource:
        try:
            return session.read(found["resourceType"], found["id"])
        except Forbidden:
            return found

    whole = session.run_all([partial(read, found) for found in originals.values()])
    return dict(zip(originals, whole, strict=True))


def today() -> date:
    """Return the date in UTC; a date of the clinician's own evening may be one ahead of it."""
    return datetime.now(UTC).date()


def sent() -> Mapping[str, str] | None:
    """Return the answers of a post, None for a page that is only asked for."""
    return posted() if request.method == "POST" else None


def posted() -> dict[str, str]:
    """Return what was posted; where a name came several times, one value a line."""
    # A part of a multipart body may have no name, whatever the types of Werkzeug say.
    names = [name for name in request.form if isinstance(name, str)]
    return {name: "\n".join(request.form.getlist(name)) for name in names}


def draft(draft_id: str) -> Draft:
    """Return this person's draft for this patient.

    Raises SavedAlready, ClosedAlready or NoSuchDraft, or NoSuchForm where the role does not include
    its form.
    """
    owner = current_launch().owner
    found = store().drafts.get(owner, draft_id)
    if found:
        form_of(found.form)
        return found
    _refuse_saved(draft_id)
    raise NoSuchDraft(
        "It was discarded, or is too old. The chart was not changed by it.",
        offer=("To the forms", url_for("forms.index")),
    )


def _refuse_saved(draft_id: str) -> None:
    """Raise SavedAlready or ClosedAlready where the draft has become a receipt."""
    saved = receipt_of(store(), current_launch().owner, draft_id)
    if saved:
        offer = ("See the receipt", url_for("forms.receipt", receipt_id=saved.id))
        if saved.data.get("not_found") or saved.data.get("altered"):
            raise ClosedAlready("The receipt says what of it is in the chart.", offer=offer)
        raise SavedAlready("It is in the chart; nothing has to be entered again.", offer=offer)


BEHIND = (DraftBehind, SavedAlready, ClosedAlready)
"""What became of a draft since a page was made from it, and keeps the page's answers out of it."""


def keep_draft(form_class: type[EntryForm], key: str) -> Draft:
    """Keep the answers of this post as the draft of a form and subject.

    Raises one of BEHIND where another tab has changed or saved the draft since the page was made,
    and the person has not said that these answers count all the same.
    """
    sender, _, number = request.form.get("page", "").partition(".")
    seen = request.form.get("over", request.form.get("draft", ""))
    known = TypedOn(sender, int(number), seen) if _NUMBER.fullmatch(number) else TypedOn(seen=seen)
    return keep_values(form_class.slug, key, answers_of(posted(), form_class), known)


def keep_values(
    slug: str, key: str, values: dict[str, Any], typed_on: TypedOn | None = None
) -> Draft:
    """Begin the draft of a form and subject, or go on with it; raises one of BEHIND."""
    owner, drafts = current_launch().owner, store().drafts
    if typed_on and typed_on.seen and drafts.find(owner, slug, key) is None:
        _refuse_saved(typed_on.seen.partition(".")[0])
    begun = drafts.start(owner, slug, key, values, typed_on)
    if begun.values == values:
        return begun
    return drafts.save_values(owner, begun.id, values, typed_on)


def draft_address(kept: Draft) -> str:
    """Return the address of the form that a draft belongs to."""
    kind, _, rest = kept.subject.partition(":")
    if kind == "new":
        return url_for("forms.new", slug=kept.form, about=rest)
    if kind == "retract":
        return url_for("forms.retract", slug=kept.form, resource_id=rest)
    return url_for("forms.edit", slug=kept.form, resource_id=kept.subject)


def entry_obstacles(form: EntryForm, subject: Subject) -> list[str]:
    """Return why this entry could not be written, known before anything is typed."""
    grants, capability = _limits()
    writings = _writings(form, subject)
    return (
        refused_user()
        or permission.obstacles(grants, capability, writings, unfinished=subject.is_new)
        or _not_whole(subject.originals.values())
    )


def entry_remarks(form: EntryForm, subject: Subject) -> list[str]:
    """Return what the sign-in or the EHR makes of this entry that does not stand in its way."""
    grants, capability = _limits()
    without: dict[str, list[str]] = {}
    for part in form.parts if subject.is_new else ():
        if part.optional:
            made = _blank(form, part, subject)
            for reason in permission.obstacles(grants, capability, [("c", made)], unfinished=True):
                without.setdefault(reason, []).append(part.label)
    left_out = [f"Leave out {join(labels, ', ')}. {reason}" for reason, labels in without.items()]
    unnamed = permission.unnamed(current_launch().user.reference, author().name)
    remarks = permission.remarks(grants, capability, _writings(form, subject), named=not unnamed)
    return [*unnamed, *left_out, *remarks]


def entry_hindrance(form: EntryForm, subject: Subject) -> str:
    """Return in a few words why a new entry cannot be made; empty where it can."""
    if refused_user():
        return "for clinicians"
    return permission.hindrance(*_limits(), _writings(form, subject))


def plan_obstacles(plan: Plan) -> list[str]:
    """Return why the EHR or the sign-in does not allow this plan."""
    writings: list[Writing] = []
    for write in plan.writes:
        # A change must be allowed on what it finds and on what it leaves.
        writings += [("u", write.before), ("u", write.after)] if write.before else []
        writings += [] if write.before else [("c", write.after)]
    amended = [write.before for write in plan.writes if write.before]
    return refused_user() or permission.obstacles(*_limits(), writings) or _not_whole(amended)


def _not_whole(amended: Iterable[Resource]) -> list[str]:
    return [NOT_WHOLE] if any(map(is_subsetted, amended)) else []


def signed(plan: Plan) -> Plan:
    """Return the plan with its Provenance only where this EHR and sign-in take one."""
    return plan if permission.accepts_provenance(*_limits()) else replace(plan, provenance=None)


def refused_user() -> list[str]:
    """Return why this user enters nothing, whatever was granted; none for a clinician."""
    return permission.not_as(current_launch().user.reference)


def _limits() -> tuple[Scopes, Capability]:
    return current_launch().scopes, fhir_session().capability()


def _writings(form: EntryForm, subject: Subject) -> list[Writing]:
    if not subject.is_new:
        return [("u", resource) for resource in subject.originals.values()]
    return [("c", _blank(form, part, subject)) for part in form.parts if not part.optional]


def _blank(form: EntryForm, part: Part, subject: Subject) -> Resource:
    """Return a new record before anything is typed, with the code that it is bound to have."""
    resource = form.new_resource(part, subject, author())
    offered = offers_allowed_code(current_launch().scopes, form, part, resource)
    # An empty code is one that meets no condition.
    return resource if offered else {**resource, "code": {}}


def render(template: str, whose: Resource | None, *, tab: str = "forms", **values: Any) -> str:
    """Return a page of writing inside the frame that shows whose chart it is.

    Without a patient, because the EHR does not answer, the page stands without the frame.
    """
    launch = current_launch()
    return render_template(
        f"forms/{template}",
        frame=make_frame(launch, whose, tab) if whose else None,
        launch=launch,
        **values,
    )
