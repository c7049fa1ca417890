"""The log of the app, without any data of patients and without secrets.

A line has the time, the level and the logger, and for each request its route, status, duration and
the pseudonym of its launch. At some level the messages of libraries hold addresses with ids of
patients, rows or tokens, and tracebacks hold the texts of exceptions: of these a line has only the
location, at every level and with every handler.
"""

import logging
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from flask import Flask, Response, g, request

from app.errors import location_of
from app.smart.trail import launch_mark

logger = logging.getLogger(__name__)

# Not "app", which is the logger of Flask: it logs paths.
_OWN = "app."
# It logs only how many requests wait.
_HARMLESS = frozenset({"waitress.queue"})
_FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s"
_TIME = "%Y-%m-%dT%H:%M:%S"


def init_app(app: Flask) -> None:
    """Log each request of `app`, and guard the log of this process."""
    guard()

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def log(response: Response) -> Response:
        launch_id = g.get("launch_id")
        logger.info(
            "request route=%s method=%s status=%d ms=%d launch=%s",
            request.endpoint or "-",
            request.method if request.method in _METHODS else "-",
            response.status_code,
            (time.perf_counter() - g.get("started", time.perf_counter())) * 1000,
            launch_mark(launch_id) if launch_id else "-",
        )
        return response


_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


def configure(level: str) -> None:
    """Send the log of this process to standard error, from `level` on.

    Uncaught exceptions are logged too, with only their type and location.
    """
    guard()
    handler = logging.StreamHandler()
    formatter = logging.Formatter(_FORMAT, _TIME)
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    if level != "DEBUG":
        handler.addFilter(_is_worth_a_line)
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # Otherwise a line that cannot be written is printed with all its values.
    logging.raiseExceptions = False
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda fault: _uncaught(
        fault.exc_type, fault.exc_value, fault.exc_traceback
    )
    sys.unraisablehook = lambda fault: _uncaught(
        fault.exc_type, fault.exc_value, fault.exc_traceback
    )


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    """Tell whether a line is the app's own, or a library's warning: others are locations only."""
    return record.name.startswith(_OWN) or record.levelno >= logging.WARNING


def guard() -> None:
    """Make every log record of this process without data of patients, for any handler."""
    made = logging.getLogRecordFactory()
    if not isinstance(made, _Guarded):
        logging.setLogRecordFactory(_Guarded(made))


class _Guarded:
    """Makes log records; only those of the app itself keep their message."""

    def __init__(self, make: Callable[..., logging.LogRecord]) -> None:
        self._make = make

    def __call__(self, *args: Any, **more: Any) -> logging.LogRecord:
        record = self._make(*args, **more)
        error = record.exc_info[1] if record.exc_info else None
        if not record.name.startswith(_OWN) and record.name not in _HARMLESS:
            record.msg, record.args = f"message left out, of {record.module}:{record.lineno}", ()
        if error is not None:
            record.msg = f"{record.getMessage()}: {_type_and_location(error)}"
            record.args = ()
        record.exc_info = record.exc_text = record.stack_info = None
        return record


def _uncaught(
    type_: type[BaseException], error: BaseException | None, _trace: TracebackType | None
) -> None:
    if issubclass(type_, KeyboardInterrupt):
        return
    logger.critical("uncaught %s", _type_and_location(error) if error else type_.__name__)


def _type_and_location(error: BaseException) -> str:
    return f"{type(error).__name__} at {location_of(error)}"
