"""The error pages of the sandbox."""

import logging

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from app.sandbox.fhir.outcome import FhirError

logger = logging.getLogger(__name__)

_HTTP_ERRORS = {
    404: ("There is no such page", "Choose a patient in the list of all patients."),
    405: ("This address is not used like that", "Go back to the list of all patients."),
    413: ("That is too much at once", "Send less in one request."),
}


class PageError(Exception):
    """Ends a request with a page: its status, its heading, and a sentence on what to do."""

    def __init__(self, status: int, title: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.title = title
        self.message = message


def register(app: Flask) -> None:
    """Answer every error of the sandbox's own pages with a page."""

    @app.errorhandler(PageError)
    def page_error(error: PageError) -> ResponseReturnValue:
        return _page(error.status, error.title, error.message)

    @app.errorhandler(FhirError)
    def chart_error(error: FhirError) -> ResponseReturnValue:
        return _page(error.status, "The chart cannot be read", str(error))

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        title, message = _HTTP_ERRORS.get(
            status, ("This request cannot be read", "Go back and try again.")
        )
        return _page(status, title, message)

    @app.errorhandler(Exception)
    def fault(error: Exception) -> ResponseReturnValue:
        logger.error("fault in %s %s", request.method, request.path, exc_info=error)
        return _page(500, "The sandbox met a fault of its own", "Its log says which.")


def _page(status: int, title: str, message: str) -> ResponseReturnValue:
    return render_template("sandbox/error.html", title=title, message=message), status
