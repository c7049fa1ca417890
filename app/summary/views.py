"""The summary page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from flask import current_app, render_template

from app.mcode.record import read_record
from app.smart.gate import current_launch, fhir_session, launch_blueprint
from app.summary.presenter import present
from app.summary.shell import make_shell

_ENTRIES: tuple[Literal["c", "u"], ...] = ("c", "u")

blueprint = launch_blueprint("summary", __name__)


@blueprint.get("/")
def page() -> str:
    """Show the patient's cancer on one page, read anew from the EHR."""
    launch = current_launch()
    record = read_record(fhir_session(), launch.patient_id)
    now = datetime.now(UTC)
    return render_template(
        "summary/page.html",
        shell=make_shell(launch, record.patient, "summary", now),
        summary=present(
            record,
            now.date(),
            may_enter=any(launch.scopes.permits(act, "Observation") for act in _ENTRIES),
            drafts=current_app.extensions["store"].drafts.list(launch.owner),
        ),
    )
