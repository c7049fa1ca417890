"""transaction and batch: many interactions in one request."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict

from app.sandbox.fhir.access import Access, Resource
from app.sandbox.fhir.addresses import Addresses
from app.sandbox.fhir.dispatch import Request, handle, resource_in
from app.sandbox.fhir.interactions import Answer, answer, match_one
from app.sandbox.fhir.outcome import FhirError, Issue, at, bad_request, outcome
from app.sandbox.fhir.references import Local
from app.sandbox.fhir.search_parameters import is_supported
from app.sandbox.fhir.store import FhirStore, Version
from app.sandbox.fhir.structure import ID
from app.sandbox.fhir.writing import Preconditions, Writing, new_id, writing

# In the order of Preconditions.
_CONDITIONS = ("ifMatch", "ifNoneMatch", "ifNoneExist")
_METHODS = ("GET", "POST", "PUT", "DELETE")


@dataclass(frozen=True)
class _Entry:
    """A Bundle entry, with its path: "Bundle.entry[3]"."""

    where: str
    full_url: str | None
    request: Request

    @property
    def target(self) -> tuple[str, str]:
        """Type, which the server has, and id, which is "" if the address names only a type."""
        resource_type, _, id_ = self.request.path.partition("/")
        if not is_supported(resource_type):
            raise FhirError(404, Issue("not-supported", f"There is no type {resource_type!r}."))
        return resource_type, id_


def process(
    store: FhirStore, access: Access, bundle: Resource, *, show: bool = False, lenient: bool = False
) -> Resource:
    """Carry out a transaction or a batch, and return the response Bundle.

    With `show` the answer holds what was written as well. A transaction is done as a whole or not
    at all: the FhirError that refuses it names the entry. A batch answers for each entry.
    """
    raw = entries_of(bundle)
    kind = bundle["type"]
    carry_out = _batch if kind == "batch" else _transaction
    return {
        "resourceType": "Bundle",
        "type": f"{kind}-response",
        "entry": [
            _response(one, show=show or method == "GET")
            for method, one in carry_out(store, access, raw, lenient)
        ],
    }


def entries_of(bundle: Resource) -> list[Any]:
    """Return the entries of a transaction or a batch; FhirError 400 for anything else."""
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") not in ("transaction", "batch"):
        raise bad_request("The body must be a Bundle of type transaction or batch.", "value")
    raw = bundle.get("entry", [])
    if not isinstance(raw, list):
        raise bad_request("Bundle.entry must be a list.", "structure")
    return raw


def _read(position: int, raw: Any, *, lenient: bool) -> _Entry:
    where = f"Bundle.entry[{position}]"
    with at(where):
        request = raw.get("request") if isinstance(raw, dict) else None
        if not isinstance(request, dict):
            raise bad_request("The entry has no request.", "required")
        texts = {name: _text(request, name) for name in (*_CONDITIONS, "method", "url")}
        method, url = texts["method"], texts["url"]
        if method not in _METHODS:
            raise bad_request(f"request.method must be one of {', '.join(_METHODS)}.", "value")
        if url is None:
            raise bad_request("The entry has no request.url.", "required")
        path, _, query = url.partition("?")
        return _Entry(
            where,
            _text(raw, "fullUrl"),
            Request(
                method=method,
                path=path.strip("/"),
                params=MultiDict(parse_qsl(query, keep_blank_values=True)),
                body=raw.get("resource"),
                conditions=Preconditions(*(texts[name] for name in _CONDITIONS)),
                lenient=lenient,
            ),
        )


def _text(element: dict[str, Any], name: str) -> str | None:
    value = element.get(name)
    if value is not None and not isinstance(value, str):
        raise bad_request(f"{name} must be a string.", "structure")
    return value


def _batch(
    store: FhirStore, access: Access, raw: list[Any], lenient: bool
) -> list[tuple[str, Answer]]:
    answers = []
    for position, item in enumerate(raw):
        method = ""
        try:
            request = _read(position, item, lenient=lenient).request
            method = request.method
            one = handle(store, access, request)
        except FhirError as error:
            one = Answer(error.status, outcome(error.issues))
        answers.append((method, one))
    return answers


def _transaction(
    store: FhirStore, access: Access, raw: list[Any], lenient: bool
) -> list[tuple[str, Answer]]:
    entries = [_read(position, item, lenient=lenient) for position, item in enumerate(raw)]
    answers: dict[str, Answer] = {}
    with writing(store, access) as writes:
        for entry in _of("DELETE", entries):
            with at(entry.where):
                answers[entry.where] = _delete(writes, entry)
        # What is deleted fulfils no condition of another entry.
        plan = _Plan(store, access, entries)
        for entry in (*_of("POST", entries), *_of("PUT", entries)):
            with at(entry.where):
                answers[entry.where] = _store(store, writes, plan, entry)
        for entry in _of("GET", entries):
            with at(entry.where):
                answers[entry.where] = handle(store, access, entry.request)
    return [(entry.request.method, answers[entry.where]) for entry in entries]


def _of(method: str, entries: list[_Entry]) -> list[_Entry]:
    return [entry for entry in entries if entry.request.method == method]


class _Plan:
    """The id of each Bundle entry, decided before any is stored."""

    def __init__(self, store: FhirStore, access: Access, entries: list[_Entry]) -> None:
        self.addresses = Addresses(store)
        self.existing: dict[str, Version] = {}
        self.ids: dict[str, str] = {}
        taken: set[tuple[str, ...]] = set()
        for entry in entries:
            with at(entry.where):
                self._place(store, access, entry, taken)

    def _place(
        self, store: FhirStore, access: Access, entry: _Entry, taken: set[tuple[str, ...]]
    ) -> None:
        method = entry.request.method
        if method == "GET":
            return
        resource_type, id_ = entry.target
        if method == "POST":
            condition = entry.request.conditions.if_none_exist
            existing = match_one(store, access, resource_type, condition)
            if existing:
                self.existing[entry.where] = existing
            elif condition is not None:
                _take(taken, resource_type, "?", condition)
            id_ = existing.id if existing else new_id()
        else:
            _take(taken, resource_type, id_)
        self.ids[entry.where] = id_
        self.addresses.add(entry.full_url, resource_type, id_)


def _take(taken: set[tuple[str, ...]], *identity: str) -> None:
    if identity in taken:
        raise bad_request("Two entries of the transaction are about the same resource.")
    taken.add(identity)


def _delete(writes: Writing, entry: _Entry) -> Answer:
    deleted = writes.delete(_instance(entry), entry.request.conditions)
    return Answer(204, etag=deleted.etag if deleted else None)


def _store(store: FhirStore, writes: Writing, plan: _Plan, entry: _Entry) -> Answer:
    request = entry.request
    is_new = request.method == "POST"
    if is_new and "/" in request.path:
        raise bad_request(f"POST goes to a type, not to {request.path!r}.")
    if entry.where in plan.existing:
        return answer(store, 200, plan.existing[entry.where])
    resource = plan.addresses.resolve_references(resource_in(request.body), entry.full_url)
    if is_new:
        id_ = plan.ids[entry.where]
        return answer(store, 201, writes.create(request.path, resource, id_, entry.where))
    target = _instance(entry)
    version, is_first = writes.update(target, resource, request.conditions, entry.where)
    return answer(store, 201 if is_first else 200, version)


def _instance(entry: _Entry) -> Local:
    resource_type, id_ = entry.target
    if not ID.fullmatch(id_):
        words = f"{entry.request.method} goes to a type and an id, not to {entry.request.path!r}."
        raise bad_request(words)
    return Local(resource_type, id_)


def _response(one: Answer, *, show: bool) -> dict[str, Any]:
    status = HTTPStatus(one.status)
    response = {
        "status": f"{status.value} {status.phrase}",
        "location": one.location,
        "etag": one.etag,
        "lastModified": one.last_modified,
        "outcome": one.resource if one.status >= 400 else None,
    }
    entry = {"response": {name: value for name, value in response.items() if value is not None}}
    if show and one.resource is not None and one.status < 400:
        entry["resource"] = one.resource
    return entry
