"""What can go wrong, in words a clinician can act on, and the one place that makes it a page."""

from __future__ import annotations

import logging
from http import HTTPStatus

from flask import Flask, g, render_template, request
from werkzeug.exceptions import HTTPException

from app.htmx import is_fragment

logger = logging.getLogger(__name__)


class AppError(Exception):
    """An error that a person is told about.

    `message` is one or two sentences that say what happened and what to do; `details` are further
    lines (an EHR's own words); `offer` is a way on: a label and an address. One that
    `goes_on_record` kept a person from what is not theirs, and the audit trail tells of it.
    """

    status: int = 500
    title: str = "Something went wrong"
    goes_on_record: bool = False

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


_PLAIN_WORDS: dict[int, tuple[str, str]] = {
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


def error_page(error: AppError) -> tuple[str, int]:
    """Return the page, or the line for a part of a page, that tells of an error."""
    return _page(error.status, error.title, error)


def _app_error(error: AppError) -> tuple[str, int]:
    g.refusal = error
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # Kind and place alone: what the EHR said may name the patient.
        logger.warning("%s for %s", type(error).__name__, request.endpoint)
    return error_page(error)


def _http_error(error: HTTPException) -> tuple[str, int]:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    title, message = _PLAIN_WORDS.get(
        status, ("The request was not carried out", "Go back and try again.")
    )
    return _page(status, title, AppError(message))


def _unexpected(error: Exception) -> tuple[str, int]:
    # The type and place alone: an exception's text may hold what the patient's record says.
    logger.error(
        "unexpected %s at %s for %s", type(error).__name__, place_of(error), request.endpoint
    )
    message = (
        "The app met a fault of its own. If you were saving, open the form again from its draft: "
        "the app looks into the chart before it sends anything a second time."
    )
    return _page(HTTPStatus.INTERNAL_SERVER_ERROR, "The app could not do that", AppError(message))


def place_of(error: BaseException) -> str:
    """Return where an exception was raised: the file and the line."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "unknown"


def _page(status: int, title: str, error: AppError) -> tuple[str, int]:
    template = "error_line.html" if is_fragment() else "error.html"
    return render_template(template, title=title, error=error), status
