"""The shapes of compiled definitions, their short names, and how the files are read into them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from app.terminology.concept import Concept


def without_version(canonical: str) -> str:
    """Return a canonical address without the version after `|`."""
    return canonical.partition("|")[0]


def short_name(canonical: str) -> str:
    """Return the last part of an address or name without the guide's prefix."""
    return without_version(canonical).rstrip("/").rpartition("/")[2].removeprefix("mcode-")


def set_name(canonical: str) -> str:
    """Return the short name of a value set, which has no suffix either."""
    return short_name(canonical).removesuffix("-vs").removesuffix("-value-set")


UNBOUNDED = "*"

_SLICE = re.compile(r":[^.]+")


@dataclass(frozen=True)
class TypeRef:
    """A type that an element may have; `profiles` of the value, `targets` of a reference."""

    code: str
    profiles: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Binding:
    """What the codes of an element are to be taken from: addresses of value sets.

    `strength` is required, extensible, preferred or example, "" where only `max_value_set` is
    stated; outside of that no code is legal, whatever the strength.
    """

    strength: str
    value_set: str
    max_value_set: str = ""


@dataclass(frozen=True)
class Slicing:
    """How the repetitions of an element are told apart: `by` is (discriminator type, path)."""

    rules: str
    by: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Definition:
    """One element of a profile.

    `id` is that of the snapshot, slices included ("Observation.component:longestDimension.code").
    `fixed`, `pattern`, `min_value` and `max_value` are None where nothing is stated; `same_as` is
    the element whose content this one has.
    """

    id: str
    min: int
    max: str
    types: tuple[TypeRef, ...] = ()
    slice: str = ""
    slicing: Slicing | None = None
    fixed: Any = None
    pattern: Any = None
    min_value: Any = None
    max_value: Any = None
    binding: Binding | None = None
    same_as: str = ""

    @property
    def path(self) -> str:
        """Return the id without the names of slices."""
        return _SLICE.sub("", self.id)

    def allows(self, count: int) -> bool:
        """Tell whether the element may be there `count` times."""
        return self.min <= count and (self.max == UNBOUNDED or count <= int(self.max))


@dataclass(frozen=True)
class Invariant:
    """A rule in FHIRPath, and the ids of the elements to which it applies."""

    key: str
    severity: str
    human: str
    expression: str
    at: tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """A profile or an extension."""

    url: str
    name: str
    type: str
    elements: tuple[Definition, ...]
    invariants: tuple[Invariant, ...]

    def element(self, id_: str) -> Definition:
        """Return an element by its id, with or without the type in front; KeyError without one."""
        return self._by_id.get(id_) or self._by_id[f"{self.type}.{id_}"]

    def binding(self, path: str) -> Binding | None:
        """Return the binding of an element, None for one that has none; KeyError for no element."""
        return self.element(path).binding

    @cached_property
    def _by_id(self) -> dict[str, Definition]:
        return {element.id: element for element in self.elements}


@dataclass(frozen=True)
class CompiledValueSet:
    """A value set as far as the packages tell it.

    `filters` are (system, ((property, operation, value), ...)), `systems` are included whole,
    `excluded` are parts as in the file, and `unknown` are sets that no package holds.
    """

    url: str
    name: str
    title: str
    concepts: tuple[Concept, ...] = ()
    systems: tuple[str, ...] = ()
    filters: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = ()
    excluded: tuple[dict[str, Any], ...] = field(default=(), hash=False)
    unknown: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Tell whether every code of the set is among its concepts."""
        return not (self.systems or self.filters or self.unknown)


def profile_of(data: Any) -> Profile:
    """Return the profile of a compiled file."""
    return Profile(
        url=data["url"],
        name=data["name"],
        type=data["type"],
        elements=tuple(_element(item) for item in data["elements"]),
        invariants=tuple(
            Invariant(**{**item, "at": tuple(item["at"])}) for item in data["invariants"]
        ),
    )


def value_set_of(data: Any) -> CompiledValueSet:
    """Return the value set of a compiled file."""
    return CompiledValueSet(
        url=data["url"],
        name=data["name"],
        title=data["title"],
        concepts=tuple(concepts_of(data["codes"])),
        systems=tuple(data["systems"]),
        filters=tuple(
            (item["system"], tuple(tuple(one) for one in item["all"])) for item in data["filters"]
        ),
        excluded=tuple(data["excluded"]),
        unknown=tuple(data["unknown"]),
    )


def concepts_of(groups: Iterable[Any]) -> Iterable[Concept]:
    """Yield the concepts of groups of codes; one without words of its system shows its code."""
    for group in groups:
        for code, display in group["codes"]:
            yield Concept(group["system"], code, display or code, official=bool(display))


def _element(data: Any) -> Definition:
    least, _, most = data["card"].partition("..")
    slicing, binding = data.get("slicing"), data.get("binding")
    return Definition(
        id=data["id"],
        min=int(least),
        max=most,
        types=tuple(
            TypeRef(item["code"], tuple(item.get("profiles", ())), tuple(item.get("targets", ())))
            for item in data.get("types", ())
        ),
        slice=data.get("slice", ""),
        slicing=slicing and Slicing(slicing["rules"], tuple(map(tuple, slicing["by"]))),
        fixed=data.get("fixed"),
        pattern=data.get("pattern"),
        min_value=data.get("minValue"),
        max_value=data.get("maxValue"),
        binding=binding
        and Binding(binding.get("strength", ""), binding.get("set", ""), binding.get("max", "")),
        same_as=data.get("same_as", ""),
    )
