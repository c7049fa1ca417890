"""The demo as a person runs it."""

import os
import signal
import socket
import subprocess
import sys
from time import monotonic, sleep

import pytest
import requests
from sqlalchemy import create_engine, text

from app.commands import demo
from app.config import ConfigError
from app.store import open_store
from tests import older


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


# A shell's script ignores Ctrl-C for what it starts in the background.
IN_THE_BACKGROUND = ["sh", "-c", 'trap "" INT; exec "$@"', "sh"]


@pytest.fixture(params=[[], IN_THE_BACKGROUND], ids=["in front", "in the background"])
def running_demo(request, tmp_path):
    ehr, own = free_port(), free_port()
    command = [
        *request.param,
        sys.executable,
        "-m",
        "app",
        "demo",
        f"--ehr-port={ehr}",
        f"--app-port={own}",
    ]
    environment = {
        **os.environ,
        "ONCOFORM_DATABASE_URL": f"sqlite:///{tmp_path / 'app.sqlite'}",
        "PYTHONUNBUFFERED": "1",
    }
    output = (tmp_path / "output").open("w+")
    process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    yield process, f"http://127.0.0.1:{ehr}", (tmp_path / "output").read_text
    if process.poll() is None:
        process.kill()
    process.wait()
    output.close()


@pytest.mark.server
def test_the_demo_runs_both_servers_says_where_and_ends_them(running_demo):
    process, ehr, said = running_demo
    end = monotonic() + 180
    while "to launch the app" not in said():
        assert process.poll() is None, said()
        assert monotonic() < end, said()
        sleep(0.1)
    assert f"{ehr}/" in said()
    launched = requests.get(f"{ehr}/launch?patient=theo-lindgren&user=reader-rita", timeout=90)
    assert "LINDGREN" in launched.text
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(ehr, timeout=5)


@pytest.fixture
def older_demo(tmp_path, monkeypatch):
    """What a demo of 0.1.0 has left: its database, by its address, and its key."""
    address = f"sqlite:///{tmp_path / 'app.sqlite'}"
    monkeypatch.setenv("ONCOFORM_DATABASE_URL", address)
    return address, older.load(address)["key"]


def test_the_demo_goes_on_with_the_database_of_an_older_one(older_demo):
    address, key = older_demo
    demo._upgrade("http://127.0.0.1:8000", key)
    days = {"DRAFT_DAYS": 14, "AUDIT_DAYS": 14}
    open_store({"DATABASE_URL": address, "SECRET_KEYS": key, **days}).close()


def test_the_demo_says_in_words_that_a_newer_one_was_here(older_demo):
    address, key = older_demo
    demo._upgrade("http://127.0.0.1:8000", key)
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(ConfigError, match="newer than the app"):
        demo._upgrade("http://127.0.0.1:8000", key)
