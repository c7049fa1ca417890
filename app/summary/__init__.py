"""Reading: the patient's cancer on one page."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Serve the summary page."""
    from app.summary.views import blueprint  # noqa: PLC0415 -- forms use the shell without the views

    app.register_blueprint(blueprint)
