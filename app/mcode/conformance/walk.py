"""Walking through a resource along the tree of its profile."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from app.fhir.types import Element, Resource
from app.mcode.conformance.bindings import binding_problems, reference_problems
from app.mcode.conformance.invariants import breaks
from app.mcode.conformance.matching import belongs, matches_pattern
from app.mcode.conformance.tree import CHOICE, Node, known_tree
from app.mcode.definitions.shapes import Definition

# Types whose parts are told by the element's own path.
_UNNAMED = {"BackboneElement", "Element", ""}


class Found(NamedTuple):
    """A value in a resource: where it stands, its FHIR type, and itself.

    `value` is None for a primitive that has extensions only.
    """

    where: str
    type: str
    value: Any


def check(node: Node, found: Found, resource: Resource) -> Iterator[str]:
    """Yield what is wrong with one value and with all below it, as sentences."""
    yield from _check_value(node.definition, found, resource)
    yield from _check_invariants(node, found, resource)
    if isinstance(found.value, dict):
        for child in node.children.values():
            yield from _check_child(child, found, resource, node)
    for url in (url for type_ in node.definition.types for url in type_.profiles):
        root = known_tree(url)
        if root and found.type != "Extension" and found.value is not None:
            yield from check(root, found, resource)


def _check_value(definition: Definition, found: Found, resource: Resource) -> Iterator[str]:
    if found.value is None:
        return
    for problem in _value_problems(definition, found.value):
        yield f"{found.where} {problem}"
    if definition.binding:
        for problem in binding_problems(definition.binding, found.type, found.value):
            yield f"{found.where} {problem}"
    for allowed in definition.types:
        if allowed.code == found.type == "Reference":
            for problem in reference_problems(allowed, found.value, resource):
                yield f"{found.where} {problem}"


def _value_problems(definition: Definition, value: Any) -> Iterator[str]:
    for stated in (definition.fixed, definition.pattern):
        if stated is not None and not matches_pattern(value, stated):
            yield f"is not {_stated_text(stated)}"
    if definition.min_value is not None and value < definition.min_value:
        yield f"is below {definition.min_value}"
    if definition.max_value is not None and value > definition.max_value:
        yield f"is above {definition.max_value}"


def _check_invariants(node: Node, found: Found, resource: Resource) -> Iterator[str]:
    path = node.definition.path if found.type in _UNNAMED else found.type
    if found.value is None:
        return
    for invariant in node.invariants:
        if breaks(invariant.expression, found.value, path, resource):
            yield f"{found.where} breaks the rule {invariant.key}: {invariant.human.rstrip('.')}"


def _check_child(child: Node, parent: Found, resource: Resource, above: Node) -> Iterator[str]:
    values, others = _values(child, parent, above)
    definition = child.definition
    for name in others:
        allowed = " or ".join(type_.code for type_ in definition.types)
        yield f"{parent.where}.{name} is not of a type allowed here: {allowed}"
    last = definition.id.rpartition(".")[2]
    yield from _check_count(definition, f"{parent.where}.{last}", len(values) + len(others))
    for found in values:
        yield from check(child, found, resource)
    yield from _check_slices(child, f"{parent.where}.{last}", values, resource)


def _check_slices(node: Node, where: str, values: list[Found], resource: Resource) -> Iterator[str]:
    slicing = node.definition.slicing
    if not slicing or not node.slices:
        return
    taken: set[int] = set()
    for slice_ in node.slices:
        verdicts = [belongs(slice_, found.type, found.value, slicing.by) for found in values]
        if None in verdicts:
            return
        held = [found for found, verdict in zip(values, verdicts, strict=True) if verdict]
        taken |= {index for index, verdict in enumerate(verdicts) if verdict}
        yield from _check_count(slice_.definition, f"{where}:{slice_.definition.slice}", len(held))
        for found in held:
            yield from check(slice_, found, resource)
    if slicing.rules == "closed":
        for index, found in enumerate(values):
            if index not in taken:
                yield f"{found.where} is none of the kinds allowed here"


def _check_count(definition: Definition, where: str, count: int) -> Iterator[str]:
    if definition.allows(count):
        return
    if count < definition.min:
        yield f"{where} is missing" if not count else f"{where} is there {count} times, too few"
    elif definition.max == "0":
        yield f"{where} is not used in this profile"
    else:
        yield f"{where} is there {count} times, and may be there {definition.max} times at most"


def _values(child: Node, parent: Found, above: Node) -> tuple[list[Found], list[str]]:
    """Return the values of an element, and the names of a choice that are of no allowed type."""
    name = child.definition.id.rpartition(".")[2]
    element = parent.value
    if not name.endswith(CHOICE):
        types = child.definition.types
        type_ = types[0].code if types else ""
        return list(_listed(element, name, f"{parent.where}.{name}", type_)), []
    stem = name.removesuffix(CHOICE)
    codes = [type_.code for type_ in child.definition.types]
    allowed = {f"{code[:1].upper()}{code[1:]}": code for code in codes}
    values: list[Found] = []
    others = []
    for key in _choices(element, stem, above.children):
        suffix = key.removeprefix(stem)
        if suffix in allowed:
            values += _listed(element, key, f"{parent.where}.{key}", allowed[suffix])
        else:
            others.append(key)
    return values, others


def _choices(element: Element, stem: str, siblings: dict[str, Node]) -> list[str]:
    names = {key.removeprefix("_") for key in element}
    return sorted(
        key
        for key in names
        if key.startswith(stem) and key[len(stem) :][:1].isupper() and key not in siblings
    )


def _listed(element: Element, name: str, where: str, type_: str) -> Iterator[Found]:
    """Yield the values under a name; of a primitive also those that have extensions only."""
    value, primitive = element.get(name), element.get(f"_{name}")
    if not isinstance(value, list) and not isinstance(primitive, list):
        if value is not None or primitive is not None:
            yield Found(where, type_, value)
        return
    values = value if isinstance(value, list) else []
    extra = primitive if isinstance(primitive, list) else []
    for index in range(max(len(values), len(extra))):
        item = values[index] if index < len(values) else None
        yield Found(f"{where}[{index}]", type_, item)


def _stated_text(stated: Any) -> str:
    """Return a stated value in short: codings as system|code."""
    if isinstance(stated, dict) and "coding" in stated:
        return " with ".join(_stated_text(coding) for coding in stated["coding"])
    if isinstance(stated, dict) and "code" in stated:
        return f"{stated.get('system', '')}|{stated['code']}"
    return str(stated)
