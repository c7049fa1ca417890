"""An EHR that drips while hundreds ask for its pages: others are served as before.

The app is served as in a hospital, in a process of its own; so are the EHRs, and the browsers that
ask for pages of the slow EHR. What is compared are the pages of another EHR: how long each takes
while the slow EHR drips, and how long half of them take while the same browsers ask for the same
pages as often, and the EHR answers at once.
"""

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing, contextmanager

import pytest
import requests

from app.config import ROOT
from app.smart import service
from tests.conftest import settings_in
from tests.fuzz.pressure import process
from tests.live import HOST

pytestmark = [pytest.mark.server, pytest.mark.fuzz]

REQUESTS = 500
# More than have a place or wait for one: some are turned away.
AT_ONCE = service.MOST_READING + service.MOST_WAITING + 4
LAUNCHES = -(-AT_ONCE // service.MOST_OF_LAUNCH)
GONE_AFTER = 2.5  # seconds
# Of all pages: how many more may be late while an EHR drips, since few are late by chance.
TOLERATED = 0.1


class Ehrs:
    """A slow and a fast EHR in a process of their own."""

    def __init__(self, running):
        self._running = running
        ports = running.stdout.readline().split()
        self.slow, self.fast = (f"http://{HOST}:{port}" for port in ports)

    def slow_one(self, act):
        """Make the slow EHR `drip`, or `answer`."""
        self._running.stdin.write(f"{act}\n")
        self._running.stdin.flush()
        assert self._running.stdout.readline() == "done\n"

    def dripping(self):
        """Return how many answers of the slow EHR are under way."""
        return int(requests.get(f"{self.slow}/dripping", timeout=10).text)


@contextmanager
def served(tmp_path, bases):
    """Serve the app on a free port as `oncoform serve` does; its origin."""
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    own = f"http://{HOST}:{port}"
    settings = {**settings_in(tmp_path), "BASE_URL": own, "OPEN_FHIR_SERVERS": " ".join(bases)}
    environment = {f"ONCOFORM_{name}": str(value) for name, value in settings.items()}
    command = [sys.executable, "-m", "app", "serve", "--port", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, **quiet) as app:
        try:
            ends = time.monotonic() + 60
            while not answers(own):
                assert app.poll() is None
                assert time.monotonic() < ends
                time.sleep(0.1)
            yield own
        finally:
            app.send_signal(signal.SIGTERM)
            app.wait(30)


def answers(own):
    try:
        return requests.get(own, timeout=5).ok
    except requests.ConnectionError:
        return False


@pytest.fixture
def house(tmp_path):
    """The app, the EHRs that may launch it, and what closes browsers."""
    with process("ehrs") as running:
        ehrs = Ehrs(running)
        bases = [f"{ehrs.slow}/fhir", f"{ehrs.fast}/fhir"]
        with served(tmp_path, bases) as own, ExitStack() as browsers:
            yield own, ehrs, bases, browsers
            ehrs.slow_one("answer")


def opened(own, base, browsers):
    browser = browsers.enter_context(requests.Session())
    page = browser.get(f"{own}/launch", params={"iss": base, "patient": "p"}, timeout=30)
    assert "/l/" in page.url, page.text[:500]
    return browser, page.url


def seconds_of(browser, address):
    began = time.perf_counter()
    assert browser.get(address, timeout=60).status_code == 200
    return time.perf_counter() - began


def under_pressure(hostile, browser, address, seconds):
    """Return what the hostile browsers were answered, and the seconds of other pages meanwhile.

    The hostile browsers are gone after so many seconds.
    """
    asked = {
        "addresses": [(page, own.cookies.get_dict()) for own, page in hostile],
        "number": REQUESTS,
        "at_once": AT_ONCE,
        "seconds": seconds,
    }
    times, said = [], []
    with process("browsers") as running:
        running.stdin.write(f"{json.dumps(asked)}\n")
        running.stdin.flush()
        assert running.stdout.readline() == "begun\n"
        reader = threading.Thread(target=lambda: said.append(running.stdout.readline()))
        reader.start()
        while reader.is_alive():
            times.append(seconds_of(browser, address))
    return json.loads(said[0]), times


def test_a_slow_ehr_stops_nobody_else(house):
    own, ehrs, (slow_base, fast_base), browsers = house
    hostile = [opened(own, slow_base, browsers) for _ in range(LAUNCHES)]
    browser, address = opened(own, fast_base, browsers)
    answered, quick = under_pressure(hostile, browser, address, 60)
    ehrs.slow_one("drip")
    dripped, slow = under_pressure(hostile, browser, address, GONE_AFTER)
    assert min(len(quick), len(slow)) >= 5
    twice = 2 * statistics.median(quick)
    assert statistics.median(slow) < twice
    # A machine that does other things too makes some pages late, whether or not an EHR drips.
    late_anyway, late = (sum(one > twice for one in times) / len(times) for times in (quick, slow))
    assert late <= late_anyway + TOLERATED, (sorted(quick)[-9:], sorted(slow)[-9:], twice)
    assert {status for status, _ in answered} <= {200, 503}
    assert [503, "30"] in dripped
    assert all(answer in ("gone", [503, "30"]) for answer in dripped)
    # The readers of what still drips have gone, so that nothing reads it any more.
    ends = time.monotonic() + 15
    while ehrs.dripping() and time.monotonic() < ends:
        time.sleep(0.05)
    assert ehrs.dripping() == 0
    ehrs.slow_one("answer")
    for _ in range(service.MOST_READING + 1):
        own_browser, own_address = hostile[0]
        assert own_browser.get(own_address, timeout=30).status_code == 200


def test_a_body_of_200_mb_is_refused_before_it_is_taken_in(house):
    own, *_ = house
    host, port = own.removeprefix("http://").split(":")
    for framing in (b"Content-Length: 200000000", b"Transfer-Encoding: chunked"):
        with closing(socket.create_connection((host, int(port)), timeout=10)) as connection:
            connection.sendall(b"POST /launch HTTP/1.1\r\nHost: a\r\n" + framing + b"\r\n\r\n")
            if b"chunked" in framing:
                # The last is the one too much: what is sent after it would break the connection.
                for size in (*[100_000] * 9, 99_000, 2_000):
                    connection.sendall(b"%x\r\n" % size + b"x" * size + b"\r\n")
            answer = b""
            while piece := connection.recv(65_536):
                answer += piece
        head, _, page = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 413 ")
        assert b"Content-Security-Policy:" in head
        assert b"That is too much at once" in page
        assert page.rstrip().endswith(b"</html>")


def test_uploads_that_never_end_keep_nobody_else_out(house):
    own, *_ = house
    host, port = own.removeprefix("http://").split(":")
    begun = b"POST /launch HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx"
    with ExitStack() as uploads:
        for _ in range(300):
            connection = socket.create_connection((host, int(port)), timeout=10)
            uploads.enter_context(closing(connection)).sendall(begun)
        for _ in range(5):
            assert requests.get(own, timeout=10).status_code == 200
