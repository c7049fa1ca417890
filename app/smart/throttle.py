"""How often one address, or one browser, may begin or end a sign-in."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import Headers

from app.errors import AppError
from app.store.counts import Counts, seconds_left

# What one client of IPv6 has at its free disposal, RFC 6177.
_OWN_NETWORK = 64
# Refusals of strangers that go on record, by place and minute: enough to see what happens.
MOST_REFUSALS = 20
_PLACES_OF_A_PAGE = ("document", "iframe", "frame", "object", "embed")
# Of the launches of an address, how many may name no EHR of the registry: one of so many.
_STRAY_SHARE = 10
_WITH_PORT = re.compile(r"\[([^\]]+)\](?::\d+)?|([\d.]+):\d+")


class TooMany(AppError):
    """More sign-ins came from one place than people make; `seconds` is how long to wait."""

    status = 429
    title = "Too many sign-ins at once"

    def __init__(self, seconds: int) -> None:
        super().__init__(
            "The app was opened more often in this minute than it allows. "
            f"Wait {seconds} seconds, then open it again from the chart: nothing was lost."
        )
        self.seconds = seconds


class NotOpened(AppError):
    """A page had the browser fetch the address as a part of itself: nobody opens the app so."""

    status = 403
    title = "The app opens as a page"

    def __init__(self) -> None:
        super().__init__(
            "A page asked for it as a part of itself. Open the app from the chart, as a page or in "
            "a frame."
        )


def require_opening(headers: Headers) -> None:
    """Raise NotOpened where the browser says that it does not go to the page, W3C Fetch Metadata.

    A hostile page makes a visitor's browser fetch an address a thousand times as a picture, and
    whoever shares the visitor's network address would be locked out by the count. Clients other
    than browsers, and old ones, say nothing.
    """
    mode, destination = headers.get("Sec-Fetch-Mode"), headers.get("Sec-Fetch-Dest")
    if mode not in {None, "navigate"} or destination not in {None, *_PLACES_OF_A_PAGE}:
        raise NotOpened


class Throttle:
    """Counts in the store, so that all app servers count together."""

    def __init__(self, counts: Counts, settings: Mapping[str, Any]) -> None:
        """`settings` are those of app.config; a limit of 0 is none."""
        self._counts = counts
        self._per_address = settings["LAUNCHES_PER_MINUTE"]
        self._per_browser = settings["BROWSER_LAUNCHES_PER_MINUTE"]

    def admit(self, step: str, *, address: str | None, browser_key: str | None) -> None:
        """Count one more `step`; raises TooMany where it is one more than allowed."""
        for kind, who, limit in (
            ("browser", browser_key, self._per_browser),
            ("address", address and place_of(address), self._per_address),
        ):
            if who and limit and self._counts.add(f"{step} {kind}", who) > limit:
                raise TooMany(seconds_left())

    def admit_stray(self, *, address: str | None) -> None:
        """Count one more launch from no known EHR; raises TooMany.

        It has a count of its own: those who come from a chart are not kept out by it.
        """
        limit = self._per_address and max(1, self._per_address // _STRAY_SHARE)
        if address and limit and self._counts.add("stray address", place_of(address)) > limit:
            raise TooMany(seconds_left())

    def refusals(self, address: str | None) -> int:
        """Count one more refusal of whom nobody knows; return how many it makes in this minute."""
        return self._counts.add("refusal address", place_of(address or ""))


def place_of(address: str) -> str:
    """Return what stands for a client's address, which it cannot change at will.

    Of IPv6 that is its network; a port, which some proxies add, is none of it.
    """
    named = _WITH_PORT.fullmatch(address)
    host = (named[1] or named[2]) if named else address
    try:
        ip = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, _OWN_NETWORK), strict=False))
