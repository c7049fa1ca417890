"""Transactions and batches for the upstream: each Bundle entry is checked like a request."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from werkzeug.datastructures import MultiDict

from app.sandbox.fhir.access import Access, Resource
from app.sandbox.fhir.outcome import FhirError, at, bad_request, outcome
from app.sandbox.fhir.references import Local, rewrite
from app.sandbox.fhir.structure import ID
from app.sandbox.fhir.transaction import entries_of
from app.sandbox.upstream import checks
from app.sandbox.upstream.server import Reply, UpstreamServer

AccessWith = Callable[[Callable[[Resource], set[str]]], Access]


@dataclass(frozen=True)
class _Entry:
    position: int
    raw: dict[str, Any]
    method: str
    resource_type: str
    id: str
    query: str

    @property
    def where(self) -> str:
        return f"Bundle.entry[{self.position}]"

    @property
    def written(self) -> Resource | None:
        resource = self.raw.get("resource")
        return resource if isinstance(resource, dict) else None

    @property
    def target(self) -> Local:
        """The path of the resource; a new one has no id yet: it is named by its index."""
        return Local(self.resource_type, self.id or f"entry-{self.position}")


def process(
    server: UpstreamServer, access_with: AccessWith, bundle: Resource, headers: dict[str, str]
) -> Reply:
    """Check and send a transaction or batch, and return the visible part of the response.

    `access_with` gives the Access of the sender for a way to tell whose a resource is: what the
    entries refer to may be in the Bundle itself. A transaction with a forbidden entry is refused
    whole; a batch is sent without it.
    """
    bases = (server.addresses.sandbox, server.addresses.upstream)
    entries = [_read(position, entry, bases) for position, entry in enumerate(entries_of(bundle))]
    pending = _Pending(server, entries)
    access = access_with(partial(server.patients_of, find=pending.find))
    refused: dict[int, Resource] = {}
    sent: list[dict[str, Any]] = []
    for entry in entries:
        try:
            with at(entry.where):
                sent.append(_checked(server, access, entry, pending))
        except FhirError as error:
            if bundle["type"] == "transaction":
                raise
            refused[entry.position] = _refusal(error)
    reply = Reply(200, {"resourceType": "Bundle", "type": "batch-response", "entry": []})
    if sent or not entries:
        reply = checks.shown(
            access, server.send("POST", "", body=bundle | {"entry": sent}, headers=headers)
        )
    return _with_refusals(reply, refused)


_BRINGS = frozenset({"POST", "PUT"})


class _Pending:
    """Finds a resource in the Bundle first, then on the server."""

    def __init__(self, server: UpstreamServer, entries: list[_Entry]) -> None:
        self._server = server
        # Only writes count: the resource of a GET entry is ignored.
        written = [
            entry for entry in entries if entry.written is not None and entry.method in _BRINGS
        ]
        self._targets = {
            entry.raw["fullUrl"]: str(entry.target) for entry in written if "fullUrl" in entry.raw
        }
        self._resources = {entry.target: self.resolved(entry.written or {}) for entry in written}

    def resolved(self, resource: Resource) -> Resource:
        """Return the resource with its references to entries made references to their targets."""
        resolved: Resource = rewrite(resource, lambda text: self._targets.get(text, text))
        return resolved

    def find(self, reference: Local) -> Resource | None:
        # The stored resource decides: a PUT may be refused, or claim another patient.
        stored = self._server.find(reference) if reference.id else None
        return stored or self._resources.get(Local(reference.type, reference.id))


def _read(position: int, raw: Any, bases: tuple[str, str]) -> _Entry:
    with at(f"Bundle.entry[{position}]"):
        request = raw.get("request") if isinstance(raw, dict) else None
        if not isinstance(request, dict):
            raise bad_request("The entry has no request.", "required")
        url = request.get("url")
        parts = urlsplit(url) if isinstance(url, str) else None
        if parts is None or parts.netloc or parts.scheme:
            raise bad_request("request.url must be an address relative to the base.", "value")
        resource_type, _, id_ = parts.path.strip("/").partition("/")
        if not resource_type.isalpha() or (id_ and not ID.fullmatch(id_)):
            raise bad_request("request.url must be a type, or a type and an id.", "value")
        method = str(request.get("method"))
        entry = _Entry(position, raw, method, resource_type, id_, parts.query)
        _check_full_url(entry, bases)
        return entry


def _check_full_url(entry: _Entry, bases: tuple[str, str]) -> None:
    """Refuse a fullUrl that is the address of another resource of the server.

    What refers to it would be checked against the entry, and might be stored as a reference to the
    other one.
    """
    full_url = entry.raw.get("fullUrl", "urn:")
    own = entry.id and full_url in {f"{base}/{entry.resource_type}/{entry.id}" for base in bases}
    if own or (isinstance(full_url, str) and full_url.startswith("urn:")):
        return
    if (
        not isinstance(full_url, str)
        or not full_url.startswith(("http://", "https://"))
        or full_url.startswith(bases)
    ):
        raise bad_request("fullUrl must be a urn, or the resource's own address.", "value")


def _checked(
    server: UpstreamServer, access: Access, entry: _Entry, pending: _Pending
) -> dict[str, Any]:
    """Return the entry as it may be sent. Raises FhirError."""
    request = dict(entry.raw["request"])
    match entry.method, bool(entry.id), bool(entry.query):
        case "POST", False, False:
            checks.created(access, entry.resource_type, _body(entry, pending))
            if request.get("ifNoneExist"):
                query = str(request["ifNoneExist"])
                request["ifNoneExist"] = checks.condition(access, entry.resource_type, query)
        case "PUT", True, False:
            body = _body(entry, pending)
            checks.updated(access, server, entry.resource_type, entry.id, body)
        case "DELETE", True, False:
            checks.deleted(access, server, entry.resource_type, entry.id)
        case "GET", True, False:
            access.check("r", entry.resource_type, None)
        case "GET", False, _:
            params = MultiDict(parse_qsl(entry.query, keep_blank_values=True))
            narrowed = checks.searched(access, entry.resource_type, params)
            query = urlencode(list(narrowed.items(multi=True)))
            request["url"] = f"{entry.resource_type}?{query}"
        case _:
            raise bad_request("Such a request is not passed on from a Bundle.", "not-supported")
    return {**entry.raw, "request": request}


def _body(entry: _Entry, pending: _Pending) -> Resource:
    if entry.written is None:
        raise bad_request("The entry has no resource.", "required")
    return pending.resolved(entry.written)


def _refusal(error: FhirError) -> Resource:
    return {"response": {"status": str(error.status), "outcome": outcome(error.issues)}}


def _with_refusals(reply: Reply, refused: dict[int, Resource]) -> Reply:
    """Return the reply with the entries that were not sent in their places."""
    if not refused or reply.resource is None or "entry" not in reply.resource:
        return reply
    entries = list(reply.resource["entry"])
    for position in sorted(refused):
        entries.insert(position, refused[position])
    return Reply(reply.status, reply.resource | {"entry": entries}, reply.headers)
