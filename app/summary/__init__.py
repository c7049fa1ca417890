"""Reading: the patient's cancer on one page."""

from flask import Flask

from app.frame.frame import FormIndex
from app.summary.views import make_blueprint


def init_app(app: Flask, forms: FormIndex) -> None:
    """Serve the summary page, which offers the entries of `forms`."""
    app.register_blueprint(make_blueprint(forms))
