"""The interactions of the RESTful API, one function each, without HTTP.

Each asks `access` before it answers, and raises FhirError or AccessDenied.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict

from app.sandbox.fhir.access import Access, Resource
from app.sandbox.fhir.outcome import FhirError, Issue
from app.sandbox.fhir.references import Local
from app.sandbox.fhir.search import Params, matches
from app.sandbox.fhir.store import FhirStore, Version
from app.sandbox.fhir.writing import UNCONDITIONAL, Preconditions, writing


@dataclass(frozen=True)
class Answer:
    """What an interaction answers: an HTTP status, the resource, and the version it has."""

    status: int
    resource: Resource | None = None
    location: str | None = None
    etag: str | None = None
    last_modified: str | None = None


def answer(store: FhirStore, status: int, version: Version) -> Answer:
    """Return the answer with `version`; it has a Location only with status 201."""
    location = f"{store.base}/{version.path}" if status == 201 else None
    return Answer(status, version.resource, location, version.etag, version.updated)


def read(
    store: FhirStore, access: Access, target: Local, conditions: Preconditions = UNCONDITIONAL
) -> Answer:
    """Answer with the version that `target` names, or with the current one.

    304 if the caller has it already (If-None-Match), 410 if it is deleted.
    """
    access.check("r", target.type, None)
    if target.version:
        version = store.version(target.type, target.id, target.version)
    else:
        version = store.latest(target.type, target.id)
    if version is None:
        raise FhirError(404, Issue("not-found", f"There is no {target}."))
    if version.resource is None:
        raise FhirError(410, Issue("deleted", f"{target} is deleted."))
    access.check("r", target.type, version.resource)
    if conditions.if_none_match == version.etag:
        return Answer(304, etag=version.etag, last_modified=version.updated)
    return answer(store, 200, version)


def create(
    store: FhirStore,
    access: Access,
    resource_type: str,
    resource: Resource,
    conditions: Preconditions = UNCONDITIONAL,
) -> Answer:
    """Create a resource: 201; or 200 with the match of a conditional create (If-None-Exist)."""
    with writing(store, access) as writes:
        existing = match_one(store, access, resource_type, conditions.if_none_exist)
        if existing:
            return answer(store, 200, existing)
        return answer(store, 201, writes.create(resource_type, resource))


def update(
    store: FhirStore,
    access: Access,
    target: Local,
    resource: Resource,
    conditions: Preconditions = UNCONDITIONAL,
) -> Answer:
    """Store a new version: 200; or the first one, with the id of the caller: 201."""
    with writing(store, access) as writes:
        version, is_first = writes.update(target, resource, conditions)
        return answer(store, 201 if is_first else 200, version)


def delete(
    store: FhirStore, access: Access, target: Local, conditions: Preconditions = UNCONDITIONAL
) -> Answer:
    """Delete a resource: 204, also if there was none."""
    with writing(store, access) as writes:
        version = writes.delete(target, conditions)
        return Answer(204, etag=version.etag if version else None)


def match_one(
    store: FhirStore, access: Access, resource_type: str, condition: str | None
) -> Version | None:
    """Return the match of a conditional create (If-None-Exist), or None; 412 if there are several.

    The whole store is searched, because a copy that the caller cannot see is a copy too. The match
    is shown only to a caller who may search for it.
    """
    if condition is None:
        return None
    access.check("c", resource_type, None)
    params: Params = MultiDict(parse_qsl(condition.removeprefix(f"{resource_type}?")))
    found = matches(store, resource_type, params)
    if len(found) > 1:
        words = f"{len(found)} resources match {condition!r}; the condition must match one at most."
        raise FhirError(412, Issue("multiple-matches", words))
    if not found:
        return None
    access.check("s", resource_type, found[0])
    return store.latest(resource_type, found[0]["id"])
