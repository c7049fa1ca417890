"""Loads a Bundle as an administrator: with warnings instead of refusals."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from app.sandbox.fhir import validate
from app.sandbox.fhir.access import Resource
from app.sandbox.fhir.addresses import Addresses
from app.sandbox.fhir.json_text import loads
from app.sandbox.fhir.outcome import FhirError, bad_request
from app.sandbox.fhir.search_parameters import is_supported
from app.sandbox.fhir.store import FhirStore
from app.sandbox.fhir.structure import ID
from app.sandbox.fhir.writing import new_id

_KINDS = ("transaction", "batch", "collection", "searchset")


class DataError(Exception):
    """A file that cannot be loaded; the message names it and says why."""


def read_bundle(path: Path) -> Resource:
    """Return the Bundle in a file. Raises DataError for a file that holds none."""
    try:
        document = loads(path.read_bytes())
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise DataError(f"{path} is no JSON: {error}") from error
    if not isinstance(document, dict) or document.get("resourceType") != "Bundle":
        raise DataError(f"{path} holds no FHIR Bundle.")
    return document


class _Accepted(NamedTuple):
    resource: Resource
    id: str
    full_url: str | None


def load_bundle(store: FhirStore, bundle: Resource) -> list[str]:
    """Store every resource of a Bundle in one database transaction and return warnings.

    Each keeps its own id, or gets the uuid of its fullUrl. What is not quite right is stored all
    the same and warned about: official examples refer to other patients' records on purpose.
    Resources of types that the server does not have are left out. Raises FhirError 400 for what is
    no Bundle. `bundle` must come from `json_text.loads`, so that decimals keep their form.
    """
    entries = bundle.get("entry", []) if isinstance(bundle, dict) else None
    if not isinstance(entries, list) or bundle.get("resourceType") != "Bundle":
        raise bad_request("This is no FHIR Bundle.", "structure")
    if bundle.get("type") not in _KINDS:
        raise bad_request(f"The Bundle's type must be one of {', '.join(_KINDS)}.", "value")
    warnings: list[str] = []
    addresses = Addresses(store)
    with store.transaction():
        accepted = list(_accepted(entries, addresses, warnings))
        stored = [_put(store, addresses, one, warnings) for one in accepted]
        for resource in stored:
            issues = validate.content_problems(resource)
            issues += validate.reference_problems(store, resource)
            name = f"{resource['resourceType']}/{resource['id']}"
            warnings += [f"{name}: {issue.expression}: {issue.diagnostics}" for issue in issues]
    return warnings


def _accepted(entries: list[Any], addresses: Addresses, warnings: list[str]) -> Iterator[_Accepted]:
    """Yield the resources that can be stored, with their new ids."""
    for position, entry in enumerate(entries):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        wrong = _unfit(resource)
        if wrong or not isinstance(resource, dict):
            warnings.append(f"Bundle.entry[{position}] is left out: {wrong}")
            continue
        full_url = entry.get("fullUrl")
        id_ = _id(entry, resource, full_url)
        addresses.add(full_url, resource["resourceType"], id_)
        yield _Accepted(resource, id_, full_url)


def _unfit(resource: Any) -> str | None:
    if not isinstance(resource, dict):
        return "it holds no resource."
    if not is_supported(str(resource.get("resourceType"))):
        return f"{resource.get('resourceType')!r} is no resource type of this server."
    if not isinstance(resource.get("meta", {}), dict):
        return "its meta is no object."
    return None


def _id(entry: dict[str, Any], resource: Resource, full_url: str | None) -> str:
    request = entry.get("request")
    url = str(request.get("url", "")) if isinstance(request, dict) else ""
    candidates = (
        url.removeprefix(f"{resource['resourceType']}/") if "/" in url else None,
        resource.get("id"),
        str(full_url).removeprefix("urn:uuid:"),
    )
    fit = (text for text in candidates if isinstance(text, str) and ID.fullmatch(text))
    return next(fit, None) or new_id()


def _put(store: FhirStore, addresses: Addresses, one: _Accepted, warnings: list[str]) -> Resource:
    resource_type = one.resource["resourceType"]
    try:
        resource = addresses.resolve_references(one.resource, one.full_url)
    except FhirError as error:
        resource = one.resource
        warnings.append(f"{resource_type}/{one.id}: {error}")
    store.put(resource_type, one.id, resource, "PUT")
    return {**resource, "id": one.id}
