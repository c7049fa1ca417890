"""The guard: every request of the app goes through it, to whatever server.

It refuses forbidden addresses before anything is sent, and breaks off what is too slow or too
large. Its users see to redirects, tokens and the meaning of answers.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

from app.fhir.addresses import AddressRule
from app.fhir.connections import POOLS, Exchange, GivenUp, NotReached, Refused, TooLarge

__all__ = ["Bounds", "GivenUp", "GuardedAdapter", "NotReached", "Refused", "TooLarge"]

_CHUNK = 65_536


@dataclass(frozen=True)
class Bounds:
    """How long an exchange may last, in seconds, and how much of an answer is read, unpacked.

    `is_given_up` ends it earlier, once nobody waits for the answer any more.
    """

    total: float = 60
    connect: float = 5
    silence: float = 20  # between two bytes
    max_bytes: int = 10_000_000
    is_given_up: Callable[[], bool] = lambda: False


class GuardedAdapter(HTTPAdapter):
    """Carries the requests of a `requests.Session`, each answer read to its end or refused.

    Raises NotReached where nothing was sent; Refused, or requests' ReadTimeout or ConnectionError,
    where the request may have arrived.
    """

    def __init__(
        self, rule: AddressRule, bounds: Bounds, *, connections: int = 10, redirects: bool = False
    ) -> None:
        """`redirects` hands them on to a session that looks itself where they lead."""
        self._rule = rule
        self._bounds = bounds
        self._redirects = redirects
        super().__init__(pool_maxsize=connections)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pools of guarded connections, encrypted by TLS 1.2 or newer."""
        super().init_poolmanager(*args, **options, ssl_minimum_version=ssl.TLSVersion.TLSv1_2)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """Return the pools of connections by way of a proxy of the hospital."""
        if not proxy.lower().startswith(("http://", "https://")):
            raise NotReached("the proxy is none for http")
        manager = super().proxy_manager_for(
            proxy, **options, ssl_minimum_version=ssl.TLSVersion.TLSv1_2
        )
        manager.pool_classes_by_scheme = POOLS
        return manager

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]  # requests passes all options by name
        """Send, and read the whole answer; a float as `timeout` narrows the total."""
        if not self._rule.allows(request.url or ""):
            raise NotReached("the address is not allowed")
        bounds, narrower = self._bounds, options.get("timeout")
        seconds = min(bounds.total, narrower) if isinstance(narrower, float) else bounds.total
        exchange = Exchange(
            self._rule,
            seconds=seconds,
            silence=bounds.silence,
            max_bytes=bounds.max_bytes,
            is_given_up=bounds.is_given_up,
        )
        guarded = {
            **options,
            "stream": True,
            "timeout": (min(bounds.connect, seconds), min(bounds.silence, seconds)),
            # A hospital may name its own authorities, and nobody may do without any.
            "verify": options.get("verify") or True,
        }
        with exchange.under_way():
            try:
                response = super().send(request, **guarded)
                with response:
                    content = _content(response, exchange)
            except (OSError, urllib3.exceptions.HTTPError) as error:
                raise _error_of(error, exchange) from None
        if response.is_redirect and not self._redirects:
            raise Refused("the answer leads to another address")
        response._content = content  # noqa: SLF001  # the one way to hand on what was read
        return response


def _content(response: requests.Response, exchange: Exchange) -> bytes:
    content = bytearray()
    # What has arrived, however little: a server could make a whole chunk last for hours.
    while chunk := response.raw.read1(_CHUNK, decode_content=True):
        content += chunk
        if len(content) > exchange.max_bytes:
            raise TooLarge("the answer is too large")
        exchange.wait()
    return bytes(content)


def _error_of(error: Exception, exchange: Exchange) -> requests.RequestException:
    """Return the error for callers: its type says whether the request may have arrived."""
    if exchange.refusal is not None:
        return exchange.refusal
    if isinstance(error, Refused):
        return error
    if exchange.sent is False or (exchange.sent is None and _means_no_connection(error)):
        return NotReached("no connection")
    if isinstance(error, (TimeoutError, urllib3.exceptions.ReadTimeoutError, requests.Timeout)):
        return requests.ReadTimeout("no answer in time")
    return requests.ConnectionError("the connection broke")


def _means_no_connection(error: Exception) -> bool:
    """Tell whether an error means that no connection was made."""
    causes = [error, *error.args, *(getattr(cause, "reason", None) for cause in error.args)]
    # A bundle of authorities that cannot be read is an OSError and nothing more.
    return type(error) is OSError or any(isinstance(cause, _NO_CONNECTION) for cause in causes)


_NO_CONNECTION = (
    requests.ConnectTimeout,
    requests.exceptions.SSLError,
    requests.exceptions.ProxyError,
    requests.exceptions.InvalidURL,
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.LocationParseError,
)
