"""SMART backend services: access tokens for the app itself at a receiver, with no user."""

import threading
import time
from typing import Any
from urllib.parse import urlencode

from app.fhir.addresses import AddressRule
from app.fhir.delivery import NotAnswered, Way, deliver
from app.fhir.guard import Bounds
from app.fhir.wire import NotJson, loads
from app.reuse.receivers import Receiver
from app.smart.oauth.client import DEFAULT_ALGORITHMS, sign_assertion

_JSON = {"Accept": "application/json"}
_FORM = {**_JSON, "Content-Type": "application/x-www-form-urlencoded"}
_JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_BYTES = 1_000_000
# For a server that tells no lifetime: the guide allows five minutes at most.
_SECONDS = 300
_RENEW_BEFORE = 30


class NoToken(Exception):
    """The receiver gives no access token; the message says why."""


class BackendTokens:
    """The access token for one receiver, for all threads; requested when it is needed."""

    def __init__(self, receiver: Receiver, rule: AddressRule, seconds: float) -> None:
        """`seconds` bound each request."""
        self._receiver = receiver
        self._rule = rule
        self._way = Way(rule, Bounds(seconds, silence=seconds, max_bytes=_BYTES))
        self._lock = threading.Lock()
        self._token, self._ends = "", 0.0

    def current(self) -> str:
        """Return a token that holds for some time; raises NoToken."""
        with self._lock:
            if not self._token or time.time() >= self._ends:
                self._token, self._ends = self._request_token()
            return self._token

    def forget(self) -> None:
        """Request a new token next time: the receiver did not take this one."""
        with self._lock:
            self._token = ""

    def _request_token(self) -> tuple[str, float]:
        """Return a new token, and until when it is used."""
        now, keys = time.time(), self._receiver.keys
        key = keys.signing(DEFAULT_ALGORITHMS, now) if keys else None
        if key is None:
            raise NoToken("the app has no key that signs now")
        endpoint = self._receiver.token_endpoint or self._discovered_endpoint()
        form = {
            "grant_type": "client_credentials",
            "scope": self._receiver.scope,
            "client_assertion_type": _JWT_BEARER,
            "client_assertion": sign_assertion(key.key, self._receiver.client_id, endpoint),
        }
        answer = self._json("POST", endpoint, urlencode(form).encode(), _FORM)
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise NoToken("the answer has no access token")
        if isinstance(seconds, bool) or not isinstance(seconds, int):
            seconds = _SECONDS
        return token, now + max(seconds - _RENEW_BEFORE, 1)

    def _discovered_endpoint(self) -> str:
        """Return the token endpoint that the receiver publishes; raises NoToken."""
        address = f"{self._receiver.address}/.well-known/smart-configuration"
        endpoint = self._json("GET", address, b"", _JSON).get("token_endpoint")
        if not isinstance(endpoint, str) or not self._rule.allows(endpoint):
            raise NoToken("it publishes no token endpoint that may be used")
        return endpoint

    def _json(
        self, method: str, address: str, body: bytes, headers: dict[str, str]
    ) -> dict[str, Any]:
        try:
            answer = deliver(address, body, headers, self._way, method)
            content = loads(answer.body) if answer.status == 200 else None
        except NotAnswered as failure:
            raise NoToken(str(failure)) from None
        except NotJson:
            raise NoToken("the answer is not JSON") from None
        if not isinstance(content, dict):
            raise NoToken(f"HTTP status {answer.status}")
        return content
