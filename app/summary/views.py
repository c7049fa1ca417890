"""The summary page."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import current_app, render_template, request

from app.mcode.record import read_record
from app.smart.gate import current_launch, fhir_session, launch_blueprint
from app.summary.presenter import present
from app.summary.shell import make_shell
from app.summary.withheld import withheld

blueprint = launch_blueprint("summary", __name__)


@blueprint.get("/")
def page() -> str:
    """Show the patient's cancer on one page, read anew from the EHR."""
    launch = current_launch()
    record = read_record(fhir_session(), launch.patient_id)
    now = datetime.now(UTC)
    entries = current_app.extensions["entries"]
    # Of what is misfiled the record gives nothing to look at but the type.
    ways = {
        name: way
        for name, way in entries.addresses(record).items()
        if launch.role.enables(way[0])
        and launch.scopes.permits("u", record.find(name) or name.partition("/")[0])
    }
    titles = {
        slug: title
        for slug, title in entries.titles.items()
        if launch.role.enables(slug)
        and all(launch.scopes.permits("c", type_) for type_ in entries.types[slug])
    }
    return render_template(
        "summary/page.html",
        shell=make_shell(launch, record.patient, "summary", now),
        not_found="not-found" in request.args,
        summary=present(
            record,
            now.date(),
            may_enter=bool(titles or ways),
            drafts=[
                draft
                for draft in current_app.extensions["store"].drafts.list(launch.owner)
                if launch.role.enables(draft.form)
            ],
            ways=ways,
            titles=titles,
            withheld=withheld(launch.scopes, fhir_session().capability(), record, launch.withheld),
        ),
    )
