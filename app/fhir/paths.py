"""Ways into resources as they come from an EHR: nothing here fails on a malformed element.

An EHR's JSON may hold a string where FHIR has a list. Each function then answers as if the element
were absent, so that one odd resource never hides a patient's others.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from app.fhir.patterns import Pattern
from app.fhir.types import Element, Resource

_ID = r"[A-Za-z0-9\-.]{1,64}"
_TYPE_AND_ID = Pattern(rf"\A([A-Z][A-Za-z]+)/({_ID})(?:/_history/{_ID})?")
# The id that a record gives to what is contained in another resource: its holder's, and its own.
_CONTAINED = Pattern(rf"\A[A-Z][A-Za-z]+/{_ID}#{_ID}")


def items(value: Any) -> list[Element]:
    """Return the objects of a list; a lone object counts as a list of one."""
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: Any) -> str | None:
    """Return a string that has something in it, else None."""
    return value.strip() or None if isinstance(value, str) else None


def get(element: Any, *names: str) -> Any:
    """Walk down `names`, taking the first of each list; None where the way ends."""
    for name in names:
        value = element.get(name) if isinstance(element, dict) else None
        element = value[0] if isinstance(value, list) and value else value
    return element


def literal_reference(resource: Resource) -> str | None:
    """Return `Type/id`, None for a resource that lacks either."""
    type_, id_ = text(resource.get("resourceType")), text(resource.get("id"))
    return f"{type_}/{id_}" if type_ and id_ else None


def is_subsetted(resource: Resource) -> bool:
    """Tell whether a server has left elements out of a resource that it gave out."""
    meta = resource.get("meta")
    tags = items(meta.get("tag")) if isinstance(meta, dict) else []
    return any(tag.get("code") == "SUBSETTED" for tag in tags)


def codings(concept: Any) -> list[Element]:
    """Return the codings of a CodeableConcept."""
    return items(concept.get("coding")) if isinstance(concept, dict) else []


def codes(concept: Any) -> set[tuple[str, str]]:
    """Return the (system, code) pairs of a CodeableConcept; a missing system is an empty string."""
    return {
        (text(coding.get("system")) or "", code)
        for coding in codings(concept)
        if (code := text(coding.get("code")))
    }


def has_code(concept: Any, system: str, code: str) -> bool:
    """Tell whether a CodeableConcept holds this very coding."""
    return (system, code) in codes(concept)


def local_reference(reference: Any, base: str | Sequence[str] = "") -> str | None:
    """Return `Type/id` of a reference that points into the EHR at `base`, else None.

    `reference` is a Reference or its string, relative or absolute below `base` (or one of several),
    with or without a version. An address on another server is not a resource of this patient's
    chart.
    """
    value = reference.get("reference") if isinstance(reference, dict) else reference
    if not isinstance(value, str):
        return None
    if isinstance(reference, dict) and is_contained(value):
        return value
    for known in (base,) if isinstance(base, str) else base:
        if known and value.startswith(known.rstrip("/") + "/"):
            value = value[len(known.rstrip("/")) + 1 :]
            break
    match = _TYPE_AND_ID.fullmatch(value)
    return f"{match[1]}/{match[2]}" if match and match[2].strip(".") else None


def is_contained(name: str) -> bool:
    """Tell whether a `Type/id` is that of a resource contained in another one."""
    return _CONTAINED.fullmatch(name) is not None


def reference_id(reference: Any, type_: str, base: str = "") -> str | None:
    """Return the id of a reference to a resource of `type_`, else None."""
    found_type, _, id_ = (local_reference(reference, base) or "").partition("/")
    return id_ if found_type == type_ else None


def address_reference(address: str | None) -> tuple[str | None, str | None]:
    """Return (`Type/id`, version) from the address of a resource, on whatever host it stands.

    Servers behind a proxy put other hosts into `Location`; the last parts of the path still name
    the resource.
    """
    try:
        path = urlsplit(address or "").path
    except ValueError:  # the server's word for an address, and none
        return None, None
    parts = [part for part in path.split("/") if part]
    version = None
    if len(parts) >= 2 and parts[-2] == "_history":
        version = parts[-1]
        parts = parts[:-2]
    found = _TYPE_AND_ID.fullmatch("/".join(parts[-2:]))
    return (found[0] if found else None), version


def objects(value: Any) -> Iterator[Element]:
    """Yield every object anywhere inside `value`, itself among them, however deep it is."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def references(value: Any, base: str | Sequence[str] = "") -> Iterator[str]:
    """Return `Type/id` of every reference anywhere inside `value` that points into the EHR."""
    return (found for node in objects(value) if (found := local_reference(node, base)))


def extensions(element: Any, url: str) -> list[Element]:
    """Return the extensions of an element that have this address."""
    if not isinstance(element, dict):
        return []
    return [item for item in items(element.get("extension")) if item.get("url") == url]


def extension_value(element: Any, url: str) -> Any:
    """Return the value of the first extension with this address, None without one."""
    for extension in extensions(element, url):
        for name, value in extension.items():
            if name.startswith("value"):
                return value
    return None


def choice(resource: Resource, stem: str) -> tuple[str | None, Any]:
    """Return (name, value) of a choice element: ("valueQuantity", {...}) for the stem `value`."""
    for name, value in resource.items():
        tail = name.removeprefix(stem)
        if tail != name and tail[:1].isupper() and value not in (None, "", [], {}):
            return name, value
    return None, None


def unique(resources: Iterable[Resource]) -> list[Resource]:
    """Return the resources, each `Type/id` once, and all of those without an id."""
    kept: dict[Any, Resource] = {}
    for resource in resources:
        kept.setdefault(literal_reference(resource) or id(resource), resource)
    return list(kept.values())
