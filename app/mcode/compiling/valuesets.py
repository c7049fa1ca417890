"""From the compose of a ValueSet to its codes, and to what of it no package enumerates."""

from collections.abc import Iterator, Sequence
from typing import Any

from app.mcode.compiling.package import Package
from app.mcode.definitions.shapes import set_name, without_version

Codes = dict[tuple[str, str], str]


class ValueSets:
    """The value sets of several packages, which may be made of each other."""

    def __init__(self, packages: Sequence[Package]) -> None:
        self._sets = {url: item for package in packages for url, item in package.value_sets.items()}
        self._systems = {
            url: item
            for package in packages
            for url, item in package.code_systems.items()
            if item.get("content") == "complete"
        }

    def __contains__(self, url: str) -> bool:
        return url in self._sets

    def compile(self, url: str) -> dict[str, Any]:
        """Return one set of a package with the sets that it includes brought in.

        `codes` are in the set's order, grouped by system; `filters` and `systems` are what has to
        be asked of a terminology server; `unknown` names sets that no package holds. A set is
        enumerated where the last three are empty.
        """
        content = self._content(url)
        return {
            "url": url,
            "name": set_name(url),
            "title": self._sets[url].get("title", ""),
            "codes": _grouped(content.codes),
            "systems": content.systems,
            "filters": content.filters,
            "excluded": content.excluded,
            "unknown": content.unknown,
        }

    def _content(self, url: str) -> "_Content":
        content = _Content()
        definition = self._sets.get(without_version(url))
        if not definition:
            content.unknown.append(without_version(url))
            return content
        compose = definition["compose"]
        for part in compose["include"]:
            content.add(self._part(part))
        for part in compose.get("exclude", []):
            content.remove(self._part(part))
        return content

    def _part(self, part: dict[str, Any]) -> "_Content":
        """Return what an include or exclude names: codes, a filter, a whole system, or sets."""
        content = _Content()
        system = part.get("system")
        sets = part.get("valueSet", [])
        if len(sets) + bool(system) != 1:
            # Several sets, or a system with sets, stand for what they have in common.
            raise NotImplementedError(f"an intersection of value sets: {part}")
        for url in sets:
            content.add(self._content(url))
        if not system:
            return content
        if listed := part.get("concept"):
            content.codes = {
                (system, concept["code"]): concept.get("display", "") for concept in listed
            }
        elif filters := part.get("filter"):
            content.filters = [
                {
                    "system": system,
                    "all": [[one["property"], one["op"], one["value"]] for one in filters],
                }
            ]
        elif known := self._systems.get(system):
            content.codes = {(system, code): display for code, display in _concepts(known)}
        else:
            content.systems = [system]
        return content


class _Content:
    """What a set holds."""

    def __init__(self) -> None:
        self.codes: Codes = {}
        self.systems: list[str] = []
        self.filters: list[dict[str, Any]] = []
        self.excluded: list[dict[str, Any]] = []
        self.unknown: list[str] = []

    def add(self, other: "_Content") -> None:
        """Bring in what another holds, once."""
        for key, display in other.codes.items():
            self.codes.setdefault(key, display)
        for name in ("systems", "filters", "excluded", "unknown"):
            mine = getattr(self, name)
            mine.extend(item for item in getattr(other, name) if item not in mine)

    def remove(self, other: "_Content") -> None:
        """Take out the codes of another, and keep what a terminology server has to leave out."""
        self.codes = {key: display for key, display in self.codes.items() if key not in other.codes}
        self.excluded.extend(other.filters)
        self.excluded.extend({"system": system} for system in other.systems)
        self.excluded.extend({"set": url} for url in other.unknown)
        if self.filters or self.systems:
            self.excluded.extend(_grouped(other.codes))


def _grouped(codes: Codes) -> list[dict[str, Any]]:
    """Return codes as lists of [code, display], a new one wherever the system changes."""
    groups: list[dict[str, Any]] = []
    for (system, code), display in codes.items():
        if not groups or groups[-1]["system"] != system:
            groups.append({"system": system, "codes": []})
        groups[-1]["codes"].append([code, display])
    return groups


def _concepts(holder: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the codes of a code system with those below them."""
    for concept in holder.get("concept", []):
        yield concept["code"], concept.get("display", "")
        yield from _concepts(concept)
