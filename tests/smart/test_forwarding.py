"""The audit trail on its way to receivers, while nobody waits for them."""

import json
import re
import socket
import ssl
import struct
import subprocess
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import responses
from sqlalchemy import text

from app.fhir.check import check_structure
from app.fhir.errors import FhirError
from app.smart import forwarding
from app.smart.forwarding import AuditServer, Forwarder, Syslog, syslog_message
from app.store import Event, EventFilter, Recorded, Store

pytestmark = pytest.mark.network


class Receiver:
    """Takes what comes over TCP or TLS, in frames that count their octets."""

    def __init__(self, context=None):
        self.messages = []
        self._context = context
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._server.accept()
                if self._context:
                    connection = self._context.wrap_socket(connection, server_side=True)
                with connection:
                    self._read(connection.makefile("rb"))
            except ssl.SSLError:
                continue
            except OSError:
                return

    def _read(self, stream):
        while length := b"".join(iter(lambda: stream.read(1).strip(), b"")):
            self.messages.append(stream.read(int(length)).decode())

    def close(self):
        self._server.close()


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


def add(store: Store, number: int = 1) -> None:
    for _ in range(number):
        store.audit.add(Event("read", "ehr", "https://ehr.example/fhir", patient="elena"))


def ids(messages):
    return [json.loads(message[message.index("{") :])["id"] for message in messages]


@pytest.fixture
def store(open_store):
    return open_store()


