"""Which addresses the bearer token may be sent to: the FHIR base and what lies below it."""

from __future__ import annotations

import re
from urllib.parse import unquote, urljoin, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")


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
        path, base_path = unquote(urlsplit(full).path), urlsplit(base).path
    except ValueError:
        return None
    if "\\" in path or {".", ".."} & set(path.split("/")):
        return None
    if path != base_path and not path.startswith(f"{base_path}/"):
        return None
    # Our own spelling of scheme, host and port: what is checked is what is called.
    query = urlsplit(full).query
    return f"{base.removesuffix(base_path)}{urlsplit(full).path}" + (f"?{query}" if query else "")


def _origin(address: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port; user information makes an origin that equals no other."""
    parts = urlsplit(address)
    if parts.username is not None or parts.password is not None:
        raise ValueError("an address with user information")
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").lower(), parts.port or _DEFAULT_PORTS.get(scheme)
