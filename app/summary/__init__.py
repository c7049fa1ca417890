"""Reading: the patient's cancer on one page."""

from flask import Flask

from app.frame.frame import FormIndex, UseIndex
from app.summary.views import make_blueprint


def init_app(app: Flask, forms: FormIndex, uses: UseIndex) -> None:
    """Serve the summary page, which offers the entries of `forms` and leads to `uses`."""
    app.register_blueprint(make_blueprint(forms, uses))