def until(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_events_come_over_tcp_in_their_order_and_once(store, receiver):
    deliver = Syslog(f"tcp://127.0.0.1:{receiver.port}").deliver
    add(store, 3)
    Forwarder(store, "syslog", deliver).send()
    add(store)
    Forwarder(store, "syslog", deliver).send()
    assert ids(receiver.messages) == [1, 2, 3, 4]
    assert store.forwarded.numbers() == {"syslog": 4}
    assert list(store.verify()) == []


def test_a_row_that_was_made_up_behind_the_end_keeps_no_event_from_the_receiver(store, receiver):
    deliver = Syslog(f"tcp://127.0.0.1:{receiver.port}").deliver
    add(store, 2)
    with store._database.writing() as session:
        columns = '"user", patient, data, seal, chain FROM audit WHERE id = 1'
        made_up = f"INSERT INTO audit SELECT 1000000, at, kind, ehr, {columns}"
        session.execute(text(made_up))
    Forwarder(store, "syslog", deliver).send()
    add(store)
    Forwarder(store, "syslog", deliver).send()
    assert ids(receiver.messages) == [1, 2, 3]


def test_no_changed_row_writes_into_the_head_of_a_message(store):
    event = Event("x - {}\n<14>1 \ufffd", "ehr")  # type: ignore[arg-type]
    message = syslog_message(Recorded(1, datetime.now(UTC), event, changed=True))
    assert re.match(rb"<106>1 [!-~]+ [!-~]+ oncoform - [!-~]+ - \{", message)
    assert b"\n" not in message


def test_a_message_is_as_rfc_5424_has_it(store):
    add(store)
    [recorded] = store.audit.find(EventFilter())
    message = syslog_message(recorded).decode("ascii")
    pattern = (
        r"<110>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 [!-~]+ oncoform - read - (\{.*\})"
    )
    event = json.loads(re.fullmatch(pattern, message)[1])
    assert event == recorded.as_json()
    assert syslog_message(replace(recorded, changed=True)).startswith(b"<106>1 ")


def test_events_come_over_udp(store):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taking:
        taking.bind(("127.0.0.1", 0))
        taking.settimeout(10)
        add(store, 2)
        Forwarder(
            store, "syslog", Syslog(f"udp://127.0.0.1:{taking.getsockname()[1]}").deliver
        ).send()
        assert ids(taking.recv(10_000).decode() for _ in range(2)) == [1, 2]


@pytest.fixture
def tls(tmp_path, monkeypatch):
    """A receiver whose certificate the environment's authorities know."""
    certificate, secret = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(secret), "-out", str(certificate)]
    subprocess.run([*made, *names, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, secret)
    receiver = Receiver(context)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    yield receiver
    receiver.close()


def test_events_come_over_tls_to_whom_the_certificate_names(store, tls, monkeypatch):
    add(store, 2)
    sender = Forwarder(store, "syslog", Syslog(f"tls://localhost:{tls.port}").deliver)
    sender.send()
    assert ids(tls.messages) == [1, 2]
    add(store)
    with pytest.raises(ssl.SSLError):
        Forwarder(store, "syslog", Syslog(f"tls://127.0.0.1:{tls.port}").deliver).send()
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(ssl.SSLError):
        sender.send()
    assert store.forwarded.numbers() == {"syslog": 2}


def test_what_a_receiver_did_not_take_is_sent_later_and_nobody_waits(store, caplog, monkeypatch):
    down, taken = threading.Event(), []
    down.set()

    def deliver(events):
        for recorded in events:
            if down.is_set():
                raise ConnectionRefusedError
            taken.append(recorded.id)
            yield recorded.id

    forwarder = Forwarder(store, "syslog", deliver)
    monkeypatch.setattr(forwarding, "_LONGEST_PAUSE", 0.05)
    forwarder.start()
    add(store, 3)
    until(lambda: "did not take an event: ConnectionRefusedError" in caplog.text)
    assert taken == []
    assert store.forwarded.numbers() == {"syslog": 0}
    down.clear()
    until(lambda: taken == [1, 2, 3])
    until(lambda: "has the whole audit trail again" in caplog.text)
    add(store)
    until(lambda: taken == [1, 2, 3, 4])
    forwarder.stop()
    add(store)
    assert taken == [1, 2, 3, 4]


def test_a_receiver_that_is_gone_has_not_what_it_did_not_read(store):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    add(store)
    with pytest.raises(ConnectionRefusedError):
        Forwarder(store, "syslog", Syslog(f"tcp://127.0.0.1:{port}").deliver).send()
    assert store.forwarded.numbers() == {"syslog": 0}


def test_one_that_resets_the_connection_is_sent_to_again(store, receiver, monkeypatch):
    def reset(self, stream):
        stream.read(1)
        raw = stream.raw._sock
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    add(store, 2)
    sender = Forwarder(store, "syslog", Syslog(f"tcp://127.0.0.1:{receiver.port}").deliver)
    with monkeypatch.context() as patched:
        patched.setattr(Receiver, "_read", reset)
        with pytest.raises(OSError):
            sender.send()
    assert store.forwarded.numbers() == {"syslog": 0}
    sender.send()
    assert ids(receiver.messages) == [1, 2]


def test_one_app_server_sends_at_a_time(open_store):
    one, other = open_store(), open_store()
    add(one, 2)
    taken = []

    def deliver(events):
        taken.extend(recorded.id for recorded in events)
        Forwarder(other, "syslog", deliver).send()
        yield events[-1].id

    Forwarder(one, "syslog", deliver).send()
    Forwarder(other, "syslog", deliver).send()
    assert taken == [1, 2]


@responses.activate
def test_events_come_to_a_fhir_server_as_auditevents(store):
    base = "https://audit.example.org/fhir"
    settings = {"DEMO": False, "AUDIT_FHIR_URL": base, "AUDIT_FHIR_TOKEN": "secret"}
    responses.post(f"{base}/AuditEvent", status=201, json={"resourceType": "AuditEvent"})
    responses.post(f"{base}/AuditEvent", status=503)
    add(store, 2)
    sender = Forwarder(store, "fhir", AuditServer(settings).deliver)
    with pytest.raises(FhirError):
        sender.send()
    assert store.forwarded.numbers() == {"fhir": 1}
    responses.post(f"{base}/AuditEvent", status=201, json={"resourceType": "AuditEvent"})
    sender.send()
    assert store.forwarded.numbers() == {"fhir": 2}
    sent = [json.loads(call.request.body) for call in responses.calls]
    assert [resource["entity"][0]["what"]["reference"] for resource in sent] == [
        "https://ehr.example/fhir/Patient/elena"
    ] * len(sent)
    assert [check_structure(resource) for resource in sent] == [[]] * len(sent)
    assert {call.request.headers["Authorization"] for call in responses.calls} == {"Bearer secret"}


def test_the_settings_name_the_receivers(store, receiver):
    address = f"tcp://127.0.0.1:{receiver.port}"
    settings = {"AUDIT_SYSLOG": address, "AUDIT_FHIR_URL": "", "AUDIT_FHIR_TOKEN": ""}
    [forwarder] = forwarding.start(settings, store)
    add(store, 2)
    until(lambda: ids(receiver.messages) == [1, 2])
    add(store)
    until(lambda: store.forwarded.numbers() == {"syslog": 3})
    forwarder.stop()
    assert forwarding.start({**settings, "AUDIT_SYSLOG": ""}, store) == []
