"""A profile's elements as a tree, along which a check walks through a resource."""

from dataclasses import dataclass, field
from functools import cache

from app.mcode.definitions import profile
from app.mcode.definitions.shapes import Definition, Invariant, Profile

CHOICE = "[x]"


@dataclass(eq=False)
class Node:
    """An element of a profile with what stands below it; `slices` are its named repetitions."""

    definition: Definition
    children: "dict[str, Node]" = field(default_factory=dict)
    slices: "list[Node]" = field(default_factory=list)
    invariants: list[Invariant] = field(default_factory=list)


@cache
def tree(name: str) -> Node:
    """Return the root of a compiled profile; KeyError for one that is not compiled."""
    found = profile(name)
    nodes: dict[str, Node] = {}
    for definition in found.elements:
        nodes[definition.id] = node = Node(definition)
        parent, _, last = definition.id.rpartition(".")
        if definition.slice and ":" in last:
            nodes[definition.id.removesuffix(f":{definition.slice}")].slices.append(node)
        elif parent:
            nodes[parent].children[last] = node
    for node in nodes.values():
        if node.definition.same_as:
            node.children = nodes[node.definition.same_as].children
    _place_invariants(found, nodes)
    return nodes[found.elements[0].id]


def known_tree(name: str) -> Node | None:
    """Return the root of a profile, None for one that is not compiled."""
    try:
        return tree(name)
    except KeyError:
        return None


def _place_invariants(found: Profile, nodes: dict[str, Node]) -> None:
    for invariant in found.invariants:
        if invariant.severity == "error":
            for id_ in invariant.at:
                nodes[id_].invariants.append(invariant)
