"""The summary page, and the list of all records."""

from datetime import UTC, datetime
from typing import cast

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.errors import AppError
from app.frame.frame import FormIndex, UseIndex, make_frame
from app.mcode.model import CancerRecord
from app.mcode.reading import read_record
from app.smart.context import Launch
from app.smart.gate import (
    check_patient,
    current_launch,
    fhir_session,
    launch_blueprint,
    record_act,
)
from app.store import Store
from app.summary.panels import present
from app.summary.panels._panel import Page
from app.summary.records import part_of
from app.summary.withheld import withheld


def make_blueprint(forms: FormIndex, uses: UseIndex) -> Blueprint:
    """Return the page at the address of a launch itself, and the list of all records."""
    blueprint = launch_blueprint("summary", __name__)
    blueprint.add_url_rule("/", "page", lambda: _summary(forms, uses))
    blueprint.add_url_rule("/records", "records", lambda: _records(forms))
    blueprint.add_url_rule("/one-cancer", "decide", lambda: _decide(forms), methods=["POST"])
    return blueprint


def _summary(forms: FormIndex, uses: UseIndex) -> str:
    """Show the patient's cancer on one page, read anew from the EHR."""
    now = datetime.now(UTC)
    page = read_page(forms, now)
    page.uses = tuple(uses(page.record, current_launch().ehr.key))
    return render_template(
        "summary/page.html",
        frame=make_frame(current_launch(), page.record.patient, "summary", now),
        not_found="not-found" in request.args,
        page=page,
        panels=present(page),
    )


def _records(forms: FormIndex) -> str:
    """Show a part of the list of all that was read, read anew from the EHR."""
    now = datetime.now(UTC)
    page = read_page(forms, now)
    return render_template(
        "summary/records.html",
        frame=make_frame(current_launch(), page.record.patient, "summary", now),
        page=page,
        panels=present(page, "top"),
        part=part_of(page.record, request.args.get("part", 1, int)),
    )


def read_page(forms: FormIndex, now: datetime) -> Page:
    """Return what the pages of a record are made of, read anew from the EHR."""
    launch = current_launch()
    record = _record()
    # A misfiled resource cannot be looked up in the record: only its type is known.
    edit_forms = {
        name: address
        for name, address in forms.addresses(record).items()
        if launch.role.enables(address[0])
        and launch.scopes.permits("u", record.find(name) or name.partition("/")[0])
    }
    titles = _titles(forms, launch)
    return Page(
        record,
        now.date(),
        may_enter=bool(titles or edit_forms),
        edit_forms=edit_forms,
        titles=titles,
        drafts=[d for d in _store().drafts.list(launch.owner) if launch.role.enables(d.form)],
        withheld=withheld(launch.scopes, fhir_session().capability(), record, launch.withheld),
    )


class NotYours(AppError, status=403, title="Your sign-in only reads"):
    """Who may enter nothing does not change how others see the chart."""


class NoSuchDiagnosis(AppError, status=409, title="The diagnoses are not as they were"):
    """The chart was changed since the page was made, or the page was never made so."""


def _decide(forms: FormIndex) -> Response:
    """Keep that diagnoses are one cancer or not, or take back what was said of them."""
    launch, decisions = current_launch(), _store().decisions
    check_patient(request.form, launch.patient_id)
    if not _titles(forms, launch):
        raise NotYours("Nothing was changed. Say it to somebody who may enter data.")
    if "decision" in request.form:
        said = decisions.get(launch.chart, request.form["decision"])
        if said is None:
            raise NoSuchDiagnosis("What you take back is not said of this chart any more.")
        about = {"decision": said.id, "one": said.one, "others": list(said.others)}
        record_act("decision-taken-back", **about)
        decisions.take_back(launch.chart, said.id)
        return redirect(url_for("summary.page"), 303)
    one, others = _meant(_record())
    same = "other" in request.form
    about = {"one": one, "others": others}
    record_act("diagnoses-joined" if same else "diagnoses-parted", **about)
    decisions.add(launch.chart, one, others, same=same, by=launch.user.name)
    return redirect(url_for("summary.page"), 303)


def _meant(record: CancerRecord) -> tuple[str, list[str]]:
    """Return the Conditions that the page names: one, and those that it is the same as, or not.

    With `other` all of two cancers are one; without it one Condition is not that of the others.
    """
    named, other = request.form.get("one", ""), request.form.get("other")
    first, second = record.primary(named), record.primary(other) if other else None
    gone = NoSuchDiagnosis("Nothing was changed. Look at the summary and say it there.")
    if first is None or (other is not None and (second is None or second is first)):
        raise gone
    one = first.reference if second else f"Condition/{named}"
    others = (first.references | (second.references if second else set())) - {one}
    if not others:
        raise gone
    return one, sorted(others)


def _titles(forms: FormIndex, launch: Launch) -> dict[str, str]:
    """Return the titles of the forms with which this person may make new entries, by slug."""
    if launch.user.is_layman:
        return {}
    return {
        slug: title
        for slug, title in forms.titles.items()
        if launch.role.enables(slug)
        and all(launch.scopes.permits("c", type_) for type_ in forms.types[slug])
    }


def _record() -> CancerRecord:
    launch = current_launch()
    return read_record(fhir_session(), launch.patient_id, _store().decisions.list(launch.chart))


def _store() -> Store:
    return cast("Store", current_app.extensions["store"])
