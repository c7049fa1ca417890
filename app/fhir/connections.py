"""Connections that check the peer's address, and that end with their exchange.

urllib3 bounds each wait for bytes. A server that sends one now and then is bounded by nothing but
the `Exchange` here, which every wait asks how long it may still be: for a connection, for TLS, for
room to send, for a header, for a body.
"""

import http.client
import io
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, cast

from requests import RequestException
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import allowed_gai_family

from app.fhir.addresses import AddressRule

MAX_HEADER_BYTES = 65_536
_PIECE = 16_384  # no more than TLS sends at once, so that no wait hides in a second record


class Refused(RequestException):
    """The app broke the exchange off; the message says why and names nothing that was sent."""


class NotReached(Refused):
    """No connection stood, or none may: nothing was sent."""


class GivenUp(Refused):
    """Nobody waits for the answer any more."""


class TooLarge(Refused):
    """The answer is larger than the app reads."""


class Exchange:
    """One request and its answer, with the time and size left to it; belongs to one thread.

    `sent` tells whether the request may have left, None while nobody was asked to connect.
    `refusal` is why the app broke off: what is raised inside urllib3 comes out as another error.
    """

    def __init__(
        self,
        rule: AddressRule,
        *,
        seconds: float,
        silence: float,
        max_bytes: int,
        is_given_up: Callable[[], bool],
    ) -> None:
        """`silence` is how long one wait may be, in seconds; `max_bytes` how much may arrive.

        `is_given_up` tells whether nobody waits for the answer any more.
        """
        self._is_given_up = is_given_up
        self.rule = rule
        self.max_bytes = max_bytes
        self.sent: bool | None = None
        self.refusal: Refused | None = None
        self._silence = silence
        self._ends = time.monotonic() + seconds

    def wait(self, most: float | None = None) -> float:
        """Return how many seconds the next wait may take; raises TimeoutError when none is left."""
        if self._is_given_up():
            self.refuse(GivenUp("nobody waits for the answer any more"))
            raise TimeoutError("the exchange was given up")
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time of the exchange is over")
        return min(left, self._silence if most is None else most)

    def refuse(self, refusal: Refused) -> None:
        """Note why the app breaks off."""
        self.refusal = refusal

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Bound what this thread's connections do meanwhile."""
        before = _EXCHANGE.set(self)
        try:
            yield
        finally:
            _EXCHANGE.reset(before)


# The one way to a connection that urllib3 makes, or takes from its pool, in the midst of a request.
_EXCHANGE: ContextVar[Exchange] = ContextVar("exchange")


class _Arrivals(io.RawIOBase):
    """What arrives over a connection, within the bounds of the exchange."""

    def __init__(self, connection: socket.socket, exchange: Exchange) -> None:
        self._connection = connection
        self._exchange = exchange
        self._raw = connection.makefile("rb", buffering=0)
        self.allowed = MAX_HEADER_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self.allowed <= 0:
            self._exchange.refuse(TooLarge("the answer is too large"))
            raise OSError("more arrives than is read")
        self._connection.settimeout(self._exchange.wait())
        number = self._raw.readinto(buffer)
        self.allowed -= number or 0
        return number

    def close(self) -> None:
        self._raw.close()
        super().close()


class _AsFile:
    """Stands in for a socket where http.client opens it as a file."""

    def __init__(self, arrivals: _Arrivals) -> None:
        self._arrivals = arrivals

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._arrivals)


class _Response(http.client.HTTPResponse):
    """An answer that arrives within bounds: first the header, then the body."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        self._exchange = _EXCHANGE.get()
        self._arrivals = _Arrivals(sock, self._exchange)
        super().__init__(cast("socket.socket", _AsFile(self._arrivals)), *args, **options)

    def begin(self) -> None:
        super().begin()
        # Chunks bring lines of their own, which are no part of the content.
        self._arrivals.allowed = 2 * self._exchange.max_bytes + MAX_HEADER_BYTES


class _Bounded(HTTPConnection):
    """A connection to where the exchange's rule allows, for as long as the exchange lasts."""

    response_class = _Response

    def _new_conn(self) -> socket.socket:
        exchange = _EXCHANGE.get()
        try:
            found = socket.getaddrinfo(
                self._dns_host, self.port, allowed_gai_family(), socket.SOCK_STREAM
            )
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except (UnicodeError, OSError) as error:
            raise NewConnectionError(self, "the name cannot be looked up") from error
        # A proxy of the hospital may have any address; it makes its own connections.
        # The rule checks the address, not the name, which may resolve differently a moment later.
        allowed = [
            peer for peer in found if self.proxy or exchange.rule.allows_peer(str(peer[4][0]))
        ]
        if not allowed:
            exchange.refuse(NotReached("the address is a private one"))
            raise NewConnectionError(self, "the address is a private one")
        return self._first(allowed, exchange)

    def _first(self, peers: list[Any], exchange: Exchange) -> socket.socket:
        """Return a connection to the first peer that answers, all within the time for one."""
        ends = time.monotonic() + (self.timeout or 0)
        failure: OSError | None = None
        for peer in peers:
            try:
                return self._reach(peer, exchange, ends)
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, "nobody answers") from failure
        raise NewConnectionError(self, "nobody answers") from failure

    def _reach(self, peer: Any, exchange: Exchange, ends: float) -> socket.socket:
        def left() -> float:
            return exchange.wait(max(ends - time.monotonic(), 0.001))

        family, kind, protocol, _, address = peer
        connection = socket.socket(family, kind, protocol)
        try:
            for option in self.socket_options or ():
                connection.setsockopt(*option)
            connection.settimeout(left())
            connection.connect(address)
            connection.settimeout(left())  # TLS comes next, whose greeting is one wait
        except OSError:
            connection.close()
            raise
        return connection

    def connect(self) -> None:
        exchange = _EXCHANGE.get()
        exchange.sent = exchange.sent or False
        super().connect()

    def request(self, *args: Any, **options: Any) -> None:
        if self.sock is None:
            self.connect()
        _EXCHANGE.get().sent = True
        super().request(*args, **options)

    def send(self, data: Any) -> None:
        exchange = _EXCHANGE.get()
        for start in range(0, len(data), _PIECE):
            self.sock.settimeout(exchange.wait())
            super().send(data[start : start + _PIECE])


class _Encrypted(_Bounded, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Bounded


class _EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _Encrypted


POOLS: dict[str, type[HTTPConnectionPool]] = {"http": _PlainPool, "https": _EncryptedPool}
