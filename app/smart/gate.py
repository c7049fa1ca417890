"""The gate in front of every page of a launch.

A page under /l/<launch_id>/ is shown to the browser that launched it and to no other.
"""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, current_app, g, request

from app.fhir.session import FhirSession
from app.security import frame_within
from app.smart import service
from app.smart.context import Launch
from app.smart.cookies import browser_key
from app.smart.standalone import PendingLaunch


def launch_blueprint(name: str, import_name: str) -> Blueprint:
    """Return a blueprint for pages of a launch: /l/<launch_id>/...

    Its views take no launch_id, and `url_for` to them needs none; they ask `current_launch()`.
    """
    return guard(Blueprint(name, import_name, url_prefix="/l/<launch_id>"))


def guard(blueprint: Blueprint) -> Blueprint:
    """Put the gate in front of those addresses of `blueprint` that name a launch; return it."""
    blueprint.url_value_preprocessor(_take_launch_id)
    blueprint.url_defaults(_give_launch_id)
    blueprint.before_request(_open_launch)
    return blueprint


def pending_blueprint(name: str, import_name: str) -> Blueprint:
    """Return a blueprint for pages of a launch that has no patient yet: /l/<launch_id>/patient/...

    Its views ask `current_pending()`; they are closed once the patient is chosen.
    """
    blueprint = Blueprint(name, import_name, url_prefix="/l/<launch_id>/patient")
    blueprint.url_value_preprocessor(_take_launch_id)
    blueprint.url_defaults(_give_launch_id)
    blueprint.before_request(_open_pending)
    return blueprint


def current_pending() -> PendingLaunch:
    """Return the launch without a patient, of the page that is being made."""
    return cast("PendingLaunch", g.pending)


def current_launch() -> Launch:
    """Return the launch of the page that is being made."""
    return cast("Launch", g.launch)


def fhir_session() -> FhirSession:
    """Return the session with the current launch's EHR; other threads may use it too."""
    if "fhir_session" not in g:
        g.fhir_session = service.current().fhir_session(current_launch())
    return cast("FhirSession", g.fhir_session)


def _take_launch_id(endpoint: str | None, values: dict[str, Any] | None) -> None:
    del endpoint
    g.launch_id = values.pop("launch_id", None) if values else None


def _give_launch_id(endpoint: str, values: dict[str, Any]) -> None:
    launch_id = g.get("launch_id")
    if launch_id and current_app.url_map.is_endpoint_expecting(endpoint, "launch_id"):
        values.setdefault("launch_id", launch_id)


def _open_pending() -> None:
    g.pending = service.current().open_pending(g.launch_id, browser_key(request))
    frame_within(g.pending.ehr.frame_ancestors)


def _open_launch() -> None:
    if g.launch_id is not None:
        g.launch = service.current().open_launch(g.launch_id, browser_key(request))
        frame_within(g.launch.ehr.frame_ancestors)
