"""The shapes of compiled definitions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from app.terminology.concept import Concept

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
    must_support: bool = False
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
    """A profile or an extension; `parents` are the addresses of its bases, nearest first."""

    url: str
    name: str
    type: str
    parents: tuple[str, ...]
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
