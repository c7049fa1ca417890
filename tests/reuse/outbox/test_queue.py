"""The worker: sends what is due, once, whatever becomes of the queue beside it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import responses
from sqlalchemy import text

from app.reuse.outbox import queue
from app.reuse.outbox.queue import Queue, _Messages
from tests.outgoing import OWNER
from tests.reuse.outbox import posting
from tests.reuse.outbox.posting import send

HOST = "https://{}.example"


@pytest.fixture
def http():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        yield http


@pytest.fixture
def start(database_url, open_store):
    """Start the worker of one more process, or its app server only."""
    started, opened = [], []

    def start(keys=("registry",), works=True, **options):
        post = posting.open_post(
            database_url, open_store(), {key: HOST.format(key) for key in keys}
        )
        opened.append(post)
        if works:
            posting.start_worker(post, **options)
            started.append(post)
        return post

    yield start
    for post in started:
        post.queue.stop()
    for post in opened:
        post.queue.close()


def wait_for(post, sending, *states, seconds=20):
    """Return the sending when it is in one of these states."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = post.store.outbox.get(OWNER, sending.id)
        if found.state in states:
            return found
        time.sleep(0.02)
    raise AssertionError(found)


def test_what_is_confirmed_is_sent_at_once(http, start):
    http.post("https://registry.example/Bundle", status=201)
    post = start()
    found = wait_for(post, send(post), "accepted")
    assert (found.attempts, len(http.calls)) == (1, 1)


def test_another_process_sends_what_an_app_server_has_queued(http, start):
    http.post("https://registry.example/Bundle", status=201)
    server, _worker = start(works=False), start()
    assert wait_for(server, send(server), "accepted").attempts == 1


def test_what_was_not_taken_is_sent_again(http, start):
    for status in (503, 500, 201):
        http.post("https://registry.example/Bundle", status=status)
    post = start()
    found = wait_for(post, send(post), "accepted")
    assert (found.attempts, found.may_have_arrived) == (3, False)


def test_what_the_queue_has_lost_is_found_in_the_outbox(http, start, monkeypatch):
    http.post("https://registry.example/Bundle", status=201)
    server = start(works=False)
    monkeypatch.setattr(Queue, "nudge", lambda *_: None)
    sending = send(server)
    monkeypatch.undo()
    assert wait_for(start(), sending, "accepted").attempts == 1


def test_a_queue_that_cannot_be_reached_loses_nothing(http, start, caplog, monkeypatch):
    http.post("https://registry.example/Bundle", status=201)
    server = start(works=False)

    def fails(**_options):
        raise OSError

    monkeypatch.setattr(server.queue._huey, "task", fails)
    sending = send(server)
    assert "no worker was woken: OSError" in caplog.text
    assert wait_for(start(), sending, "accepted")


def test_a_worker_that_is_gone_is_followed_by_another(http, start):
    http.post("https://registry.example/Bundle", status=201)
    server = start(works=False)
    sending = send(server)
    server.store.outbox.claim(sending.id, timedelta(0))
    found = wait_for(start(look_again=1), sending, "accepted")
    assert found.attempts == 2


def test_a_slow_receiver_leaves_threads_to_the_others(http, start):
    goes_on, arrived = threading.Event(), []

    def slow(request):
        arrived.append(request)
        goes_on.wait(20)
        return 201, {}, ""

    http.add_callback("POST", "https://slow.example/Bundle", slow)
    http.post("https://registry.example/Bundle", status=201)
    post = start(keys=("slow", "registry"))
    waiting = [send(post, f"s-{number}", "slow") for number in range(queue.THREADS + 1)]
    try:
        assert wait_for(post, send(post), "accepted")
        assert len(arrived) == queue.THREADS // 2
    finally:
        goes_on.set()
    # What woke nobody, since enough were sending, is sent by those.
    for sending in waiting:
        assert wait_for(post, sending, "accepted").attempts == 1


def test_many_are_sent_each_once_by_two_workers(http, start):
    http.post("https://registry.example/Bundle", status=201)
    server = start(works=False)
    sendings = [send(server, f"b-{number}") for number in range(queue._MOST_AT_A_TIME * 2 + 5)]
    start(), start()
    assert {wait_for(server, one, "accepted").attempts for one in sendings} == {1}
    assert len(http.calls) == len(sendings)


def test_one_that_was_changed_in_the_database_holds_nobody_up(http, start):
    http.post("https://registry.example/Bundle", status=201)
    server = start(works=False)
    changed = send(server, "changed")
    with server.store._database.writing() as session:
        session.execute(text("UPDATE sendings SET product = 'other'"))
    good = send(server, "good")
    assert wait_for(start(), good, "accepted")
    assert len(http.calls) == 1
    assert list(server.store.verify()), changed


def test_threads_that_end_let_go_of_the_queue_one_after_the_other(start, monkeypatch):
    server, inside, most = start(works=False), [], []
    close = server.queue._huey.storage.close

    def watched():
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.02)
        inside.pop()
        return close()

    monkeypatch.setattr(server.queue._huey.storage, "close", watched)
    with ThreadPoolExecutor(queue.THREADS) as threads:
        for _ in range(queue.THREADS):
            threads.submit(server.queue.close)
    assert most == [1] * queue.THREADS


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_queue_s_own_file_is_private_and_names_nobody(start, tmp_path):
    send(start(works=False))
    (file,) = tmp_path.glob("store-queue.sqlite")
    assert file.stat().st_mode & 0o077 == 0
    held = b"".join(one.read_bytes() for one in tmp_path.glob("store-queue*"))
    assert b"registry" in held
    for secret in (b"elena", b"owen", b"b-1"):
        assert secret not in held


def test_messages_are_data_and_no_code():
    with pytest.raises(ValueError, match="codec"):
        _Messages().deserialize(b"\x80\x04cos\nsystem\n.")
