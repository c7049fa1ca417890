"""Calls the interaction of a method and a path below the base."""

from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from app.sandbox.fhir import interactions
from app.sandbox.fhir.access import Access, Resource
from app.sandbox.fhir.interactions import Answer
from app.sandbox.fhir.outcome import FhirError, Issue, bad_request
from app.sandbox.fhir.references import Local
from app.sandbox.fhir.search import Params, search
from app.sandbox.fhir.search_parameters import is_supported
from app.sandbox.fhir.store import FhirStore
from app.sandbox.fhir.structure import ID
from app.sandbox.fhir.writing import UNCONDITIONAL, Preconditions


@dataclass(frozen=True)
class Request:
    """A request, or a Bundle entry: `path` is what follows the base, without a slash.

    `body` is parsed JSON. `lenient` is `Prefer: handling=lenient`.
    """

    method: str
    path: str
    params: Params = field(default_factory=MultiDict)
    body: Any = None
    conditions: Preconditions = UNCONDITIONAL
    lenient: bool = False


def handle(store: FhirStore, access: Access, request: Request) -> Answer:
    """Carry out any interaction except transaction, batch and capabilities.

    Raises FhirError: 404 for an unknown address, 405 for a method that it has not.
    """
    match _segments(request):
        case [resource_type]:
            return _on_type(store, access, request, resource_type)
        case [resource_type, "_search"]:
            return _search(store, access, request, resource_type, "POST")
        case [resource_type, "_history"]:
            _allow(request, "GET")
            bundle = interactions.history_of_type(store, access, resource_type, request.params)
            return Answer(200, bundle)
        case [resource_type, id_]:
            return _on_instance(store, access, request, Local(resource_type, id_))
        case [resource_type, id_, "_history"]:
            _allow(request, "GET")
            target = Local(resource_type, id_)
            return Answer(200, interactions.history_of(store, access, target, request.params))
        case [resource_type, id_, "_history", number]:
            _allow(request, "GET")
            return interactions.read(store, access, Local(resource_type, id_, number))
        case _:
            raise _unknown(request)


def _segments(request: Request) -> list[str]:
    """Return the segments of the path; the first is a supported type."""
    parts = request.path.split("/")
    if parts == [""]:
        raise _not_allowed(request, "POST")
    if not is_supported(parts[0]):
        raise FhirError(404, Issue("not-supported", f"There is no resource type {parts[0]!r}."))
    for part in parts[1:]:
        if not (ID.fullmatch(part) or part in ("_history", "_search")):
            raise _unknown(request)
    return parts


def resource_in(body: Any) -> Resource:
    """Return `body` if it is a resource; FhirError 400 otherwise."""
    if not isinstance(body, dict) or not isinstance(body.get("resourceType"), str):
        raise bad_request("The body must be a resource: an object with resourceType.", "structure")
    return body


def _on_type(store: FhirStore, access: Access, request: Request, resource_type: str) -> Answer:
    if request.method == "POST":
        resource = resource_in(request.body)
        return interactions.create(store, access, resource_type, resource, request.conditions)
    if request.method in ("PUT", "DELETE"):
        words = "Updates and deletions by a condition are not supported; name the resource's id."
        raise FhirError(405, Issue("not-supported", words), headers={"Allow": "GET, POST"})
    return _search(store, access, request, resource_type, "GET")


def _search(
    store: FhirStore, access: Access, request: Request, resource_type: str, method: str
) -> Answer:
    _allow(request, method)
    bundle = search(store, access, resource_type, request.params, lenient=request.lenient)
    return Answer(200, bundle)


def _on_instance(store: FhirStore, access: Access, request: Request, target: Local) -> Answer:
    _allow(request, "GET", "PUT", "DELETE")
    conditions = request.conditions
    if request.method == "PUT":
        resource = resource_in(request.body)
        return interactions.update(store, access, target, resource, conditions)
    if request.method == "DELETE":
        return interactions.delete(store, access, target, conditions)
    return interactions.read(store, access, target, conditions)


def _allow(request: Request, *methods: str) -> None:
    if request.method not in methods:
        raise _not_allowed(request, *methods)


def _not_allowed(request: Request, *methods: str) -> FhirError:
    allowed = ", ".join(methods)
    words = f"{request.method} is not supported at this address; {allowed} is."
    return FhirError(405, Issue("not-supported", words), headers={"Allow": allowed})


def _unknown(request: Request) -> FhirError:
    return FhirError(404, Issue("not-supported", f"There is nothing at {request.path[:80]!r}."))
