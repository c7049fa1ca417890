"""Sends the events of the audit trail to receivers as they happen: syslog, or FHIR AuditEvents.

Nobody waits for a receiver: a thread of its own sends. What a receiver did not take is sent later,
in its order; an event may then come twice, and its number tells.
"""

import json
import logging
import os
import secrets
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Event as Signal
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from app.errors import location_of
from app.fhir.addresses import AddressRule
from app.fhir.credentials import OneToken
from app.fhir.session import FhirSession
from app.smart.trail_fhir import audit_event
from app.store import Recorded, Store

logger = logging.getLogger(__name__)

# Delivers events in their order and yields the number of each that has arrived, or of the last of
# several; raises where one did not.
Deliver = Callable[[Sequence[Recorded]], Iterator[int]]

_BATCH = 50
_SECONDS = 10.0
_LOOK_AGAIN = 30.0  # for events of app servers that have gone
_LONGEST_PAUSE = 300.0
_PORTS = {"tls": 6514, "tcp": 601, "udp": 514}
_INFORMATION, _CRITICAL = 13 * 8 + 6, 13 * 8 + 2  # severities of facility 13, the log audit


def start(settings: Mapping[str, Any], store: Store) -> list["Forwarder"]:
    """Begin to send to the receivers that `settings` (those of app.config) name."""
    receivers: dict[str, Deliver] = {}
    if settings["AUDIT_SYSLOG"]:
        receivers["syslog"] = Syslog(settings["AUDIT_SYSLOG"]).deliver
    if settings["AUDIT_FHIR_URL"]:
        receivers["fhir"] = AuditServer(settings).deliver
    forwarders = [Forwarder(store, name, deliver) for name, deliver in receivers.items()]
    for forwarder in forwarders:
        forwarder.start()
    return forwarders


class Forwarder:
    """Sends to one receiver, from one app server at a time."""

    def __init__(self, store: Store, receiver: str, deliver: Deliver) -> None:
        self.receiver = receiver
        self._store = store
        self._deliver = deliver
        self._holder = secrets.token_urlsafe(16)
        self._signal, self._end = Signal(), Signal()
        self._thread = Thread(target=self._run, name=f"audit-{receiver}", daemon=True)

    def start(self) -> None:
        """Begin to send, now and whenever an event is recorded."""
        self._store.audit.listeners.append(self._signal.set)
        self._thread.start()

    def stop(self) -> None:
        """Return when what is being sent has been sent; there is no more after it."""
        self._end.set()
        self._signal.set()
        self._thread.join()

    def _run(self) -> None:
        """Send until `stop`; after a failure wait longer each time."""
        pause = 0.0
        while not self._end.is_set():
            self._signal.clear()
            try:
                self.send()
            except Exception as error:  # noqa: BLE001 -- whatever it is, it is tried again
                pause = min(2 * pause + 1, _LONGEST_PAUSE)
                logger.warning(
                    "the %s receiver of the audit trail did not take an event: %s at %s; "
                    "tried again in %d seconds",
                    self.receiver,
                    type(error).__name__,
                    location_of(error),
                    pause,
                )
                self._end.wait(pause)
            else:
                if pause:
                    logger.warning("the %s receiver has the whole audit trail again", self.receiver)
                pause = 0.0
                self._signal.wait(_LOOK_AGAIN)

    def send(self) -> None:
        """Send everything that the receiver does not have; raises what keeps it from that."""
        forwarded = self._store.forwarded
        last = forwarded.take(self.receiver, self._holder)
        if last is None:
            return
        try:
            while events := self._store.audit.after(last, _BATCH):
                if events[0].id > last + 1 and last:
                    logger.error("events %d to %d were never sent", last + 1, events[0].id - 1)
                for number in self._deliver(events):
                    last = number
                    forwarded.keep(self.receiver, self._holder, last)
        finally:
            forwarded.keep(self.receiver, self._holder, last, ends=True)


class AuditServer:
    """A FHIR server that takes AuditEvents: a create for each event."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        # The administrator's word, unlike what an EHR names: it may be in the house.
        rule = AddressRule(demo=settings["DEMO"], own_network=True)
        tokens = OneToken(settings["AUDIT_FHIR_TOKEN"] or None)
        session = FhirSession(settings["AUDIT_FHIR_URL"], tokens, rule=rule)
        self._session = session.within(_SECONDS)

    def deliver(self, events: Sequence[Recorded]) -> Iterator[int]:
        """Yield the number of each event that the server has taken; raises FhirError."""
        for recorded in events:
            self._session.create(audit_event(recorded))
            yield recorded.id


class Syslog:
    """A receiver of syslog messages (RFC 5424): over TLS (RFC 5425), TCP (RFC 6587) or UDP."""

    def __init__(self, address: str) -> None:
        """`address` is such as tls://logs.example.org:6514."""
        parts = urlsplit(address)
        self._way = parts.scheme
        self._host = parts.hostname or ""
        self._place = (self._host, parts.port or _PORTS[self._way])

    def deliver(self, events: Sequence[Recorded]) -> Iterator[int]:
        """Yield the number of each event that was sent; raises OSError.

        UDP says of nothing whether it arrived. Otherwise all go over one connection, and count when
        the receiver has read it to its end.
        """
        messages = [syslog_message(recorded) for recorded in events]
        if self._way == "udp":
            family, type_, _, _, place = socket.getaddrinfo(*self._place, type=socket.SOCK_DGRAM)[0]
            with socket.socket(family, type_) as sender:
                for recorded, message in zip(events, messages, strict=True):
                    sender.sendto(message, place)
                    yield recorded.id
            return
        with self._connected() as connection:
            for message in messages:
                connection.sendall(f"{len(message)} ".encode() + message)
            _close_in_order(connection)
        yield events[-1].id

    def _connected(self) -> socket.socket:
        connection = socket.create_connection(self._place, timeout=_SECONDS)
        if self._way == "tcp":
            return connection
        context = ssl.create_default_context(cafile=os.environ.get("REQUESTS_CA_BUNDLE"))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            return context.wrap_socket(connection, server_hostname=self._host)
        except OSError:
            connection.close()
            raise


def _close_in_order(connection: socket.socket) -> None:
    """Say that there is no more, and wait until the receiver closes too; raises OSError.

    One that is gone has not read what it was sent: its system answers with a reset.
    """
    try:
        if isinstance(connection, ssl.SSLSocket):
            connection = connection.unwrap()
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)
    except (TimeoutError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
        # Some keep the connection open, others close it without a word of TLS.
        return


def syslog_message(recorded: Recorded) -> bytes:
    """Return an event as RFC 5424 has it; the message is the event as JSON, in ASCII."""
    priority = _CRITICAL if recorded.changed else _INFORMATION
    moment = recorded.at.isoformat(timespec="milliseconds")
    host, kind = _word(socket.gethostname(), 255), _word(recorded.event.type, 32)
    head = f"<{priority}>1 {moment} {host} oncoform - {kind} -"
    return f"{head} {json.dumps(recorded.as_json())}".encode()


def _word(text: str, most: int) -> str:
    """Return a text as the head of a message takes it."""
    return "".join(letter for letter in text if "!" <= letter <= "~")[:most] or "-"
