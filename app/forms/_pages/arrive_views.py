"""The ways to a form: the list of forms, and what a launch's `intent` and `fhirContext` name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flask import redirect, request, url_for

from app.fhir.paths import address_reference, local_reference
from app.formatting import join
from app.forms._definition import PATIENT, SECTIONS, EntryForm
from app.forms._pages import page
from app.forms._pages.presenter import draft_state
from app.forms._pages.views import Page, blueprint
from app.forms._registry import addresses, all_forms, form_of
from app.mcode.model import CancerRecord
from app.smart.gate import current_launch
from app.store import Draft

# SMART App Launch 2.2: an item without a role, which is kept as this one, is what was launched.
LAUNCHED = "launch"
_PAGES = {"summary": "summary.page", "forms": "forms.index"}


@dataclass(frozen=True)
class Destination:
    """A page of the launch: its endpoint and what `url_for` needs beside it."""

    endpoint: str
    values: Mapping[str, Any]


DEFAULT = Destination("summary.page", {})
# The EHR meant an entry or a diagnosis that cannot be shown.
NOT_FOUND = Destination("summary.page", {"not-found": "1"})


@dataclass(frozen=True)
class Meant:
    """What the EHR named: `references` are `Type/id` in its own base, None for one elsewhere."""

    intent: str | None
    references: tuple[str | None, ...]

    @classmethod
    def of(
        cls, intent: str | None, items: Sequence[Mapping[str, Any]], base: str | Sequence[str]
    ) -> "Meant":
        """Read the launch of the EHR at `base`; `items` are those of `fhirContext`.

        Only items of the role "launch" count, and of those the references to what a form could
        open: patient, visit, people and canonical addresses are no entries.
        """
        forms = all_forms().values()
        types = {form.parts[-1].type for form in forms}
        references: list[str | None] = []
        for item in items:
            address = item.get("reference")
            if item.get("role") != LAUNCHED or not isinstance(address, str):
                continue
            named, _ = address_reference(address)
            if named and named.partition("/")[0] in types:
                references.append(local_reference(address, base))
        return cls(intent, tuple(references))

    def without_record(self) -> Destination | None:
        """Return where to go, where that can be told without looking into the record."""
        if self.intent in _PAGES:
            return Destination(_PAGES[self.intent], {})
        if self.references:
            return None
        if self.intent in all_forms():
            return Destination("forms.new", {"slug": self.intent})
        return DEFAULT

    def within(self, record: CancerRecord) -> Destination:
        """Return where to go in this patient's record, in which all that is opened was found.

        A form that was asked for opens on the entry, or about the diagnosis, that was named.
        """
        opened = addresses(record)
        found = [reference for reference in self.references if reference in opened]
        form = all_forms().get(self.intent or "")
        for slug, resource_id in (opened[reference] for reference in found):
            if form is None or form.slug == slug:
                return Destination("forms.edit", {"slug": slug, "resource_id": resource_id})
        if form and found and form.about == "patient":
            return Destination("forms.new", {"slug": form.slug})
        for resource in filter(None, map(record.find, found)):
            if form and (primary := record.primary_of(resource)):
                return Destination("forms.new", {"slug": form.slug, "about": primary.id})
        # A form about another diagnosis would open in the place of the one that was meant.
        return NOT_FOUND


@blueprint.get("/arrive")
def arrive() -> Page:
    """Lead to the form, the entry or the page that the EHR opened the app for."""
    launch = current_launch()
    meant = Meant.of(
        launch.intent, launch.fhir_context, (launch.ehr.issuer, *launch.ehr.other_bases)
    )
    to = meant.without_record() or meant.within(page.record())
    return redirect(url_for(to.endpoint, **to.values), 303)


@blueprint.get("/forms/")
def index() -> Page:
    """List the forms, and the drafts that wait."""
    record = page.record()
    drafts = [
        (
            draft,
            _draft_title(draft, record),
            draft_state(draft),
            page.draft_address(draft) if draft.form in page.forms() else None,
        )
        for draft in page.store().drafts.list(current_launch().owner)
    ]
    return page.render(
        "index.html",
        record.patient,
        sections=_sections(record),
        drafts=drafts,
        obstacles=_entering_obstacles(),
        discarded="discarded" in request.args,
        closed="closed" in request.args,
    )


def _draft_title(draft: Draft, record: CancerRecord) -> str:
    """Return what a draft is about: "TNM stage, new · Melanoma, left calf"."""
    form_class = form_of(draft.form)
    kind, _, rest = draft.subject.partition(":")
    primary = record.primary(rest) if kind == "new" else None
    if kind != "new":
        resource = record.find(f"{form_class.parts[-1].type}/{rest or draft.subject}")
        primary = record.primary_of(resource) if resource else None
    act = {"new": "new", "retract": "entered in error"}.get(kind, "change")
    about = record.cancer_names[primary.id] if primary else ""
    return join([f"{form_class.title}, {act}", about])


def _sections(record: CancerRecord) -> list[tuple[str, list[tuple[type[EntryForm], str]]]]:
    """Return the forms by section, each with why it cannot be entered, empty where it can."""
    forms = [(form, _hindrance(form, record)) for form in page.forms().values()]
    return [
        (section, [pair for pair in forms if pair[0].section == section]) for section in SECTIONS
    ]


def _hindrance(form_class: type[EntryForm], record: CancerRecord) -> str:
    about = PATIENT if form_class.about == "patient" else next((p.id for p in record.primaries), "")
    if not about:
        return "needs a primary cancer"
    subject = page.new_subject(form_class, record, about)
    form = form_class()
    form.prepare(subject)
    return page.entry_hindrance(form, subject)


def _entering_obstacles() -> list[str]:
    """Return why nothing at all can be entered, for a sign-in that only reads."""
    types = {part.type for form in page.forms().values() for part in form.parts}
    if not types:
        return ["The app was opened to read the chart: it offers no forms here."]
    if refusals := page.refused_user():
        return refusals
    acts: tuple[Literal["c", "u"], ...] = ("c", "u")
    if any(current_launch().scopes.permits(act, type_) for act in acts for type_ in types):
        return []
    return ["Your sign-in does not allow entries. Ask your EHR's administrator if it should."]
