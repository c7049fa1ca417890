"""Whether a value is what a profile states: fixed values, patterns, and the slice it belongs to."""

from collections.abc import Iterable
from typing import Any

from app.fhir.paths import items
from app.mcode.conformance.tree import Node, known_tree
from app.mcode.valuesets import value_set

THIS = "$this"


def matches_pattern(value: Any, pattern: Any) -> bool:
    """Tell whether a value holds all that a pattern states; it may hold more."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            matches_pattern(value.get(name), part) for name, part in pattern.items()
        )
    if isinstance(pattern, list):
        held = value if isinstance(value, list) else []
        return all(any(matches_pattern(item, part) for item in held) for part in pattern)
    return bool(value == pattern)


def states(node: Node, value: Any) -> bool | None:
    """Tell whether a value is what an element states, in itself or below.

    None where it states nothing. Looked at are fixed values, patterns and required bindings: what
    tells slices apart.
    """
    definition = node.definition
    if definition.fixed is not None:
        return bool(value == definition.fixed)
    if definition.pattern is not None:
        return matches_pattern(value, definition.pattern)
    binding = definition.binding
    if binding and binding.strength == "required":
        return _may_be_bound(value, binding.value_set)
    verdicts = [
        any(verdict for item in step(value, name) if (verdict := states(child, item)))
        for name, child in node.children.items()
        if _states_something(child)
    ]
    return all(verdicts) if verdicts else None


def belongs(slice_: Node, type_: str, value: Any, by: Iterable[tuple[str, str]]) -> bool | None:
    """Tell whether a value belongs to a slice; None where that cannot be seen in the value.

    `type_` is the FHIR type of the value and `by` are the discriminators. What a reference leads
    to is not looked at, so slices by the profile of a target are not told apart.
    """
    verdicts = [_meets(slice_, type_, value, kind, path) for kind, path in by]
    if False in verdicts:
        return False
    return None if None in verdicts else True


def step(value: Any, name: str) -> list[Any]:
    """Return what stands under a name, as a list."""
    found = value.get(name) if isinstance(value, dict) else None
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def _meets(slice_: Node, type_: str, value: Any, kind: str, path: str) -> bool | None:
    if kind == "type":
        return _has_type(slice_, type_, value, path)
    if kind not in {"value", "pattern"}:
        return None
    return _stated_at(slice_, value, [] if path == THIS else path.split("."))


def _has_type(slice_: Node, type_: str, value: Any, path: str) -> bool:
    if path == THIS:
        return type_ in {one.code for one in slice_.definition.types}
    allowed = {one.code for one in slice_.children[path].definition.types}
    return any(item.get("resourceType") in allowed for item in items(step(value, path)))


def _stated_at(node: Node, value: Any, path: list[str]) -> bool | None:
    """Tell whether a value is, at `path`, what a node states there."""
    if not path:
        return states(node, value)
    name, *rest = path
    if node.definition.pattern is not None and name in node.definition.pattern:
        return matches_pattern(value, {name: node.definition.pattern[name]})
    child = node.children.get(name)
    verdict = _any_stated(child, step(value, name), rest) if child else None
    if verdict is not None:
        return verdict
    for url in (url for one in node.definition.types for url in one.profiles):
        if name == "url":
            return bool(step(value, name) == [url])
        root = known_tree(url)
        if root and name in root.children:
            return _any_stated(root.children[name], step(value, name), rest)
    return None


def _any_stated(node: Node, values: list[Any], rest: list[str]) -> bool | None:
    if not _states_something(node):
        return None
    return any(_stated_at(node, value, rest) for value in values)


def _states_something(node: Node) -> bool:
    definition = node.definition
    return (
        definition.fixed is not None
        or definition.pattern is not None
        or (definition.binding is not None and definition.binding.strength == "required")
        or any(_states_something(child) for child in node.children.values())
    )


def _may_be_bound(value: Any, url: str) -> bool:
    known = value_set(url)
    if isinstance(value, str):
        return known.holds_code(value) is not False
    codings = items(value.get("coding")) if isinstance(value, dict) else []
    codings = codings or items(value)
    return any(
        known.holds(coding.get("system", ""), coding.get("code", "")) is not False
        for coding in codings
    )
