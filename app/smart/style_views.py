"""The address of the EHR's style sheet for the pages of a launch."""

from __future__ import annotations

from flask import Response

from app.smart import service
from app.smart.gate import any_blueprint, current_any
from app.smart.style import KEPT_SECONDS

blueprint = any_blueprint("style", __name__)


@blueprint.get("/ehr-style.css")
def ehr_style() -> Response:
    """Send the EHR's style; it is empty if there is none that can be used."""
    launch = current_any()
    sheet = service.current().styles.sheet(launch.ehr, launch.smart_style_url)
    response = Response(sheet, mimetype="text/css")
    # It holds no data of the patient, and the address belongs to the launch.
    response.headers["Cache-Control"] = f"private, max-age={KEPT_SECONDS:.0f}"
    return response
