"""Which cancer a resource speaks of.

mCODE links in several ways: Observations by `focus` or by the extension related-condition, tumor
sizes by a tumor or a specimen, parts of a panel by the panel, metastases by the extension
condition-related, a Condition by its `stage`.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from app.fhir.paths import items, literal_reference, local_reference, text
from app.fhir.types import Element, Resource
from app.mcode.kinds import Kind
from app.mcode.profiles import extensions_named

_LONGEST_WAY = 3  # marker -> specimen -> tumor -> condition
_MOST_AT_A_STEP = 20  # a chart in which all name all would take the square of its size


class Links:
    """The links among a patient's own resources."""

    def __init__(self, resources: Iterable[Resource], kinds: dict[str, Kind]) -> None:
        self._kinds = kinds
        self._known = {
            name: resource for resource in resources if (name := literal_reference(resource))
        }
        self._parents: dict[str, list[str]] = {}
        self._tumors_by_identifier: dict[tuple[str, str], str] = {}
        for name, resource in self._known.items():
            for member in self.members(resource):
                self._parents.setdefault(member, []).append(name)
            if kinds.get(name) == Kind.TUMOR:
                for identifier in _identifiers(resource):
                    self._tumors_by_identifier[identifier] = name

    def members(self, resource: Resource) -> list[str]:
        """Return `Type/id` of the members of a panel or stage group, and of a report's results."""
        members = [*items(resource.get("hasMember")), *items(resource.get("result"))]
        return [name for member in members if (name := local_reference(member))]

    def parents(self, resource: Resource, most: int | None = None) -> list[Resource]:
        """Return the panels, stage groups and reports that name a resource as a part."""
        names = self._parents.get(literal_reference(resource) or "", [])
        return [self._known[name] for name in names[:most]]

    def named_conditions(self, resource: Resource) -> list[str]:
        """Return `Condition/id` of what the resource itself says it is about."""
        return [name for name in self._named(resource) if name.startswith("Condition/")]

    def condition_of(self, resource: Resource) -> str | None:
        """Return the Condition that a resource speaks of, over tumors, specimens and panels."""
        waiting, seen = [resource], set()
        for _ in range(_LONGEST_WAY + 1):
            further: list[Resource] = []
            for node in waiting:
                seen.add(id(node))
                for name in self._named(node):
                    if name.startswith("Condition/"):
                        return name
                    further += [self._known[name]] if name in self._known else []
                further += self.parents(node, _MOST_AT_A_STEP)
            unseen = {id(node): node for node in further if id(node) not in seen}
            waiting = list(unseen.values())[:_MOST_AT_A_STEP]
        return None

    def _named(self, resource: Resource) -> Iterator[str]:
        """Yield `Type/id` of what a resource names: conditions first, then tumors and specimens."""
        targets: list[Any] = [*items(resource.get("focus")), *items(resource.get("addresses"))]
        kind = self._kinds.get(literal_reference(resource) or "")
        if not (kind and kind.row.focus_only):
            targets += _extension_references(resource, "related-condition")
        if resource.get("resourceType") == "Condition":
            targets += _extension_references(resource, "condition-related")
        targets += items(resource.get("specimen"))
        names = [name for target in targets if (name := local_reference(target))]
        yield from sorted(names, key=lambda name: not name.startswith("Condition/"))
        if resource.get("resourceType") == "Specimen":
            for identifier in _identifiers(resource):
                if identifier in self._tumors_by_identifier:
                    yield self._tumors_by_identifier[identifier]


def assessments(condition: Resource) -> Iterator[str]:
    """Yield `Observation/id` of the stages that a Condition names in its `stage`."""
    for stage in items(condition.get("stage")):
        for assessment in items(stage.get("assessment")):
            if name := local_reference(assessment):
                yield name


def _extension_references(resource: Resource, name: str) -> list[Element]:
    found = (extension.get("valueReference") for extension in extensions_named(resource, name))
    return [reference for reference in found if isinstance(reference, dict)]


def _identifiers(resource: Resource) -> Iterator[tuple[str, str]]:
    for identifier in items(resource.get("identifier")):
        if value := text(identifier.get("value")):
            yield text(identifier.get("system")) or "", value
