"""Connections to an EHR, which has only so many of them to give."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.fhir.addresses import AddressRule
from app.fhir.session import FhirSession, Query

pytestmark = pytest.mark.network


class Token:
    def current(self):
        return "token"

    def renew(self, spent):
        return None


@pytest.fixture
def server():
    """A FHIR server that keeps connections, and counts those that are open."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self):
            super().setup()
            self.server.opened.append(self.client_address)
            self.server.open.add(self.client_address)

        def finish(self):
            super().finish()
            self.server.open.discard(self.client_address)

        def do_GET(self):
            body = b'{"resourceType": "Bundle", "type": "searchset"}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *said):
            pass

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.open, made.opened = set(), []
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def test_a_session_uses_its_connections_again_and_lets_go_of_all(server):
    base = f"http://127.0.0.1:{server.server_port}/fhir"
    session = FhirSession(base, Token(), rule=AddressRule(demo=True))
    queries = [Query("Observation", (("code", str(number)),), "findings") for number in range(12)]
    for _ in range(3):
        assert all(answer.error is None for answer in session.search_all(queries))
    session.within(5).search(queries[0])
    assert 1 < len(server.opened) <= 7
    assert len(server.open) == len(server.opened)
    session.close()
    end = time.monotonic() + 5
    while server.open and time.monotonic() < end:
        time.sleep(0.02)
    assert not server.open


def test_a_closed_session_still_answers_whoever_is_late(server):
    base = f"http://127.0.0.1:{server.server_port}/fhir"
    session = FhirSession(base, Token(), rule=AddressRule(demo=True))
    session.close()
    assert session.search(Query("Observation", (), "findings")).error is None
    session.close()
