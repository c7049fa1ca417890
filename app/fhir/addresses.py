"""Which addresses the app may speak to."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class AddressRule:
    """https everywhere; in the demo also plain http on this machine's loopback interface."""

    demo: bool

    def allows(self, address: str) -> bool:
        """Tell whether `address` is absolute and may be spoken to, as far as its text tells."""
        if not is_plain_text(address):
            return False
        try:
            parts = urlsplit(address)
            host, _ = parts.hostname, parts.port
        except ValueError:
            return False
        if not host or parts.username is not None or parts.password is not None or parts.fragment:
            return False
        if parts.scheme == "https":
            return self.demo or not is_private_literal(host)
        return parts.scheme == "http" and self.demo and is_loopback(host)

    def allows_peer(self, peer: str) -> bool:
        """Tell whether a connection that ended at the IP address `peer` may be used."""
        return self.demo or _is_public(ipaddress.ip_address(peer.partition("%")[0]))


def is_plain_text(address: str) -> bool:
    """Tell whether `address` has only characters that every parser of addresses reads alike."""
    return address.isascii() and not any(
        character <= " " or character in '\\"<>^`{|}\x7f' for character in address
    )


def is_loopback(host: str) -> bool:
    """Tell whether a host name or literal means this machine."""
    return host in LOOPBACK_NAMES


def is_private_literal(host: str) -> bool:
    """Tell whether `host` is written as an IP address that is not a public one."""
    try:
        return not _is_public(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return is_loopback(host) or host.endswith(".localhost")


def _is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]
        if embedded is not None:
            return _is_public(embedded)
        if ip in _NAT64:
            return _is_public(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return ip.is_global and not ip.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
