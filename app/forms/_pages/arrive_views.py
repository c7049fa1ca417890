"""The page that a launch with an intent or a context comes to first, and that leads on."""

from __future__ import annotations

from flask import redirect, url_for

from app.forms._pages import page
from app.forms._pages.arrival import Meant
from app.forms._pages.views import Page, blueprint
from app.smart.gate import current_launch


@blueprint.get("/arrive")
def arrive() -> Page:
    """Lead to the form, the entry or the page that the EHR opened the app for."""
    launch = current_launch()
    meant = Meant.of(launch.intent, launch.fhir_context, launch.ehr.issuer)
    to = meant.without_record() or meant.within(page.record())
    return redirect(url_for(to.endpoint, **to.values), 303)
