"""The gate in front of every page of a launch.

A page under /l/<launch_id>/ is shown to the browser that launched it and to no other.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, cast

from flask import Blueprint, Response, current_app, g, make_response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from app.errors import AppError, error_page
from app.fhir.session import FhirSession
from app.security import SAFE_METHODS, frame_within
from app.smart import service
from app.smart.context import Launch, OtherBrowser, PendingLaunch
from app.smart.cookies import browser_key
from app.smart.errors import LaunchOver, LaunchRefused
from app.smart.service import Smart
from app.smart.throttle import MOST_REFUSALS
from app.smart.trail import PageWatch
from app.store import EventType

logger = logging.getLogger(__name__)

# The page's script sends this with what no person asked for: it keeps no launch from ending.
AUTOMATIC = "X-Oncoform-Automatic"

_NOT_SHOWN = (
    "The app records what it reads, and could not. Try again in a moment. "
    "What you entered is kept as a draft, or stands under My entries."
)
_NOT_DONE = "The app records what is said of a chart, and could not. Nothing was changed."


class NotOnRecord(AppError, status=503, title="This page cannot be shown now"):
    """A page whose reading could not be recorded is not shown."""


class WrongPatient(AppError, status=409, title="This page belongs to another patient"):
    """A page of one patient was sent under the launch of another."""

    goes_on_record = True


def check_patient(sent: Mapping[str, Any], patient_id: str) -> None:
    """Refuse a page that was made for another patient; raises WrongPatient."""
    if sent.get("patient") != patient_id:
        raise WrongPatient(
            "Nothing was written. Close this page and open the form from the right patient's chart."
        )


def launch_blueprint(name: str, import_name: str) -> Blueprint:
    """Return a blueprint for pages of a launch: /l/<launch_id>/...

    Its views take no launch_id, and `url_for` to them needs none; they ask `current_launch()`.
    """
    return guard(Blueprint(name, import_name, url_prefix="/l/<launch_id>"))


def guard(blueprint: Blueprint) -> Blueprint:
    """Return `blueprint` with the gate before those of its addresses that name a launch."""
    return _guard_pages(Smart.find_launch, blueprint)


def pending_blueprint(name: str, import_name: str) -> Blueprint:
    """Return a blueprint for pages of a launch that has no patient yet: /l/<launch_id>/patient/...

    Its views ask `current_pending()`; they are closed when the patient is chosen.
    """
    pages = Blueprint(name, import_name, url_prefix="/l/<launch_id>/patient")
    return _guard_pages(Smart.find_pending, pages)


def any_blueprint(name: str, import_name: str) -> Blueprint:
    """Return a blueprint for what any page of a launch asks for by itself: it is no use of it."""
    pages = Blueprint(name, import_name, url_prefix="/l/<launch_id>")
    return _guard_pages(Smart.find_any, pages, by_a_person=False)


def _guard_pages(
    find: Callable[[Smart, str, str | None], Launch | PendingLaunch],
    blueprint: Blueprint,
    *,
    by_a_person: bool = True,
) -> Blueprint:
    """Call `find` for the launch before each page of `blueprint`, and record the page after it.

    An entry that is sent after the end of its launch is led on to the one that follows it.
    """

    def find_launch() -> BaseResponse | None:
        if g.launch_id is None:
            return None
        smart = service.current()
        try:
            found = find(smart, g.launch_id, browser_key(request))
        except LaunchOver as over:
            if over.successor is None or "entry" not in request.form:
                raise
            path = request.full_path.rstrip("?").partition(g.launch_id)[2]
            return redirect(f"/l/{over.successor}{path}", code=307)
        setattr(g, "pending" if isinstance(found, PendingLaunch) else "launch", found)
        frame_within(found.ehr.frame_ancestors)
        if by_a_person and AUTOMATIC not in request.headers:
            smart.use(found)
        return None

    blueprint.url_value_preprocessor(_take_launch_id)
    blueprint.url_defaults(_give_launch_id)
    blueprint.before_request(find_launch)
    blueprint.after_request(_record_page)
    blueprint.teardown_request(_close_session)
    return blueprint


def current_any() -> Launch | PendingLaunch:
    """Return the launch of the current page, which may have no patient yet."""
    return current_pending() if "pending" in g else current_launch()


def current_pending() -> PendingLaunch:
    """Return the launch of the current page, which has no patient yet."""
    return cast("PendingLaunch", g.pending)


def current_launch() -> Launch:
    """Return the launch of the current page."""
    return cast("Launch", g.launch)


def fhir_session() -> FhirSession:
    """Return the session with the current launch's EHR, for any thread; raises Busy."""
    if "fhir_session" not in g:
        smart = service.current()
        launch = current_any()
        g.place = ExitStack()
        g.place.enter_context(smart.place(launch))
        g.page_watch = PageWatch(smart.trail, launch)
        g.fhir_session = smart.fhir_session(launch, g.page_watch, _is_reader_gone())
    return cast("FhirSession", g.fhir_session)


