"""Writing: one file per form; what has an underscore is the machinery that all forms share.

`_definition`, `_new` and `_rows` say what a form is, `_fields` how it asks, `_elements` where its
answers stand in a resource, and `_shared` what several forms have in common. `_pages` and `_saving`
lead the answers into the chart. `_registry` finds the forms and tells other packages of them.
"""

from threading import Thread

from flask import Flask

from app.fhir.needs import Needs
from app.frame.frame import FormIndex


def needs() -> Needs:
    """Return what the app needs of an EHR: to read a record, and for each form."""
    from app.forms._registry import app_needs  # noqa: PLC0415 -- the forms import this package

    return app_needs()


def index() -> FormIndex:
    """Return which forms there are and what they open, for other pages."""
    from app.forms._registry import form_index  # noqa: PLC0415 -- the forms import this package

    return form_index()


def init_app(app: Flask) -> None:
    """Serve the pages of entry and of saving."""
    from app.forms._pages import arrive_views, save_views, views  # noqa: PLC0415 -- the forms import this package
    from app.forms._registry import warm_up  # noqa: PLC0415 -- likewise

    del arrive_views, save_views
    app.register_blueprint(views.blueprint)
    if not app.testing:
        Thread(target=warm_up, name="warm-up", daemon=True).start()
