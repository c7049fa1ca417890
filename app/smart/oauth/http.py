"""Requests to an EHR's authorization server: guarded, and never redirected elsewhere."""

import time
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from app.fhir.addresses import AddressRule
from app.fhir.credentials import Bearer
from app.fhir.guard import Bounds, GuardedAdapter, Refused
from app.fhir.wire import NotJson, loads

__all__ = ["Refused", "Web", "json_object"]

MAX_BYTES = 1_000_000
CONNECT_SECONDS = 5.0


class Web:
    """Makes guarded requests; one per app, for all its threads."""

    def __init__(self, rule: AddressRule, timeout: float) -> None:
        """`timeout` is in seconds, for one whole response."""
        self.rule = rule
        self.timeout = timeout
        self._bounds = Bounds(
            total=timeout, connect=CONNECT_SECONDS, silence=timeout, max_bytes=MAX_BYTES
        )

    def guard(self, session: requests.Session) -> None:
        """Send every request of `session` through the guard, which refuses redirects.

        A code, a secret or a token is sent to the known address or not at all.
        """
        adapter = GuardedAdapter(self.rule, self._bounds)
        session.mount("https://", adapter)
        session.mount("http://", adapter)

    def get_json(self, address: str) -> dict[str, Any]:
        """Return the JSON object at `address`; raises Refused."""
        return self.get_json_and_clock(address)[0]

    def get_json_and_clock(self, address: str) -> tuple[dict[str, Any], int | None]:
        """Return the JSON object at `address`, and by how many seconds the server's clock is ahead.

        The seconds are None if the server does not tell its time. Raises Refused.
        """
        with requests.Session() as session:
            self.guard(session)
            try:
                response = session.get(
                    address, headers={"Accept": "application/json"}, auth=Bearer(None)
                )
            except Refused:
                raise
            except requests.Timeout:
                raise Refused("no answer in time") from None
            except (requests.RequestException, ValueError):
                raise Refused("no connection") from None
        if response.status_code != requests.codes.ok:
            raise Refused(f"HTTP status {response.status_code}")
        return json_object(response), _seconds_ahead(response)


def json_object(response: requests.Response) -> dict[str, Any]:
    """Return the JSON object of a response; raises Refused.

    It is parsed as strictly as FHIR resources are: no two parsers read it differently.
    """
    try:
        content = loads(response.content)
    except NotJson:
        raise Refused("the answer is not JSON") from None
    if not isinstance(content, dict):
        raise Refused("the answer is not a JSON object")
    return content


def _seconds_ahead(response: requests.Response) -> int | None:
    """Return by how much the Date of a response is ahead; None if a cache kept the response."""
    if "Age" in response.headers:
        return None
    try:
        return round(parsedate_to_datetime(response.headers["Date"]).timestamp() - time.time())
    except (KeyError, ValueError, OverflowError):
        return None
