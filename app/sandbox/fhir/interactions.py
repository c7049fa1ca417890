"""The interactions of the RESTful API, one function each, without HTTP.

Each asks `access` before it answers, and raises FhirError.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict

from app.sandbox.fhir import paging
from app.sandbox.fhir.access import Access, Resource
from app.sandbox.fhir.dates import span
from app.sandbox.fhir.outcome import FhirError, Issue, bad_request
from app.sandbox.fhir.references import Local
from app.sandbox.fhir.search import Params, matches, page_size
from app.sandbox.fhir.store import FhirStore, Version
from app.sandbox.fhir.writing import UNCONDITIONAL, Preconditions, writing

_STATUS = {"POST": HTTPStatus.CREATED, "PUT": HTTPStatus.OK, "DELETE": HTTPStatus.NO_CONTENT}


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
    version = store.version(target)
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


def history_of(store: FhirStore, access: Access, target: Local, params: Params) -> Resource:
    """Return the history of one resource, with its deletions; 404 if it never existed."""
    access.check("r", target.type, None)
    versions = store.versions("type = ? AND id = ?", (target.type, target.id))
    if not versions:
        raise FhirError(404, Issue("not-found", f"There is no {target}."))
    newest = next(version.resource for version in versions if version.resource)
    access.check("r", target.type, newest)
    return _history(store, access, f"{target}/_history", versions, params)


def history_of_type(
    store: FhirStore, access: Access, resource_type: str, params: Params
) -> Resource:
    """Return the history of all resources of a type that the caller may see."""
    access.check("s", resource_type, None)
    versions = store.versions("type = ?", (resource_type,))
    return _history(store, access, f"{resource_type}/_history", versions, params)


def _history(
    store: FhirStore, access: Access, path: str, versions: list[Version], params: Params
) -> Resource:
    if "_page" in params:
        found, page = paging.page_of(store, path, params["_page"])
    else:
        since = _since(params.get("_since"))
        shown = [v.seq for v in _visible(access, versions) if v.updated >= since]
        found = paging.Snapshot(path, shown, page_size(params.get("_count")), {})
        page = paging.first_page(store, found, f"{store.base}/{path}")
    wanted = set(page.keys)
    entries = [_history_entry(store, v) for v in _visible(access, versions) if v.seq in wanted]
    return {
        "resourceType": "Bundle",
        "type": "history",
        "total": len(found.keys),
        "link": page.links,
        **({"entry": entries} if entries else {}),
    }


def _visible(access: Access, versions: list[Version]) -> list[Version]:
    """Return the visible versions; a deletion is visible if the deleted resource was."""
    shown = []
    seen: dict[tuple[str, str], bool] = {}
    for version in reversed(versions):
        key = (version.type, version.id)
        if version.resource is not None:
            seen[key] = access.visible(version.resource)
        if seen.get(key):
            shown.append(version)
    return shown[::-1]


def _since(text: str | None) -> str:
    if text is None:
        return ""
    covered = span(text.replace(" ", "+"))
    if covered is None:
        raise bad_request(f"_since is an instant, not {text!r}.", "value")
    return covered.low


def _history_entry(store: FhirStore, version: Version) -> dict[str, Any]:
    status = _STATUS[version.method]
    if version.method == "PUT" and version.number == 1:
        status = HTTPStatus.CREATED
    url = version.type if version.method == "POST" else f"{version.type}/{version.id}"
    return {
        "fullUrl": f"{store.base}/{version.type}/{version.id}",
        **({"resource": version.resource} if version.resource is not None else {}),
        "request": {"method": version.method, "url": url},
        "response": {
            "status": f"{status} {status.phrase}",
            "etag": version.etag,
            "lastModified": version.updated,
        },
    }
