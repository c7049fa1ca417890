"""What the EHR says about one write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.fhir.paths import address_reference, get, key, text
from app.fhir.types import Resource


@dataclass(frozen=True)
class EntryResult:
    """The outcome of one create or update, alone or inside a transaction."""

    status: int
    location: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    resource: Resource | None = None
    outcome: Resource | None = None

    @property
    def reference(self) -> str | None:
        """`Type/id` of what was written; None where the EHR does not say."""
        in_resource = key(self.resource) if self.resource else None
        return in_resource or address_reference(self.location)[0]

    @property
    def version(self) -> str | None:
        """The version that was written: from the resource, the ETag or the address, else None."""
        in_resource = text(get(self.resource, "meta", "versionId"))
        return in_resource or version_of(self.etag) or address_reference(self.location)[1]


def version_of(etag: str | None) -> str | None:
    """Return the version inside an ETag: `1` for `W/"1"`, `"1"` or `1`."""
    match = re.fullmatch(r'\s*(?:[Ww]/)?"?([!#-.0-~]+)"?\s*', etag or "")
    return match[1] if match else None


def match_header(version: str) -> str:
    """Return the `If-Match` value for a version or for an ETag as the EHR wrote it."""
    return f'W/"{version_of(version) or version}"'


def result_of_reply(status: int, headers: Mapping[str, str], body: Any) -> EntryResult:
    """Read the answer to a single create or update."""
    resource, outcome = _split(body)
    return EntryResult(
        status=status,
        location=headers.get("Location") or headers.get("Content-Location"),
        etag=headers.get("ETag"),
        last_modified=headers.get("Last-Modified"),
        resource=resource,
        outcome=outcome,
    )


def result_of_entry(entry: Resource) -> EntryResult:
    """Read one entry of a transaction's answer; a status that cannot be read counts as 0."""
    response = entry.get("response")
    if not isinstance(response, dict):
        response = {}
    resource, outcome = _split(entry.get("resource"))
    own_outcome = response.get("outcome")
    digits = re.match(r"\s*(\d{3})\b", str(response.get("status", "")))
    return EntryResult(
        status=int(digits[1]) if digits else 0,
        location=text(response.get("location")),
        etag=text(response.get("etag")),
        last_modified=text(response.get("lastModified")),
        resource=resource,
        outcome=own_outcome if isinstance(own_outcome, dict) else outcome,
    )


def _split(body: Any) -> tuple[Resource | None, Resource | None]:
    """Return (resource, outcome): servers may put either where the other is expected."""
    if not isinstance(body, dict):
        return None, None
    return (None, body) if body.get("resourceType") == "OperationOutcome" else (body, None)
