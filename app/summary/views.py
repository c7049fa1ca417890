"""The summary page, and the list of all records."""

from datetime import UTC, datetime
from typing import cast

from flask import Blueprint, current_app, render_template, request

from app.frame.frame import FormIndex, make_frame
from app.mcode.reading import read_record
from app.smart.gate import current_launch, fhir_session, launch_blueprint
from app.store import Store
from app.summary.panels import present
from app.summary.panels._panel import Page
from app.summary.records import part_of
from app.summary.withheld import withheld


def make_blueprint(forms: FormIndex) -> Blueprint:
    """Return the page at the address of a launch itself, and the list of all records."""
    blueprint = launch_blueprint("summary", __name__)
    blueprint.add_url_rule("/", "page", lambda: _summary(forms))
    blueprint.add_url_rule("/records", "records", lambda: _records(forms))
    return blueprint


def _summary(forms: FormIndex) -> str:
    """Show the patient's cancer on one page, read anew from the EHR."""
    now = datetime.now(UTC)
    page = _read(forms, now)
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
    page = _read(forms, now)
    return render_template(
        "summary/records.html",
        frame=make_frame(current_launch(), page.record.patient, "summary", now),
        page=page,
        panels=present(page, "top"),
        part=part_of(page.record, request.args.get("part", 1, int)),
    )


def _read(forms: FormIndex, now: datetime) -> Page:
    """Return what the panels are made of, read anew from the EHR."""
    launch = current_launch()
    record = read_record(fhir_session(), launch.patient_id)
    # A misfiled resource cannot be looked up in the record: only its type is known.
    edit_forms = {
        name: address
        for name, address in forms.addresses(record).items()
        if launch.role.enables(address[0])
        and launch.scopes.permits("u", record.find(name) or name.partition("/")[0])
    }
    titles = {
        slug: title
        for slug, title in forms.titles.items()
        if launch.role.enables(slug)
        and all(launch.scopes.permits("c", type_) for type_ in forms.types[slug])
    }
    store = cast("Store", current_app.extensions["store"])
    return Page(
        record,
        now.date(),
        may_enter=bool(titles or edit_forms),
        edit_forms=edit_forms,
        titles=titles,
        drafts=[d for d in store.drafts.list(launch.owner) if launch.role.enables(d.form)],
        withheld=withheld(launch.scopes, fhir_session().capability(), record, launch.withheld),
    )
