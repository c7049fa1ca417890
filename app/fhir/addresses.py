"""Which addresses the app may speak to, and which of them get the bearer token."""

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
# No user information, and nothing beside a literal but a port: readers differ on where it leads.
_HOST_AND_PORT = re.compile(r"(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]*)?")

_GIVEN_OUT = ipaddress.IPv6Network("2000::/3")  # the addresses of the internet, RFC 4291
# Networks for no host, which not every version of ipaddress knows: RFC 6890, RFC 7526, RFC 9637.
_FOR_NONE = (
    ipaddress.IPv4Network("192.0.0.0/24"),
    ipaddress.IPv4Network("192.88.99.0/24"),
    ipaddress.IPv6Network("3fff::/20"),
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # an IPv4 address inside, RFC 6052

_MOST_ESCAPES = 4
_DEFAULT_PORTS = {"http": 80, "https": 443}
_UP = frozenset({".", ".."})  # also before a ";", after which servers in Java cut a part off
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_UNREADABLE = re.compile(r"[\x00-\x1f\x7f\\]")  # in a path without its escapes


@dataclass(frozen=True)
class AddressRule:
    """https to the internet; in the demo also plain http on this machine's loopback interface.

    `own_network` is for an address that the hospital's administrator wrote into the settings: it
    may lie in the hospital's own network.
    """

    demo: bool
    own_network: bool = False

    def allows(self, address: str) -> bool:
        """Tell whether `address` is absolute and may be spoken to, as far as its text tells."""
        if not is_plain_text(address):
            return False
        try:
            parts = urlsplit(address)
            host, _ = parts.hostname, parts.port
        except ValueError:
            return False
        if not host or not _HOST_AND_PORT.fullmatch(parts.netloc.lower()) or parts.fragment:
            return False
        if parts.scheme == "https":
            return self.demo or self.own_network or not is_private_literal(host)
        return parts.scheme == "http" and self.demo and is_loopback(host)

    def allows_peer(self, peer: str) -> bool:
        """Tell whether a connection may be made to the IP address `peer`."""
        return (
            self.demo
            or self.own_network
            or _is_public(ipaddress.ip_address(peer.partition("%")[0]))
        )


STRICT = AddressRule(demo=False)


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
    name = host.removesuffix(".")
    literal = _literal(name)
    if literal is None:
        return is_loopback(name) or name.endswith(".localhost")
    return not _is_public(literal)


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        # 127.1, 0x7f.1 and 2130706433 are 127.0.0.1 to the machine.
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Tell whether `ip` is one of the internet, and so is what it holds of IPv4."""
    if isinstance(ip, ipaddress.IPv6Address):
        held = ip.ipv4_mapped or ip.sixtofour
        if held is None and ip in _NAT64:
            held = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if held is not None:
            return _is_public(held)
        # What holds IPv4 in another way, is local or has no use lies outside.
        if ip not in _GIVEN_OUT:
            return False
    if any(ip in network for network in _FOR_NONE):
        return False
    return ip.is_global and not ip.is_multicast


def below_base(base: str, address: object, current: str | None = None) -> str | None:
    """Return `address` in full when it lies at or below `base`, else None.

    Only these addresses get the bearer token. A relative address is resolved against `current`, the
    address of the answer that holds it. An address with another scheme, host, port, with user
    information, or that climbs out of the base path is foreign, however it is spelled.
    """
    if not isinstance(address, str) or not address or _UNSAFE.search(address):
        return None
    try:
        full = urljoin(current or f"{base}/", address)
        if _origin(full) != _origin(base):
            return None
        path, base_path = _decoded(urlsplit(full).path), urlsplit(base).path
    except ValueError:
        return None
    if _UNREADABLE.search(path) or any(part.partition(";")[0] in _UP for part in path.split("/")):
        return None
    if path != base_path and not path.startswith(f"{base_path}/"):
        return None
    # Our own spelling of scheme, host and port: what is checked is what is called.
    query = urlsplit(full).query
    return f"{base.removesuffix(base_path)}{urlsplit(full).path}" + (f"?{query}" if query else "")


def _decoded(path: str) -> str:
    """Return a path as a server sees it that decodes it as often as it can."""
    for _ in range(_MOST_ESCAPES):
        decoded = unquote(path)
        if decoded == path:
            return path
        path = decoded
    raise ValueError("an address escaped over and over")


def _origin(address: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port; user information makes an origin that equals no other."""
    parts = urlsplit(address)
    if parts.username is not None or parts.password is not None:
        raise ValueError("an address with user information")
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").lower(), parts.port or _DEFAULT_PORTS.get(scheme)
