"""Addresses of the upstream server, written as addresses of the sandbox, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from app.sandbox.fhir.access import Resource

_NAMES = frozenset({"reference", "fullUrl"})


@dataclass(frozen=True)
class Addresses:
    """The bases of the two servers, neither with a trailing slash."""

    upstream: str
    sandbox: str

    def inward(self, element: Any) -> Any:
        """Return what a client sent, its references to the sandbox put below the upstream."""
        return _moved(element, self.sandbox, self.upstream)

    def outward(self, resource: Resource) -> Resource:
        """Return what the upstream answered, its own addresses put below the sandbox."""
        moved: Resource = _moved(resource, self.upstream, self.sandbox)
        if moved.get("resourceType") == "Bundle":
            links = [link for link in moved.get("link", []) if isinstance(link, dict)]
            moved["link"] = [
                link | {"url": address}
                for link in links
                if (address := self.link(str(link.get("url"))))
            ]
            for entry in moved.get("entry", []):
                self._entry(entry)
        elif moved.get("resourceType") == "CapabilityStatement":
            moved["implementation"] = {
                "description": "The sandbox EHR's authorization in front of another server",
                "url": self.sandbox,
            }
        return moved

    def link(self, url: str) -> str | None:
        """Return the sandbox's address for one of the upstream's, None for an address elsewhere.

        Servers do not always know by which name they were called, so only the path has to fit.
        """
        path, base = urlsplit(url).path, urlsplit(self.upstream).path
        if path != base and not path.startswith(f"{base}/"):
            return None
        query = urlsplit(url).query
        return self.sandbox + path[len(base) :] + (f"?{query}" if query else "")

    def _entry(self, entry: Any) -> None:
        response: Any = entry.get("response") if isinstance(entry, dict) else None
        location = response.get("location") if isinstance(response, dict) else None
        if isinstance(location, str) and "://" in location:
            response["location"] = self.link(location) or location


def _moved(element: Any, old: str, new: str) -> Any:
    if isinstance(element, dict):
        return {
            name: new + value[len(old) :]
            if name in _NAMES and isinstance(value, str) and value.startswith(f"{old}/")
            else _moved(value, old, new)
            for name, value in element.items()
        }
    if isinstance(element, list):
        return [_moved(item, old, new) for item in element]
    return element
