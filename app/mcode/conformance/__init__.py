"""Whether a resource is what its profile says: checked before anything is written.

The check goes through the compiled profile of mCODE or another guide: cardinalities (of slices
too), fixed values and patterns, types, bindings, references, extensions and their own profiles, and
the invariants of the guide, of US Core and FHIR. It is no replacement for the official validator:
that a resource is FHIR at all is checked in app.fhir.check, and codes that only a terminology
server knows pass.
"""

from collections.abc import Iterator
from typing import Any

from app.fhir.paths import items, text
from app.fhir.types import Resource
from app.mcode.conformance.bindings import scale_problems
from app.mcode.conformance.tree import known_tree, tree
from app.mcode.conformance.walk import Found, check
from app.mcode.definitions import profile
from app.mcode.profiles import profile_names

__all__ = ["claimed_profile", "problems"]


def problems(resource: Resource, profile_name: str | None = None) -> list[str]:
    """Return what keeps a resource from conforming to a profile, as sentences.

    Without a name the first compiled profile of its meta.profile counts; a resource that claims
    none has no problems. Raises KeyError for a profile that is not compiled.
    """
    name = profile_name or claimed_profile(resource)
    if not name:
        return []
    definition = profile(name)
    type_ = resource.get("resourceType")
    if type_ != definition.type:
        return [f"{type_} cannot conform to {definition.name}, which is for {definition.type}"]
    found = [
        *check(tree(name), Found(definition.type, definition.type, resource), resource),
        *_extension_problems(resource, definition.type, resource),
        *_empty(resource, definition.type),
        *scale_problems(resource, definition.name),
    ]
    return list(dict.fromkeys(found))


def claimed_profile(resource: Resource) -> str | None:
    """Return the name of the first compiled profile that a resource claims."""
    return next((name for name in profile_names(resource) if known_tree(name)), None)


def _extension_problems(value: Any, where: str, resource: Resource) -> Iterator[str]:
    """Yield what is wrong with extensions by their own profiles, wherever they stand."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _extension_problems(item, f"{where}[{index}]", resource)
    elif isinstance(value, dict):
        for index, extension in enumerate(items(value.get("extension"))):
            url = text(extension.get("url"))
            root = known_tree(url) if url and "/" in url else None
            if root:
                found = Found(f"{where}.extension[{index}]", "Extension", extension)
                yield from check(root, found, resource)
        for name, item in value.items():
            yield from _extension_problems(item, f"{where}.{name}", resource)


def _empty(value: Any, where: str) -> Iterator[str]:
    """Yield elements that hold nothing, which FHIR knows none of (its rule ele-1)."""
    if value in ({}, [], ""):
        yield f"{where} is empty"
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _empty(item, f"{where}.{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _empty(item, f"{where}[{index}]")
