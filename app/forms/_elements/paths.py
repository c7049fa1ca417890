"""The way into a resource: objects, extensions, components, entries of a list.

A step finds its place, makes it where something is to be written, and takes it away again where
nothing is left in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.fhir.paths import choice, items
from app.fhir.types import Element as Json
from app.fhir.types import Resource
from app.forms._elements.base import AS_RECORDED, Element, Text
from app.mcode.values import observation_value
from app.terminology.concept import Concept
from app.terminology.systems import known_codes
from app.terminology.words import concept_text


class Step(Protocol):
    def find(self, node: Json) -> Json | None: ...
    def make(self, node: Json) -> Json: ...
    def tidy(self, node: Json, child: Json) -> None: ...


@dataclass(frozen=True)
class Key:
    """An object element, such as `collection`."""

    name: str

    def find(self, node: Json) -> Json | None:
        value = node.get(self.name)
        return value if isinstance(value, dict) else None

    def make(self, node: Json) -> Json:
        child: Json = {}
        node[self.name] = child
        return child

    def tidy(self, node: Json, child: Json) -> None:
        if not child:
            del node[self.name]


@dataclass(frozen=True)
class Where:
    """The first entry of the list `name` that `fits`; a new one begins as `new`."""

    name: str
    fits: Callable[[Json], bool]
    new: Mapping[str, Any] = field(default_factory=dict)

    def find(self, node: Json) -> Json | None:
        return next((entry for entry in items(node.get(self.name)) if self.fits(entry)), None)

    def make(self, node: Json) -> Json:
        child = dict(self.new)
        node[self.name] = [*items(node.get(self.name)), child]
        return child

    def tidy(self, node: Json, child: Json) -> None:
        # What is left says no more than that nothing is said.
        if set(child) <= set(self.new):
            rest = [entry for entry in items(node[self.name]) if entry is not child]
            node[self.name] = rest
            if not rest:
                del node[self.name]


def First(name: str) -> Where:  # noqa: N802 -- reads as the steps beside it
    """Return the step to the first entry of a list, such as `dosageInstruction`."""
    return Where(name, bool)


def Every(name: str) -> Where:  # noqa: N802 -- reads as the steps beside it
    """Return the way to all entries of a list, such as `hasMember`."""
    return Where(name, bool)


def Ext(url: str, *earlier: str) -> Where:  # noqa: N802 -- reads as the steps beside it
    """Return the step to the extension with this address, or one that it had in earlier releases.

    What is recorded under an earlier one is changed where it stands: two would contradict.
    """
    known = (url, *earlier)
    return Where("extension", lambda entry: entry.get("url") in known, {"url": url})


def Component(code: Concept) -> Where:  # noqa: N802 -- reads as the steps beside it
    """Return the step to an Observation's component with this code."""
    wanted = (code.system, code.code)
    return Where(
        "component",
        lambda entry: wanted in known_codes(entry.get("code")),
        {"code": code.codeable()},
    )


@dataclass(frozen=True)
class Within:
    """An element at the end of a way: `Within(Ext(url), Coded("valueCodeableConcept", ...))`."""

    steps: tuple[Step, ...]
    element: Element

    def read(self, resource: Resource) -> Text:
        place = self._place(resource)
        return self.element.read(place) if place is not None else ""

    def write(self, resource: Resource, value: Text) -> None:
        if value not in {self.read(resource), AS_RECORDED}:
            self._write(resource, self.steps, value)

    def recorded(self, resource: Resource) -> str:
        place = self._place(resource)
        return self.element.recorded(place) if place is not None else ""

    def _place(self, resource: Resource) -> Json | None:
        node: Json | None = resource
        for step in self.steps:
            node = step.find(node) if node is not None else None
        return node

    def _write(self, node: Json, steps: tuple[Step, ...], value: Text) -> None:
        if not steps:
            self.element.write(node, value)
            return
        child = steps[0].find(node)
        if child is None:
            child = steps[0].make(node)
        self._write(child, steps[1:], value)
        steps[0].tidy(node, child)


@dataclass(frozen=True)
class Choice:
    """An element that may come in several types, of which the form asks for one.

    A value of another type reads as `as-recorded`, and a new answer takes its place. `beside` are
    the names of types that other fields of the form ask for.
    """

    stem: str
    element: Element
    name: str
    beside: tuple[str, ...] = ()

    def read(self, resource: Resource) -> Text:
        return AS_RECORDED if self._other(resource) else self.element.read(resource)

    def write(self, resource: Resource, value: Text) -> None:
        if value in {self.read(resource), AS_RECORDED}:
            return
        if other := self._other(resource):
            resource.pop(other)
            resource.pop(f"_{other}", None)
        self.element.write(resource, value)

    def recorded(self, resource: Resource) -> str:
        if self._other(resource):
            return _words(choice(resource, self.stem)[1]) or "recorded without words"
        return self.element.recorded(resource)

    def _other(self, resource: Resource) -> str | None:
        found, _ = choice(resource, self.stem)
        return found if found not in {self.name, *self.beside} else None


@dataclass(frozen=True)
class Replaced(Choice):
    """An element that may come in several types, for a field that can show one of them only.

    A value of another type, or the reason for having none, reads as nothing and is told beside the
    field; an answer takes its place.
    """

    def read(self, resource: Resource) -> Text:
        return "" if self._other(resource) else self.element.read(resource)

    def write(self, resource: Resource, value: Text) -> None:
        if value != self.read(resource):
            super().write(resource, value)
            resource.pop("dataAbsentReason", None)

    def recorded(self, resource: Resource) -> str:
        absent = concept_text(resource.get("dataAbsentReason"))
        return super().recorded(resource) or absent or ""


def _words(value: Any) -> str:
    shown = observation_value({"valueX": value})
    return " ".join(part for part in (shown.text, shown.unit) if part)
