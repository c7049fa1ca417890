"""The history interactions: the versions of a resource, or of all of a type, newest first."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from app.sandbox.fhir import paging
from app.sandbox.fhir.access import Access, Resource
from app.sandbox.fhir.dates import span
from app.sandbox.fhir.outcome import FhirError, Issue, bad_request
from app.sandbox.fhir.references import Local
from app.sandbox.fhir.search import Params, page_size
from app.sandbox.fhir.store import FhirStore, Version

_STATUS = {"POST": HTTPStatus.CREATED, "PUT": HTTPStatus.OK, "DELETE": HTTPStatus.NO_CONTENT}


def of_instance(store: FhirStore, access: Access, target: Local, params: Params) -> Resource:
    """Return the history of one resource, with its deletions; 404 if it never existed."""
    access.check("r", target.type, None)
    versions = store.versions("type = ? AND id = ?", (target.type, target.id))
    if not versions:
        raise FhirError(404, Issue("not-found", f"There is no {target}."))
    newest = next(version.resource for version in versions if version.resource)
    access.check("r", target.type, newest)
    return _bundle(store, access, f"{target}/_history", versions, params)


def of_type(store: FhirStore, access: Access, resource_type: str, params: Params) -> Resource:
    """Return the history of all resources of a type that the caller may see."""
    access.check("s", resource_type, None)
    versions = store.versions("type = ?", (resource_type,))
    return _bundle(store, access, f"{resource_type}/_history", versions, params)


def _bundle(
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
    entries = [_entry(store, v) for v in _visible(access, versions) if v.seq in wanted]
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


def _entry(store: FhirStore, version: Version) -> dict[str, Any]:
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
