import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from app.fhir.addresses import AddressRule
from app.smart.oauth.http import Refused, Web

pytestmark = pytest.mark.network


@dataclass(frozen=True)
class NameOnlyRule(AddressRule):
    """Lets every address through by its text, as a name does that resolves to a private one."""

    demo: bool = False

    def allows(self, address: str) -> bool:
        return bool(address)


class Server(ThreadingHTTPServer):
    """Answers as its `answer` says, and counts the requests."""

    daemon_threads = True
    seen = 0

    @staticmethod
    def answer(handler):
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b'{"a": 1}')


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen += 1
        try:
            self.server.answer(self)
        except (BrokenPipeError, ConnectionResetError):
            return

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        server.address = f"http://127.0.0.1:{server.server_port}/"
        yield server
        server.shutdown()
        thread.join()


def test_a_document_is_read(server):
    assert Web(AddressRule(demo=True), 5).get_json(server.address) == {"a": 1}


def test_a_name_that_leads_to_a_private_address_gets_no_request(server):
    with pytest.raises(Refused):
        Web(NameOnlyRule(), 5).get_json(server.address)
    assert server.seen == 0


def test_an_address_that_is_not_allowed_gets_no_request(server):
    with pytest.raises(Refused, match="not allowed"):
        Web(AddressRule(demo=False), 5).get_json(server.address)
    assert server.seen == 0


def test_nobody_at_the_address_is_no_connection(server):
    with pytest.raises(Refused, match="no connection"):
        Web(AddressRule(demo=True), 5).get_json("http://127.0.0.1:1/")


@pytest.mark.parametrize("size", [20_000, 1])
def test_an_answer_that_trickles_is_given_up(server, size):
    def trickle(handler):
        handler.send_response(200)
        handler.end_headers()
        for _ in range(50):
            handler.wfile.write(b" " * size)
            handler.wfile.flush()
            time.sleep(0.1)

    server.answer = trickle
    begun = time.monotonic()
    with pytest.raises(Refused, match="in time"):
        Web(AddressRule(demo=True), 0.5).get_json(server.address)
    assert time.monotonic() - begun < 3


def test_an_answer_that_breaks_off_is_no_connection(server):
    def broken(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b'{"a": 1}')

    server.answer = broken
    with pytest.raises(Refused, match="no connection"):
        Web(AddressRule(demo=True), 5).get_json(server.address)
    with requests.Session() as session:
        Web(AddressRule(demo=True), 5).guard(session)
        with pytest.raises(requests.ConnectionError):
            session.get(server.address)


def test_an_answer_without_end_is_given_up(server):
    def flood(handler):
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b" " * 100_000)

    server.answer = flood
    with pytest.raises(Refused, match="too large"):
        Web(AddressRule(demo=True), 5).get_json(server.address)


def test_a_redirect_is_not_followed(server):
    def redirect(handler):
        handler.send_response(302)
        handler.send_header("Location", "/elsewhere")
        handler.end_headers()

    server.answer = redirect
    with pytest.raises(Refused, match="another address"):
        Web(AddressRule(demo=True), 5).get_json(server.address)
    assert server.seen == 1


def test_no_password_of_the_machine_is_sent(server, tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    sent = {}

    def note(handler):
        sent.update(handler.headers)
        Server.answer(handler)

    server.answer = note
    Web(AddressRule(demo=True), 5).get_json(server.address)
    assert sent
    assert "Authorization" not in sent
