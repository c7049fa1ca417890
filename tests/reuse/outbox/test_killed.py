"""The app or a worker dies at each point of a sending: it arrives once, and its state is true."""

import json
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from app.config import ROOT
from app.store import EventFilter
from tests.outgoing import OWNER
from tests.reuse.outbox import posting
from tests.reuse.outbox.killed import APP, WORKER
from tests.reuse.outbox.receiving import registry

pytestmark = pytest.mark.server

# How often it is attempted in all: an attempt that was begun counts.
AGAIN = {"before it is sent", "before its answer is read", "before its answer is kept"} | {
    "while its answer is kept"
}
ARRIVED = AGAIN - {"before it is sent"} | {"after its answer is kept"}


@pytest.fixture
def receiver():
    with registry() as receiver:
        yield receiver


@pytest.fixture
def post(database_url, open_store, receiver):
    post = posting.open_post(database_url, open_store(), {"registry": receiver.address})
    yield post
    post.queue.close()


@pytest.fixture
def kill(database_url, key, receiver):
    """Run an app or a worker that dies at a point."""

    def kill(point):
        arguments = json.dumps([database_url, key, receiver.address, point])
        command = [sys.executable, "-m", "tests.reuse.outbox.killed", arguments]
        ended = subprocess.run(command, cwd=ROOT, timeout=50, check=False)
        assert ended.returncode == -signal.SIGKILL

    return kill


@pytest.fixture
def work(post):
    """Run a worker until everything has its fate."""
    started = []

    def work():
        lease = timedelta(seconds=60)
        posting.start_worker(post, interpret=posting.once, demo=True, lease=lease, look_again=1)
        started.append(post)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if all(one.is_final for one in post.store.outbox.of_owner(OWNER)):
                return
            time.sleep(0.05)
        raise AssertionError(post.store.outbox.of_owner(OWNER))

    yield work
    if started:
        post.queue.stop()


def told(post, event_type):
    found = post.store.audit.find(EventFilter(type=event_type))
    return [one.event for one in found]


@pytest.mark.parametrize("point", APP)
def test_an_app_server_that_dies_has_queued_all_of_it_or_nothing(post, kill, work, receiver, point):
    kill(point)
    is_queued = point != "while it is queued"
    assert len(post.store.outbox.of_owner(OWNER)) == len(told(post, "sending-queued")) == is_queued
    # The person did not see that it was confirmed, and confirms it once more.
    sending = posting.send(post)
    work()
    found = post.store.outbox.get(OWNER, sending.id)
    assert (found.state, found.attempts) == ("accepted", 1)
    assert receiver.taken == {"b-1": 1}


@pytest.mark.parametrize("point", WORKER)
def test_what_a_dead_worker_had_is_sent_by_another(post, kill, work, receiver, point):
    sending = posting.send(post)
    kill(point)
    left = post.store.outbox.get(OWNER, sending.id)
    expected = "sending" if point in AGAIN else "queued"
    assert left.state == ("accepted" if point == "after its answer is kept" else expected)
    assert receiver.taken == ({"b-1": 1} if point in ARRIVED else {})
    work()
    found = post.store.outbox.get(OWNER, sending.id)
    assert (found.state, found.attempts) == ("accepted", 2 if point in AGAIN else 1)
    assert receiver.taken == {"b-1": 1}
    assert len(told(post, "sending-attempted")) == found.attempts
    assert [event.details["state"] for event in told(post, "sending-answered")] == ["accepted"]
    was_there = point in ARRIVED and point in AGAIN
    assert (found.answer.words == "It was there already.") == was_there
    assert list(post.store.verify()) == []
