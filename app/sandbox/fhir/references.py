"""References between resources: finding them in a resource, reading them, and writing new ones."""

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple

_LOCAL = re.compile(
    r"(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9.\-]{1,64})(/_history/(?P<version>[A-Za-z0-9.\-]{1,64}))?"
)


class Local(NamedTuple):
    """A literal reference to a resource of this server, with a `version` or without."""

    type: str
    id: str
    version: str | None = None

    def __str__(self) -> str:
        return f"{self.type}/{self.id}"


class Found(NamedTuple):
    """A reference in a resource, with the FHIRPath of its Reference element."""

    text: str
    path: str


def local(reference: Any, base: str | None = None) -> Local | None:
    """Read "Type/id", or the same below `base`, version or not; None for anything else."""
    if not isinstance(reference, str):
        return None
    if base and reference.startswith(base + "/"):
        reference = reference[len(base) + 1 :]
    match = _LOCAL.fullmatch(reference)
    return Local(match["type"], match["id"], match["version"]) if match else None


def find_all(element: Any, path: str) -> Iterator[Found]:
    """Yield each literal reference at or below `element`, whose own FHIRPath is `path`."""
    for inner, where in objects(element, path):
        text = inner.get("reference")
        if isinstance(text, str):
            yield Found(text, where)


def objects(element: Any, path: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each object at or below `element`, whose own FHIRPath is `path`, with its FHIRPath."""
    if isinstance(element, dict):
        yield element, path
        for name, value in element.items():
            yield from objects(value, f"{path}.{name}")
    elif isinstance(element, list):
        for position, value in enumerate(element):
            yield from objects(value, f"{path}[{position}]")


# Identifier.value and other strings may look like an entry's address too, and stay as they are.
_ADDRESSES = frozenset({"reference", "valueUri", "valueUrl", "valueCanonical", "valueUuid"})


def rewrite(element: Any, change: Callable[[str], str], names: Collection[str] = _ADDRESSES) -> Any:
    """Return a copy of `element` in which `change` was applied to each address of a resource.

    An address is the text of an element that has one of `names`.
    """
    if isinstance(element, dict):
        return {
            name: change(value)
            if name in names and isinstance(value, str)
            else rewrite(value, change, names)
            for name, value in element.items()
        }
    if isinstance(element, list):
        return [rewrite(value, change, names) for value in element]
    return element