def record_act(event_type: EventType, **details: Any) -> None:
    """Record what the user is about to do; raises NotOnRecord, and then it must not be done."""
    try:
        service.current().trail.record(event_type, current_any(), **details)
    except Exception as error:  # noqa: BLE001 -- whatever it is, the act is not recorded
        logger.critical("not recorded: %s, for %s", type(error).__name__, event_type)
        raise NotOnRecord(_NOT_DONE) from None


def note(event_type: EventType, **details: Any) -> None:
    """Record in the trail what the user did on this page."""
    service.current().trail.try_to_record(event_type, current_any(), **details)


def _take_launch_id(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.launch_id = values.pop("launch_id", None) if values else None


def _give_launch_id(endpoint: str, values: dict[str, Any]) -> None:
    launch_id = g.get("launch_id")
    if launch_id and current_app.url_map.is_endpoint_expecting(endpoint, "launch_id"):
        values.setdefault("launch_id", launch_id)


def _record_page(response: Response) -> Response:
    """Record what the page read and what was refused; a page that cannot be recorded is not shown.

    A redirect shows nothing, and a write is recorded before it is sent.
    """
    try:
        if refusal := g.get("refusal"):
            _record_refusal(refusal)
        if watch := g.get("page_watch"):
            watch.close(
                page=request.endpoint,
                path=request.path.partition(g.launch_id)[2],
                method=request.method,
                status=response.status_code,
            )
    except Exception as error:  # noqa: BLE001 -- whatever it is, the page is not recorded
        logger.critical("not recorded: %s, for %s", type(error).__name__, request.endpoint)
        if not 300 <= response.status_code < 400:
            return make_response(error_page(NotOnRecord(_NOT_SHOWN)))
    return response


def _close_session(_error: BaseException | None) -> None:
    """Close the connections of the page, and leave its place: an EHR has a limited number."""
    if session := g.pop("fhir_session", None):
        session.close()
    if place := g.pop("place", None):
        place.close()


def _is_reader_gone() -> Callable[[], bool] | None:
    """Return what tells whether the browser has closed the connection; None if nothing does.

    A page that may write goes on: what it sent must be read back.
    """
    if request.method not in SAFE_METHODS:
        return None
    return cast("Callable[[], bool] | None", request.environ.get("waitress.client_disconnected"))


def _record_refusal(refusal: AppError) -> None:
    smart = service.current()
    trail = smart.trail
    if isinstance(refusal, LaunchRefused | OtherBrowser) and not ("launch" in g or "pending" in g):
        # Anybody can cause these refusals, and could fill the trail.
        number = smart.throttle.refusals(request.remote_addr)
        if number == MOST_REFUSALS + 1:
            trail.left_out_refusals()
        if number > MOST_REFUSALS:
            return
    if isinstance(refusal, LaunchRefused):
        issuer = request.args.get("iss", "")
        trail.refused_launch(refusal.ehr, issuer, type(refusal).__name__, refusal.details)
    elif isinstance(refusal, OtherBrowser):
        trail.record("access-refused", refusal.launch, why=type(refusal).__name__)
    elif refusal.goes_on_record:
        trail.record("access-refused", current_any(), why=type(refusal).__name__)
