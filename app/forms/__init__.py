"""Writing: one file per form; modules with an underscore are the machinery that all forms share."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Serve the pages of entry and of saving."""
    # The forms' files import this package.
    from app.forms import _save_views, _views  # noqa: PLC0415
    from app.forms._entries import Entries  # noqa: PLC0415

    del _save_views
    app.register_blueprint(_views.blueprint)
    app.extensions["entries"] = Entries()
