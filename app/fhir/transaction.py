"""Building a transaction Bundle."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from app.fhir.resource_types import resource_type
from app.fhir.results import EntryResult, match_header
from app.fhir.search import identifier_token
from app.fhir.types import Element, Resource

__all__ = ["EntryResult", "TransactionBuilder"]


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
    ) -> TransactionBuilder:
        """Add a resource under `full_url` (`urn:uuid:...`), by which other entries refer to it.

        `identifier` ({"system", "value"}) is one that the resource carries: a resource of the EHR
        that has it already is left as it is, so that a repeated transaction makes no second copy.
        FHIR has types that are not searched by identifier: who repeats these looks for them first.
        """
        request = {"method": "POST", "url": str(resource["resourceType"])}
        if identifier and resource_type(resource).finds_identifier:
            value = identifier_token(identifier.get("system"), identifier["value"])
            request["ifNoneExist"] = f"identifier={quote(value, safe='')}"
        entry: Element = {"resource": resource, "request": request}
        self._entries.append({"fullUrl": full_url, **entry} if full_url else entry)
        return self

    def update(self, resource: Resource, version: str) -> TransactionBuilder:
        """Add the new state of a stored resource, to be written only onto `version`."""
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
