"""The worker as a process of its own, and beside the pages."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from app.cli import main
from app.commands import serve
from app.config import ROOT
from app.store import open_store
from tests.outgoing import BY, OWNER, outgoing
from tests.reuse.outbox.receiving import registry

DAYS = {"DRAFT_DAYS": 14, "AUDIT_DAYS": 14}


@pytest.fixture
def environment(settings, tmp_path, monkeypatch):
    """The environment of a demo with a receiver at an address, or with none."""
    # The process of the tests keeps its own log.
    monkeypatch.setattr(serve.logs, "configure", lambda _level: None)

    def environment(address=None, **more):
        launch_file = json.loads((ROOT / "launch.json").read_text(encoding="utf-8"))
        receiver = {"key": "registry", "name": "Registry", "purpose": "Testing"}
        receiver |= {"product": "mcode-bundle", "address": address}
        launch_file["receivers"] = [{**receiver, "ehrs": ["sandbox"]}] if address else []
        path = tmp_path / "launch.json"
        path.write_text(json.dumps(launch_file))
        given = {**settings, "LAUNCH_FILE": path, "BASE_URL": "http://127.0.0.1:8000", **more}
        for name, value in given.items():
            monkeypatch.setenv(f"ONCOFORM_{name}", str(value))

    return environment


def test_without_receivers_there_is_nothing_to_work_for(environment):
    environment()
    ended = CliRunner().invoke(main, ["work"])
    assert ended.exit_code == 1
    assert "no receivers" in ended.output


def test_a_receiver_of_an_unknown_product_keeps_the_app_from_starting(environment, tmp_path):
    environment("http://127.0.0.1:9")
    path = tmp_path / "launch.json"
    path.write_text(path.read_text().replace("mcode-bundle", "mcode-bundel"))
    ended = CliRunner().invoke(main, ["work"])
    assert "registry: there is no product mcode-bundel; there are" in ended.output


@pytest.mark.parametrize(
    ("address", "more", "works"),
    [
        ("http://127.0.0.1:9", {}, True),
        ("http://127.0.0.1:9", {"WORKER": "no"}, False),
        (None, {}, False),
    ],
)
def test_serving_sends_too_where_there_are_receivers(
    environment, monkeypatch, tmp_path, address, more, works
):
    environment(address, **more)
    served = []

    def look(app, **_how):
        served.append((app, (tmp_path / "app-queue.sqlite").exists()))

    monkeypatch.setattr(serve, "waitress_serve", look)
    assert CliRunner().invoke(main, ["serve"]).exit_code == 0
    ((app, has_queue),) = served
    app.extensions["store"].close()
    assert has_queue is works


@pytest.mark.server
def test_the_worker_sends_what_is_queued_and_ends_in_order(environment, settings):
    with registry() as receiver:
        environment(receiver.address)
        store = open_store({**settings, **DAYS})
        address = f"{receiver.address}/Bundle"
        what = outgoing(product="mcode-bundle", address=address, body=b'{"id": "b-1"}')
        sending = store.outbox.queue(OWNER, what, BY)
        command = [sys.executable, "-m", "app", "work"]
        worker = subprocess.Popen(command, cwd=ROOT, env=os.environ, stderr=subprocess.PIPE)
        end = time.monotonic() + 40
        while not store.outbox.get(OWNER, sending.id).is_final and time.monotonic() < end:
            time.sleep(0.1)
        worker.send_signal(signal.SIGTERM)
        _, log = worker.communicate(timeout=40)
        assert worker.returncode == 0, log
        assert store.outbox.get(OWNER, sending.id).state == "accepted", log
        assert receiver.taken == {"b-1": 1}
        assert not any(word in log for word in (b"elena", b"owen", b"b-1", b"ERROR"))
        store.close()
