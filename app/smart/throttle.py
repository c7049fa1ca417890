"""Rate limits: how often one address, or one browser, may begin or end a sign-in in a minute."""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import Headers

from app.errors import AppError
from app.store.counts import Counts, seconds_left

# The network that one client of IPv6 usually has, RFC 6177.
_CLIENT_PREFIX = 64
# Refusals without a known launch that the trail records, for each network and minute.
MOST_REFUSALS = 20
_PAGE_DESTINATIONS = ("document", "iframe", "frame", "object", "embed")
# One in so many launches of an address may name an unknown EHR.
_UNKNOWN_EHR_SHARE = 10
_WITH_PORT = re.compile(r"\A(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)")


class TooMany(AppError, status=429, title="Too many sign-ins at once"):
    """Too many sign-ins came from one address or browser; wait for `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            "The app was opened more often in this minute than it allows. "
            f"Wait {seconds} seconds, then open it again from the chart: nothing was lost."
        )
        self.seconds = seconds


class NotOpened(AppError, status=403, title="The app opens as a page"):
    """The browser fetched the address as part of another page, which no user does."""

    def __init__(self) -> None:
        super().__init__(
            "A page asked for it as a part of itself. Open the app from the chart, as a page or in "
            "a frame."
        )


def require_opening(headers: Headers) -> None:
    """Raise NotOpened if the request is no navigation to a page, by W3C Fetch Metadata.

    A hostile page could make a visitor's browser fetch an address a thousand times as a picture:
    the limit would then lock out everybody at the visitor's network address. Old browsers and other
    clients send no such headers.
    """
    mode, destination = headers.get("Sec-Fetch-Mode"), headers.get("Sec-Fetch-Dest")
    if mode not in {None, "navigate"} or destination not in {None, *_PAGE_DESTINATIONS}:
        raise NotOpened


class Throttle:
    """Counts in the store, so that all app servers count together, in fixed one-minute windows."""

    def __init__(self, counts: Counts, settings: Mapping[str, Any]) -> None:
        """`settings` are those of app.config; 0 means no limit."""
        self._counts = counts
        self._per_address = settings["LAUNCHES_PER_MINUTE"]
        self._per_browser = settings["BROWSER_LAUNCHES_PER_MINUTE"]

    def count_step(self, step: str, *, address: str | None, browser_key: str | None) -> None:
        """Count one more `step`; raises TooMany if the limit is exceeded."""
        for counted_by, who, limit in (
            ("browser", browser_key, self._per_browser),
            ("address", address and network_of(address), self._per_address),
        ):
            if who and limit and self._counts.add(f"{step} {counted_by}", who) > limit:
                raise TooMany(seconds_left())

    def count_unknown_ehr(self, *, address: str | None) -> None:
        """Count one more launch from an unknown EHR; raises TooMany.

        It has a count of its own, so that it never locks out launches from a chart.
        """
        limit = self._per_address and max(1, self._per_address // _UNKNOWN_EHR_SHARE)
        if address and limit and self._counts.add("stray address", network_of(address)) > limit:
            raise TooMany(seconds_left())

    def refusals(self, address: str | None) -> int:
        """Count one more refusal without a known launch; return the number in this minute."""
        return self._counts.add("refusal address", network_of(address or ""))


def network_of(address: str) -> str:
    """Return the IPv4 address, or the IPv6 network, of a client: it cannot change that at will.

    A port, which some proxies add, is left out.
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
    return str(ipaddress.ip_network((ip, _CLIENT_PREFIX), strict=False))
