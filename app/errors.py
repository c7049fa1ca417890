"""Errors with texts that a clinician can act on, and their pages."""

import logging
from http import HTTPStatus

from flask import Flask, Response, g, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from app.htmx import is_fragment, part

logger = logging.getLogger(__name__)


class AppError(Exception):
    """An error that the user sees.

    `message` is one or two sentences that say what happened and what to do; `details` are further
    lines (texts of the EHR); `offer` is a link: a label and an address; `retry_after` says in how
    many seconds the same may succeed. The audit trail records an error that `goes_on_record`: it
    kept a user from what is not theirs.
    """

    status: int = 500
    title: str = "Something went wrong"
    goes_on_record: bool = False
    retry_after: float | None = None
    patient_missing: bool = False  # then no page of the launch can be shown

    def __init_subclass__(cls, *, status: int | None = None, title: str | None = None) -> None:
        """Take what a subclass has of its own; what it leaves out is that of its base."""
        super().__init_subclass__()
        cls.status = status or cls.status
        cls.title = title or cls.title

    def __init__(
        self,
        message: str,
        *,
        details: list[str] | None = None,
        offer: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = details or []
        self.offer = offer


_HTTP_ERRORS: dict[int, tuple[str, str]] = {
    HTTPStatus.BAD_REQUEST: ("This request cannot be read", "Go back and send the page again."),
    HTTPStatus.NOT_FOUND: (
        "There is no such page",
        "Go back, or open the app again from the chart.",
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: ("This address is not used like that", "Go back and try again."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "That is too much at once",
        "The app accepts at most 1 MB in one request.",
    ),
}


def register(app: Flask) -> None:
    """Answer every error of `app` with a page that says what to do, never with a traceback."""
    app.register_error_handler(AppError, _app_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def error_page(error: AppError) -> Response:
    """Return the error as a page, or as a line for a part of a page."""
    return _page(error.status, error.title, error)


def _app_error(error: AppError) -> Response:
    g.refusal = error
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # Only the type: a text of the EHR may name the patient.
        logger.warning("%s for %s", type(error).__name__, request.endpoint)
    return error_page(error)


def _http_error(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    title, message = _HTTP_ERRORS.get(
        status, ("The request was not carried out", "Go back and try again.")
    )
    return _page(status, title, AppError(message))


def _unexpected(error: Exception) -> Response:
    # Only type and location: the text of an exception may hold data of the patient.
    logger.error(
        "unexpected %s at %s for %s", type(error).__name__, location_of(error), request.endpoint
    )
    message = (
        "The app met a fault of its own. If you were saving, open the form again from its draft: "
        "the app looks into the chart before it sends anything a second time."
    )
    return _page(HTTPStatus.INTERNAL_SERVER_ERROR, "The app could not do that", AppError(message))


def location_of(error: BaseException) -> str:
    """Return the file and line where an exception was raised."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "unknown"


def _page(status: int, title: str, error: AppError) -> Response:
    headers = {} if error.retry_after is None else {"Retry-After": f"{error.retry_after:.0f}"}
    if is_fragment():
        return part(render_template("error_line.html", title=title, error=error), status, headers)
    return make_response(render_template("error.html", title=title, error=error), status, headers)
