"""Collect once, use many: each folder here is one product, made of a record for one use of it."""

from flask import Flask, current_app

from app.frame.frame import FormIndex, UseIndex


def index() -> UseIndex:
    """Return how ready a record is for each product, for other pages."""
    from app.reuse.uses import use_lines  # noqa: PLC0415 -- products import this package

    return lambda record, ehr: use_lines(record, current_app.extensions["outbox"].receivers, ehr)


def init_app(app: Flask, forms: FormIndex) -> None:
    """Serve the pages of the products, whose gaps lead to `forms`."""
    from app.reuse.views import make_blueprint  # noqa: PLC0415 -- products import this package

    app.register_blueprint(make_blueprint(forms))
