"""Checks of requests to the upstream, and filters of its responses."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict

from app.sandbox.fhir.access import Access, Resource
from app.sandbox.fhir.outcome import bad_request
from app.sandbox.fhir.references import Local
from app.sandbox.upstream.server import Reply, UpstreamServer

Params = MultiDict[str, str]


def created(access: Access, resource_type: str, resource: Resource) -> None:
    """Raise AccessDenied unless `resource` may be created, FhirError if it is of another type."""
    if resource.get("resourceType") != resource_type:
        raise bad_request(f"The resource is no {resource_type}, as the address says.", "value")
    access.check("c", resource_type, None)
    access.check("c", resource_type, resource)


def updated(
    access: Access, server: UpstreamServer, resource_type: str, id_: str, resource: Resource
) -> None:
    """Raise AccessDenied unless the stored resource may become `resource`; a new one is created."""
    if resource.get("resourceType") != resource_type or resource.get("id") != id_:
        raise bad_request("The resource must have the type and the id of the address.", "value")
    access.check("u", resource_type, None)
    stored = server.find(Local(resource_type, id_))
    if stored is None:
        created(access, resource_type, resource)
        return
    access.check("u", resource_type, stored)
    access.check("u", resource_type, resource)


def deleted(access: Access, server: UpstreamServer, resource_type: str, id_: str) -> None:
    """Raise AccessDenied unless the stored resource may be deleted."""
    access.check("d", resource_type, None)
    if stored := server.find(Local(resource_type, id_)):
        access.check("d", resource_type, stored)


def searched(access: Access, resource_type: str, params: Params) -> Params:
    """Return the parameters of a search, narrowed to what the token covers."""
    access.check("s", resource_type, None)
    return access.narrow(resource_type, params)


def condition(access: Access, resource_type: str, query: str) -> str:
    """Return the condition of a conditional create, narrowed to what the token covers."""
    params: Params = MultiDict(parse_qsl(query, keep_blank_values=True))
    narrowed = searched(access, resource_type, params)
    return urlencode(list(narrowed.items(multi=True)))


def shown(access: Access, reply: Reply) -> Reply:
    """Return the reply without resources that the token does not cover."""
    if reply.resource is None:
        return reply
    if reply.resource.get("resourceType") == "Bundle":
        return Reply(reply.status, _filtered(access, reply.resource), reply.headers)
    return reply if may_see(access, reply.resource) else Reply(reply.status, None, reply.headers)


def may_see(access: Access, resource: Resource) -> bool:
    """Say whether a resource of an answer may be shown; what the server says itself always may."""
    return resource.get("resourceType") == "OperationOutcome" or access.visible(resource)


def _filtered(access: Access, bundle: Resource) -> Resource:
    entries = bundle.get("entry", [])
    if str(bundle.get("type")).endswith("-response"):
        # Each response entry belongs to a request entry: the order stays.
        return bundle | {"entry": [_without_hidden(access, entry) for entry in entries]}
    kept = [entry for entry in entries if may_see(access, entry.get("resource") or {})]
    # The total counts what is hidden too.
    shown_of = {name: value for name, value in bundle.items() if name != "total"}
    return shown_of | {"entry": kept}


def _without_hidden(access: Access, entry: dict[str, Any]) -> dict[str, Any]:
    resource = entry.get("resource")
    if not isinstance(resource, dict):
        return entry
    if resource.get("resourceType") == "Bundle":
        return entry | {"resource": _filtered(access, resource)}
    if may_see(access, resource):
        return entry
    return {name: value for name, value in entry.items() if name != "resource"}
