"""The pages on which the patient is looked up, confirmed and opened.

Everything is posted: no address holds a patient's name.
"""

from datetime import UTC, date, datetime
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.fhir.errors import Missing
from app.fhir.types import Resource
from app.patients.presenter import present, present_one
from app.patients.search import MOST_SHOWN, PatientSearch
from app.smart import service
from app.smart.gate import current_pending, fhir_session, note, pending_blueprint
from app.smart.opening import first_page

blueprint = pending_blueprint("patients", __name__)

SEARCH_SECONDS = 15

Page = str | tuple[str, int] | Response


@blueprint.get("/")
def find() -> Page:
    """Show the empty search."""
    return _page("find.html", form=PatientSearch())


@blueprint.post("/")
def found() -> Page:
    """Show the patients that the EHR finds, or the problems of the form."""
    form = PatientSearch(request.form)
    if problems := form.problems():
        return _page("find.html", form=form, problems=problems), 422
    answer = fhir_session().within(SEARCH_SECONDS).first_page(form.query())
    hits = present(answer.resources, _today())
    return _page(
        "find.html",
        form=form,
        hits=hits[:MOST_SHOWN],
        more=not answer.complete or len(hits) > MOST_SHOWN,
        notes=answer.notes,
    )


@blueprint.post("/confirm")
def confirm() -> Page:
    """Show the chosen patient, read again, and ask whether it is the right one."""
    patient = _read()
    if patient is None:
        return _gone()
    return _page("confirm.html", patient=present_one(patient, _today()))


@blueprint.post("/open")
def open_() -> Page:
    """Make this the patient of the launch, and go to the first page."""
    patient = _read()
    if patient is None:
        return _gone()
    launch = service.current().choose_patient(current_pending(), str(patient["id"]))
    return redirect(first_page(launch), 303)


@blueprint.post("/sign-out")
def sign_out() -> Page:
    """Close the launch, here and at the EHR."""
    service.current().close(current_pending())
    note("signed-out")
    return redirect(url_for("smart.signed_out"), 303)


def _read() -> Resource | None:
    try:
        return fhir_session().read("Patient", request.form.get("patient", ""))
    except Missing:
        return None


def _gone() -> Page:
    problems = [("The EHR has no such patient. Search again.", "#name")]
    return _page("find.html", form=PatientSearch(), problems=problems), 404


def _page(template: str, **values: Any) -> str:
    return render_template(f"patients/{template}", pending=current_pending(), **values)


def _today() -> date:
    return datetime.now(UTC).date()
