import logging
import re
import subprocess
import sys

import pytest
from flask import Flask, g

from app import errors, logs
from app.config import ROOT
from app.smart.trail import launch_mark

SECRET = "MARTINEZ, Elena"
LIBRARIES = [
    *("urllib3.connectionpool", "requests", "waitress", "werkzeug", "sqlalchemy.engine.Engine"),
    *("authlib.oauth2.rfc6749", "joserfc", "fhirclient.server", "asyncio", "py.warnings", "app"),
]


@pytest.fixture
def client():
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=None)
    app.add_url_rule("/static/<path:filename>", "static", lambda filename: filename)
    logs.init_app(app)
    errors.register(app)

    @app.get("/l/<launch_id>/patients/<name>")
    def page(launch_id, name):
        g.launch_id = launch_id
        return name

    @app.get("/broken")
    def broken():
        raise RuntimeError(SECRET)

    return app.test_client()


@pytest.fixture
def log(caplog):
    """The text of everything that is logged, at every level."""
    caplog.set_level(logging.DEBUG)
    return caplog


def boom():
    raise RuntimeError(SECRET)


def test_a_request_is_a_line_with_route_status_duration_and_the_mark_of_its_launch(client, log):
    client.get("/l/launch-1/patients/MARTINEZ?find=Elena")
    [line] = [r.getMessage() for r in log.records if r.name == "app.logs"]
    mark = re.escape(launch_mark("launch-1"))
    assert re.fullmatch(rf"request route=page method=GET status=200 ms=\d+ launch={mark}", line)


def test_a_request_for_nothing_says_nothing_of_what_was_asked(client, log):
    client.open("/MARTINEZ/Elena?Elena", method="MARTINEZ")
    [line] = [r.getMessage() for r in log.records if r.name == "app.logs"]
    assert re.fullmatch(r"request route=- method=- status=40[45] ms=\d+ launch=-", line)


def test_a_fault_is_told_by_kind_and_place(client, log):
    client.get("/broken")
    assert "RuntimeError" in log.text
    assert "test_logs.py" in log.text
    assert "MARTINEZ" not in log.text


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO, logging.ERROR])
def test_a_library_logs_its_place_and_none_of_its_words(client, log, monkeypatch, library, level):
    other = logging.getLogger(library)
    monkeypatch.setattr(other, "level", logging.DEBUG)
    other.log(level, f"GET /Patient/{SECRET}")
    other.log(level, "GET %s", SECRET)
    other.log(level, "%s", {"patient": SECRET}, stack_info=True)
    assert SECRET not in log.text
    assert len(log.records) == 3
    assert all(f"message left out, of {record.module}:" in log.text for record in log.records)


@pytest.mark.parametrize("name", [*LIBRARIES, "app.smart.gate"])
def test_an_exception_is_logged_without_its_text_and_traceback(client, log, name):
    try:
        boom()
    except RuntimeError:
        logging.getLogger(name).exception("failed")
    assert SECRET not in log.text
    assert "Traceback" not in log.text
    assert re.search(r"RuntimeError at .*test_logs\.py:\d+", log.text)


def test_the_length_of_the_queue_is_told(client, log):
    logging.getLogger("waitress.queue").warning("Task queue depth is %d", 7)
    assert "Task queue depth is 7" in log.text


def test_records_are_guarded_once_however_many_apps_there_are(client):
    guarded = logging.getLogRecordFactory()
    logs.guard()
    assert logging.getLogRecordFactory() is guarded


_PROGRAM = """
import logging, sys, threading, warnings
from app import logs
logs.configure("DEBUG")
class Unraisable:
    def __del__(self):
        raise RuntimeError("{secret}")
def fail():
    raise RuntimeError("{secret}")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
Unraisable()
warnings.warn("{secret}", stacklevel=1)
logging.getLogger("app.x").info("%d", "{secret}")
logging.getLogger("urllib3.connectionpool").debug("{secret}")
logging.getLogger("app.x").info("a line of the app")
fail()
"""


def test_a_process_tells_nothing_else_on_its_way_out():
    program = _PROGRAM.format(secret=SECRET)
    # Not from a file: a traceback would quote its lines.
    ended = subprocess.run(
        [sys.executable, "-X", "dev", "-c", program],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    assert ended.returncode == 1
    assert SECRET not in ended.stdout + ended.stderr
    assert ended.stderr.count("uncaught RuntimeError at ") == 3
    line = r"(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO app\.x a line of the app$"
    assert re.search(line, ended.stderr)


def run_with(level: str, program: str) -> str:
    """Return what a process prints that logs from a level on."""
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import logging; from app import logs\nlogs.configure({level!r})\n{program}",
        ],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    return ended.stderr


def test_the_level_that_is_set_counts():
    program = "logger = logging.getLogger('app.x'); logger.warning('quiet'); logger.error('!')"
    told = run_with("ERROR", program)
    assert told.endswith("ERROR app.x !\n")
    assert "quiet" not in told


@pytest.mark.parametrize(("level", "lines"), [("INFO", 1), ("DEBUG", 2)])
def test_lines_of_libraries_that_tell_a_place_alone_are_for_debugging(level, lines):
    program = "logger = logging.getLogger('waitress'); logger.info('x'); logger.warning('y')"
    assert run_with(level, program).count("message left out") == lines
