"""Choosing the patient of a standalone launch, if the EHR offers no choice."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Serve the pages on which a patient is looked up, confirmed and opened."""
    from app.patients.views import blueprint  # noqa: PLC0415 -- the search is used without the views

    app.register_blueprint(blueprint)
