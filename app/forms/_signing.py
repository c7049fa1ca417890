"""Whom the elements that name an author may refer to, as each profile has it."""

from __future__ import annotations

from functools import cache

from app.fhir.resource_types import resource_type
from app.fhir.types import Element, Resource
from app.forms._definition import Author, Part
from app.mcode.definitions import profile, type_of


def signature(part: Part, author: Author) -> Resource:
    """Return the elements of a new resource that name who made it; none where it has no place.

    An element that may not refer to this kind of person names them in words alone: another element
    of the type that may, or else the Provenance, refers to them.
    """
    signed: Resource = {}
    refers = False
    for path in resource_type(part.type).signed_by:
        named = _named(part, path.replace("[]", ""), author)
        if not signed or ("reference" in named and not refers):
            signed |= _at(path, named)
            refers = "reference" in named
    return signed


def _at(path: str, named: Element) -> Resource:
    name, is_list, inner = path.partition("[]")
    value = {inner[1:]: named} if inner else named
    return {name: [value] if is_list else value}


def _named(part: Part, element: str, author: Author) -> Element:
    named: Element = {"display": author.name}
    kind = (author.reference or "").partition("/")[0]
    if kind in allowed(part.profile, element):
        named["reference"] = author.reference
    return named


@cache
def allowed(profile_name: str, element: str) -> frozenset[str]:
    """Return the types of resources that an element of the profile may refer to."""
    types = profile(profile_name).element(element).types
    return frozenset(filter(None, (type_of(url) for found in types for url in found.targets)))
