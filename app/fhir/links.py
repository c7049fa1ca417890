"""Which addresses the bearer token may be sent to: the FHIR base and what lies below it."""

from __future__ import annotations

import re
from urllib.parse import unquote, urljoin, urlsplit

_MOST_ESCAPES = 4
_DEFAULT_PORTS = {"http": 80, "https": 443}
_UP = frozenset({".", ".."})  # also before a ";", after which servers in Java cut a part off
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_UNREADABLE = re.compile(r"[\x00-\x1f\x7f\\]")  # in a path without its escapes


def below_base(base: str, address: object, current: str | None = None) -> str | None:
    """Return `address` in full when it lies at or below `base`, else None.

    A relative address is resolved against `current`, the address of the answer that holds it. An
    address with another scheme, host, port, with user information, or that climbs out of the base
    path is foreign, however it is spelled.
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
