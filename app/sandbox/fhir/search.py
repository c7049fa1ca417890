"""The search interaction: criteria, order, included resources, pages."""

from dataclasses import astuple, dataclass
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from app.sandbox.fhir import criteria, paging
from app.sandbox.fhir.access import Access, Resource
from app.sandbox.fhir.includes import Include, included
from app.sandbox.fhir.json_text import loads
from app.sandbox.fhir.outcome import bad_request
from app.sandbox.fhir.references import Local
from app.sandbox.fhir.search_parameters import parameters
from app.sandbox.fhir.store import FhirStore

Params = MultiDict[str, str]

PAGE_SIZE = 50
LARGEST_PAGE = 500
_CHOICES = {
    "_total": ("none", "estimate", "accurate"),
    "_summary": ("count", "false"),
}
_PLAIN = frozenset({"_count", "_sort"})
_IGNORED = frozenset({"_format", "_pretty"})


@dataclass(frozen=True)
class _Query:
    """A parsed search request; `used` are the parameters that are not ignored."""

    used: Params
    criteria: Params
    sort: tuple[tuple[str, bool], ...]
    includes: tuple[Include, ...]
    size: int
    total: bool


def search(
    store: FhirStore,
    access: Access,
    resource_type: str,
    params: Params,
    *,
    lenient: bool = False,
) -> Resource:
    """Return the searchset Bundle; unknown parameters are refused, or ignored if `lenient`.

    `_page` alone asks for a further page of an earlier answer.
    """
    access.check("s", resource_type, None)
    if "_page" in params:
        found, page = paging.page_of(store, resource_type, params["_page"])
        return _bundle(store, access, found, page)
    query = _parse(resource_type, params, lenient=lenient)
    narrowed = access.narrow(resource_type, query.criteria.copy())
    ids = [
        resource["id"]
        for resource in _select(store, resource_type, narrowed, query.sort)
        if access.visible(resource)
    ]
    found = paging.Snapshot(
        path=resource_type,
        keys=ids,
        size=query.size,
        query={"total": query.total, "includes": [astuple(include) for include in query.includes]},
    )
    url = f"{store.base}/{resource_type}"
    if query.used:
        url += f"?{urlencode(list(query.used.items(multi=True)))}"
    return _bundle(store, access, found, paging.first_page(store, found, url))


def matches(store: FhirStore, resource_type: str, params: Params) -> list[Resource]:
    """Return all matches of `params`, which must not be empty: for conditional interactions."""
    query = _parse(resource_type, params, lenient=False)
    if not query.criteria:
        raise bad_request("A condition needs a search parameter at least.", "required")
    return _select(store, resource_type, query.criteria, ())


def _parse(resource_type: str, params: Params, *, lenient: bool) -> _Query:
    used: Params = MultiDict()
    for key, value in params.items(multi=True):
        if key in _IGNORED:
            continue
        if _is_known(resource_type, key, value):
            used.add(key, value)
        elif not lenient:
            raise criteria.unknown(resource_type, f"{key}={value}" if key[0:1] == "_" else key)
    pairs = list(used.items(multi=True))
    return _Query(
        used=used,
        criteria=MultiDict([(k, v) for k, v in pairs if criteria.find(resource_type, k)]),
        sort=_sort(resource_type, used.get("_sort", "")),
        includes=tuple(include for k, v in pairs if (include := Include.parse(k, v))),
        size=0 if used.get("_summary") == "count" else page_size(used.get("_count")),
        total=used.get("_total") != "none",
    )


def _is_known(resource_type: str, key: str, value: str) -> bool:
    if key in _CHOICES:
        return value in _CHOICES[key]
    return bool(key in _PLAIN or Include.parse(key, value) or criteria.find(resource_type, key))


def page_size(text: str | None) -> int:
    """Return how many entries a page has if `_count` is `text`."""
    if text is None:
        return PAGE_SIZE
    if not text.isdecimal():
        raise bad_request(f"_count is a whole number, not {text!r}.", "value")
    return min(int(text[:9]), LARGEST_PAGE)


def _sort(resource_type: str, text: str) -> tuple[tuple[str, bool], ...]:
    """Read "-date,_id" as ((date, descending), (_id, ascending))."""
    keys = tuple((key.removeprefix("-"), key.startswith("-")) for key in text.split(",") if key)
    for name, _ in keys:
        if name not in parameters(resource_type):
            raise bad_request(f"{resource_type} cannot be sorted by {name!r}.", "not-supported")
    return keys


def _select(
    store: FhirStore, resource_type: str, params: Params, sort: tuple[tuple[str, bool], ...]
) -> list[Resource]:
    where = ["v.type = ? AND v.latest AND v.body IS NOT NULL"]
    args: list[str] = [resource_type]
    for key, text in params.items(multi=True):
        one = criteria.condition(resource_type, key, text, store.base)
        where.append(one.sql)
        args.extend(one.args)
    order = []
    for name, descending in sort:
        column = "low" if parameters(resource_type)[name].kind == "date" else "value"
        edge, direction = ("max", "DESC") if descending else ("min", "ASC")
        # Left to itself, SQLite walks the index of all dates in search of the least.
        key_of = (
            f"(SELECT {edge}({column}) FROM terms t INDEXED BY terms_by_resource"  # noqa: S608 - names from the code alone
            " WHERE t.type = v.type AND t.id = v.id AND t.param = ?)"
        )
        order.append(f"{key_of} {direction} NULLS LAST")
        args.append(name)
    order.append("v.seq")
    sql = (
        f"SELECT v.body FROM versions v WHERE {' AND '.join(where)}"  # noqa: S608 - values are bound
        f" ORDER BY {', '.join(order)}"
    )
    return [loads(body) for (body,) in store.rows(sql, args)]


def _bundle(
    store: FhirStore, access: Access, found: paging.Snapshot, page: paging.Page
) -> Resource:
    here = [store.find(Local(found.path, id_)) for id_ in page.keys]
    # A page of a snapshot shows only resources that still exist and that the caller may see.
    shown = [resource for resource in here if resource and access.visible(resource)]
    includes = [Include(*stored) for stored in found.query["includes"]]
    entries = [_entry(store, resource, "match") for resource in shown]
    entries += [
        _entry(store, resource, "include")
        for resource in included(store, includes, shown)
        if access.visible(resource)
    ]
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset"}
    if found.query["total"]:
        bundle["total"] = len(found.keys)
    bundle["link"] = page.links
    if entries:
        bundle["entry"] = entries
    return bundle


def _entry(store: FhirStore, resource: Resource, mode: str) -> dict[str, Any]:
    return {
        "fullUrl": f"{store.base}/{resource['resourceType']}/{resource['id']}",
        "resource": resource,
        "search": {"mode": mode},
    }
