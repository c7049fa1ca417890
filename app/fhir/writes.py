"""Writes: the transaction Bundle that the app sends, and what the EHR answers to each write."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from app.fhir.paths import address_reference, get, literal_reference, text
from app.fhir.patterns import Pattern
from app.fhir.resource_types import resource_type
from app.fhir.search import identifier_token
from app.fhir.types import Element, Resource

_ETAG = Pattern(r'\A\s*(?:[Ww]/)?"?([!#-.0-~]+)"?\s*')
_STATUS = Pattern(r"\A\s*(\d{3})\b")


@dataclass(frozen=True)
class WriteResult:
    """What the EHR answers to one create or update, alone or inside a transaction."""

    status: int
    location: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    resource: Resource | None = None
    outcome: Resource | None = None

    @property
    def reference(self) -> str | None:
        """`Type/id` of what was written; None where the EHR does not say."""
        in_resource = literal_reference(self.resource) if self.resource else None
        return in_resource or address_reference(self.location)[0]

    @property
    def version(self) -> str | None:
        """The version that was written: from the resource, the ETag or the address, else None."""
        in_resource = text(get(self.resource, "meta", "versionId"))
        return in_resource or version_of(self.etag) or address_reference(self.location)[1]


def version_of(etag: str | None) -> str | None:
    """Return the version inside an ETag: `1` for `W/"1"`, `"1"` or `1`."""
    match = _ETAG.fullmatch(etag or "")
    return match[1] if match else None


def match_header(version: str) -> str:
    """Return the `If-Match` value for a version or for an ETag as the EHR wrote it."""
    return f'W/"{version_of(version) or version}"'


def result_of_reply(status: int, headers: Mapping[str, str], body: Any) -> WriteResult:
    """Read the answer to a single create or update."""
    resource, outcome = _split(body)
    return WriteResult(
        status=status,
        location=headers.get("Location") or headers.get("Content-Location"),
        etag=headers.get("ETag"),
        last_modified=headers.get("Last-Modified"),
        resource=resource,
        outcome=outcome,
    )


def result_of_entry(entry: Resource) -> WriteResult:
    """Read one Bundle entry of a transaction's answer; a status that is no number counts as 0."""
    response = entry.get("response")
    if not isinstance(response, dict):
        response = {}
    resource, outcome = _split(entry.get("resource"))
    own_outcome = response.get("outcome")
    digits = _STATUS.match(str(response.get("status", "")))
    return WriteResult(
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


def create_condition(resource: Resource, identifier: Mapping[str, str] | None) -> str | None:
    """Return the `If-None-Exist` with which a repeated create makes no second copy; None for none.

    `identifier` ({"system", "value"}) is one that the resource carries. Servers do not search every
    type by identifier: before a repeat the caller looks for those itself.
    """
    if not identifier or not resource_type(resource).finds_identifier:
        return None
    token = identifier_token(identifier.get("system"), identifier["value"])
    return f"identifier={quote(token, safe='')}"


class TransactionBuilder:
    """Collects creates and updates; `bundle()` gives what `FhirSession.transaction` takes.

    The results come back in the order in which the entries were added.
    """

    def __init__(self) -> None:
        self._entries: list[Element] = []

    def create(
        self,
        resource: Resource,
        full_url: str | None = None,
        identifier: Mapping[str, str] | None = None,
    ) -> "TransactionBuilder":
        """Add a resource under `full_url` (`urn:uuid:...`), by which other entries refer to it.

        `identifier` makes the create conditional: see `create_condition`.
        """
        request = {"method": "POST", "url": str(resource["resourceType"])}
        if condition := create_condition(resource, identifier):
            request["ifNoneExist"] = condition
        entry: Element = {"resource": resource, "request": request}
        self._entries.append({"fullUrl": full_url, **entry} if full_url else entry)
        return self

    def update(self, resource: Resource, version: str) -> "TransactionBuilder":
        """Add the new state of a stored resource, which replaces `version` only (If-Match)."""
        request = {
            "method": "PUT",
            "url": f"{resource['resourceType']}/{resource['id']}",
            "ifMatch": match_header(version),
        }
        self._entries.append({"resource": resource, "request": request})
        return self

    def bundle(self) -> Resource:
        """Return the transaction."""
        return {"resourceType": "Bundle", "type": "transaction", "entry": list(self._entries)}
