"""The address of the style sheet that a launch's pages take from its EHR."""

from __future__ import annotations

from flask import Response

from app.smart import service
from app.smart.gate import any_blueprint, current_any
from app.smart.style import KEPT_SECONDS

blueprint = any_blueprint("style", __name__)


@blueprint.get("/ehr-style.css")
def ehr_style() -> Response:
    """Send the EHR's style; an empty one where it has none that can be used."""
    launch = current_any()
    sheet = service.current().styles.sheet(launch.ehr, launch.smart_style_url)
    response = Response(sheet, mimetype="text/css")
    # It holds nothing of a patient, and the address is the launch's own.
    response.headers["Cache-Control"] = f"private, max-age={KEPT_SECONDS:.0f}"
    return response
