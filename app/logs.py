"""What the app logs, and what no library may log through it.

A line tells the time, the level, where it comes from, and for each request its route, status,
duration and the digest of its launch. Messages of libraries hold addresses with patients' ids,
rows, or tokens at one level or another, and tracebacks hold what exceptions say: of these a line
tells the place alone, whatever level and whatever handler somebody sets.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from flask import Flask, Response, g, request

from app.errors import place_of
from app.smart.trail import launch_mark

logger = logging.getLogger(__name__)

# Flask's own logger is called "app": it names paths, and is no module of the app.
_OWN = "app."
# Says how many requests wait, and nothing else.
_HARMLESS = frozenset({"waitress.queue"})
_FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s"
_TIME = "%Y-%m-%dT%H:%M:%S"


def init_app(app: Flask) -> None:
    """Log each request of `app`, and keep every library from logging what it must not."""
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
    """Send the log of this process to the standard error output, from `level` on.

    What nobody catches is told like everything else: by its kind and place.
    """
    guard()
    handler = logging.StreamHandler()
    formatter = logging.Formatter(_FORMAT, _TIME)
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    if level != "DEBUG":
        handler.addFilter(_tells_something)
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # A line that cannot be written would be printed with all its values.
    logging.raiseExceptions = False
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda fault: _uncaught(
        fault.exc_type, fault.exc_value, fault.exc_traceback
    )
    sys.unraisablehook = lambda fault: _uncaught(
        fault.exc_type, fault.exc_value, fault.exc_traceback
    )


def _tells_something(record: logging.LogRecord) -> bool:
    """Tell whether a line is the app's own, or a library's warning: the rest are places only."""
    return record.name.startswith(_OWN) or record.levelno >= logging.WARNING


def guard() -> None:
    """Let no record of this process hold more than it may, whoever handles it."""
    made = logging.getLogRecordFactory()
    if not isinstance(made, _Guarded):
        logging.setLogRecordFactory(_Guarded(made))


class _Guarded:
    """Makes records of which only those of the app itself keep their message."""

    def __init__(self, make: Callable[..., logging.LogRecord]) -> None:
        self._make = make

    def __call__(self, *args: Any, **more: Any) -> logging.LogRecord:
        record = self._make(*args, **more)
        error = record.exc_info[1] if record.exc_info else None
        if not record.name.startswith(_OWN) and record.name not in _HARMLESS:
            record.msg, record.args = f"message left out, of {record.module}:{record.lineno}", ()
        if error is not None:
            record.msg = f"{record.getMessage()}: {_kind_and_place(error)}"
            record.args = ()
        record.exc_info = record.exc_text = record.stack_info = None
        return record


def _uncaught(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    del trace
    if issubclass(kind, KeyboardInterrupt):
        return
    logger.critical("uncaught %s", _kind_and_place(error) if error else kind.__name__)


def _kind_and_place(error: BaseException) -> str:
    return f"{type(error).__name__} at {place_of(error)}"
