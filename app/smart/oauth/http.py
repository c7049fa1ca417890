"""Requests to an EHR's authorization side: bounded in time and size, never sent elsewhere."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from app.fhir.addresses import AddressRule

MAX_BYTES = 1_000_000
CONNECT_SECONDS = 5.0
_CHUNK = 16_384


class Refused(requests.RequestException):
    """The app broke the exchange off; the message says why and names nothing that was sent."""


class Web:
    """Makes guarded requests; one per app, for all its threads."""

    def __init__(self, rule: AddressRule, timeout: float) -> None:
        """`timeout` is in seconds, for one whole answer."""
        self.rule = rule
        self.timeout = timeout

    def guard(self, session: requests.Session) -> None:
        """Let every request of `session` go through the guard."""
        adapter = _GuardedAdapter(self.rule, self.timeout)
        session.mount("https://", adapter)
        session.mount("http://", adapter)

    def get_json(self, address: str) -> dict[str, Any]:
        """Return the JSON object at `address`; raises Refused."""
        with requests.Session() as session:
            self.guard(session)
            try:
                response = session.get(
                    address, headers={"Accept": "application/json"}, auth=_no_credentials
                )
            except Refused:
                raise
            except requests.Timeout:
                raise Refused("no answer in time") from None
            except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError):
                raise Refused("no connection") from None
        if response.status_code != requests.codes.ok:
            raise Refused(f"HTTP status {response.status_code}")
        try:
            content = json.loads(response.content)
        except (ValueError, RecursionError):
            raise Refused("the answer is not JSON") from None
        if not isinstance(content, dict):
            raise Refused("the answer is not a JSON object")
        return content


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Stand in for the password file of the machine, which requests would ask otherwise."""
    return request


class _GuardedAdapter(HTTPAdapter):
    """Refuses forbidden addresses, private peers, redirects, and answers too long or too slow."""

    def __init__(self, rule: AddressRule, timeout: float) -> None:
        self._rule = rule
        self._timeout = timeout
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools whose connections look at whom they reached.

        A proxy of the hospital, where one is set, makes its own connections and looks itself.
        """
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._rule)

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]  # requests passes all options by name
        """Send, and read the whole answer within the bounds."""
        if not self._rule.allows(request.url or ""):
            raise Refused("the address is not allowed")
        deadline = time.monotonic() + self._timeout
        timeout = (min(CONNECT_SECONDS, self._timeout), self._timeout)
        response = super().send(request, **{**options, "stream": True, "timeout": timeout})
        with response:
            if response.is_redirect:
                raise Refused("the answer leads to another address")
            try:
                content = _content(response, deadline)
            except urllib3.exceptions.HTTPError as error:
                raise requests.ConnectionError("the answer broke off") from error
        response._content = content  # noqa: SLF001  # the one way to hand on what was read
        return response


def _content(response: requests.Response, deadline: float) -> bytes:
    content = bytearray()
    # What has arrived, however little: a server could make a whole chunk last for hours.
    while chunk := response.raw.read1(_CHUNK, decode_content=True):
        content += chunk
        if len(content) > MAX_BYTES:
            raise Refused("the answer is too large")
        if time.monotonic() > deadline:
            raise requests.ReadTimeout("the answer took too long")
    return bytes(content)


def _pools(rule: AddressRule) -> dict[str, type[HTTPConnectionPool]]:
    """Return pools whose connections are given up where `rule` forbids the peer.

    The peer is looked at, not the name: a name may resolve differently from one moment to the next.
    """

    def checked(connection: HTTPConnection, peer: socket.socket) -> socket.socket:
        if rule.allows_peer(peer.getpeername()[0]):
            return peer
        peer.close()
        raise urllib3.exceptions.NewConnectionError(connection, "the address is a private one")

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return checked(self, super()._new_conn())

    class Encrypted(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return checked(self, super()._new_conn())

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class EncryptedPool(HTTPSConnectionPool):
        ConnectionCls = Encrypted

    return {"http": PlainPool, "https": EncryptedPool}
