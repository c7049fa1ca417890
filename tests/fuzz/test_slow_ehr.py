"""An EHR that drips while hundreds ask for its pages: others are served as before."""

import json
import socket
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest
import requests
from waitress.server import create_server

from app import create_app
from app.commands.serve import answer_too_large_requests, options
from app.smart import service
from tests.conftest import settings_in
from tests.live import HOST, free_server

pytestmark = [pytest.mark.server, pytest.mark.fuzz]

REQUESTS = 500
AT_ONCE = 16
# Both EHRs, all browsers and the app are one process here, on a machine that may be busy: what is
# measured is whether a page waits for the slow EHR, which drips for a minute.
LEAST_SECONDS = 10.0


class OpenEhr:
    """A FHIR server that nobody signs in to; when it `drips`, its answers do not end."""

    def __init__(self):
        self.drips = False
        self.over = threading.Event()
        self.dripping = 0

    def __call__(self, environ, start_response):
        start_response("200 OK", [("Content-Type", "application/fhir+json")])
        if self.drips:
            return self.drip()
        path = environ["PATH_INFO"]
        patient = {"resourceType": "Patient", "id": "p", "name": [{"family": "Martinez"}]}
        answer = patient if path == "/fhir/Patient/p" else {"resourceType": "Bundle"}
        return [json.dumps(answer).encode()]

    def drip(self):
        self.dripping += 1
        try:
            while not self.over.wait(0.05):
                yield b" "
        finally:
            self.dripping -= 1


@pytest.fixture
def house(tmp_path):
    """The app as it is served, with an EHR that can drip and one that does not."""
    slow, fast = OpenEhr(), OpenEhr()
    with free_server() as (slow_port, serve_slow), free_server() as (fast_port, serve_fast):
        serve_slow(slow)
        serve_fast(fast)
        bases = [f"http://{HOST}:{port}/fhir" for port in (slow_port, fast_port)]
        with socket.create_server((HOST, 0)) as listening:
            own = f"http://{HOST}:{listening.getsockname()[1]}"
            settings = {**settings_in(tmp_path), "BASE_URL": own}
            app = create_app({**settings, "OPEN_FHIR_SERVERS": " ".join(bases)})
            answer_too_large_requests(app)
            server = create_server(app, sockets=[listening], **options(app))
            thread = threading.Thread(target=server.run)
            thread.start()
            with ExitStack() as browsers:
                yield own, slow, bases, browsers
                slow.over.set()
            # The connections of browsers that have closed are closed by the server's own loop.
            ends = time.monotonic() + 10
            while server.active_channels and time.monotonic() < ends:
                time.sleep(0.05)
            server.task_dispatcher.shutdown()
            server.close()
            thread.join(10)
            app.extensions["store"].close()


def opened(own, base, browsers):
    browser = browsers.enter_context(requests.Session())
    page = browser.get(f"{own}/launch", params={"iss": base, "patient": "p"}, timeout=30)
    assert "/l/" in page.url, page.text[:500]
    return browser, page.url


def seconds_of(browser, address):
    began = time.perf_counter()
    assert browser.get(address, timeout=60).status_code == 200
    return time.perf_counter() - began


def test_a_slow_ehr_stops_nobody_else(house):
    own, slow, (slow_base, fast_base), browsers = house
    hostile = [opened(own, slow_base, browsers) for _ in range(4)]
    browser, address = opened(own, fast_base, browsers)
    usual = statistics.median(seconds_of(browser, address) for _ in range(9))
    slow.drips = True
    statuses = []

    def ask(number):
        own_browser, own_address = hostile[number % len(hostile)]
        cookies = own_browser.cookies
        try:
            answer = requests.get(own_address, cookies=cookies, timeout=2.5)
            statuses.append((answer.status_code, answer.headers.get("Retry-After")))
        except requests.Timeout:
            statuses.append("gone")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = [pool.submit(ask, number) for number in range(REQUESTS)]
        times = []
        while not all(one.done() for one in asked):
            times.append(seconds_of(browser, address))
            time.sleep(0.05)
    assert len(times) > 5
    assert max(times) < max(2 * usual, LEAST_SECONDS), (usual, max(times))
    assert (503, "30") in statuses
    assert set(statuses) <= {(503, "30"), "gone"}
    # The readers of what still drips have gone, so that nothing reads it any more.
    ends = time.monotonic() + 5
    while slow.dripping and time.monotonic() < ends:
        time.sleep(0.05)
    assert slow.dripping == 0
    slow.drips = False
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
