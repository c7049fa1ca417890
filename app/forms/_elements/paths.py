"""The way into a resource: objects, extensions, components, items of a list.

A step finds its place, makes it where something is to be written, and takes it away again where
nothing is left in it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.fhir.paths import choice, items
from app.fhir.types import Element as Json
from app.fhir.types import Resource
from app.forms._answers import AS_RECORDED, AsRecorded
from app.forms._elements.plain import A, Element, put_element, without
from app.mcode.values import observation_value
from app.terminology.concept import Concept, concept_text
from app.terminology.systems import known_codes


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
    """The first item of the list `name` that `fits`; a new one begins as `new`."""

    name: str
    fits: Callable[[Json], bool]
    new: Mapping[str, Any] = field(default_factory=dict)

    def fitting(self, node: Json) -> list[Json]:
        """Return all items that fit."""
        return [item for item in items(node.get(self.name)) if self.fits(item)]

    def find(self, node: Json) -> Json | None:
        return next(iter(self.fitting(node)), None)

    def make(self, node: Json) -> Json:
        child = dict(self.new)
        node[self.name] = [*items(node.get(self.name)), child]
        return child

    def tidy(self, node: Json, child: Json) -> None:
        # What is left says no more than that nothing is said.
        if set(child) <= set(self.new):
            drop(node, self.name, [child])


def Listed(name: str) -> Where:  # noqa: N802 -- reads as the steps beside it
    """Return the way to the items of a list, such as `hasMember`; as a step it is the first."""
    return Where(name, lambda _: True)


def Ext(url: str, *earlier: str) -> Where:  # noqa: N802 -- reads as the steps beside it
    """Return the step to the extension with this address, or one that it had in earlier releases.

    What is recorded under an earlier one is changed where it stands: two would contradict.
    """
    known = (url, *earlier)
    return Where("extension", lambda item: item.get("url") in known, {"url": url})


def Component(code: Concept) -> Where:  # noqa: N802 -- reads as the steps beside it
    """Return the step to an Observation's component with this code."""
    wanted = (code.system, code.code)
    return Where(
        "component",
        lambda item: wanted in known_codes(item.get("code")),
        {"code": code.codeable()},
    )


@dataclass(frozen=True)
class Nth:
    """The step to the item number `place`, from 0, of those to which `way` leads.

    An item in which nothing is left keeps its place while the rows beside it are written;
    `drop` takes the emptied ones away at the end.
    """

    way: Where
    place: int

    def find(self, node: Json) -> Json | None:
        own = self.way.fitting(node)
        return own[self.place] if self.place < len(own) else None

    def make(self, node: Json) -> Json:
        while (child := self.find(node)) is None:
            self.way.make(node)
        return child

    def tidy(self, node: Json, child: Json) -> None:
        """Leave an emptied item where it is."""


def drop(node: Json, name: str, emptied: list[Json]) -> None:
    """Take these items of the list `name` away, and no other that is equal to one of them."""
    put_element(node, name, without(items(node.get(name)), emptied))


@dataclass(frozen=True)
class Within(Element[A]):
    """An element at the end of a way: `Within((Ext(url),), Coded("valueCodeableConcept", ...))`."""

    steps: tuple[Step, ...]
    element: Element[A]

    def read(self, resource: Resource) -> A | None:
        node = self._end(resource)
        return self.element.read({} if node is None else node)

    def put(self, resource: Resource, answer: A | None) -> None:
        self._put(resource, self.steps, answer)

    def recorded(self, resource: Resource) -> str:
        node = self._end(resource)
        return self.element.recorded(node) if node is not None else ""

    def _end(self, resource: Resource) -> Json | None:
        node: Json | None = resource
        for step in self.steps:
            node = step.find(node) if node is not None else None
        return node

    def _put(self, node: Json, steps: tuple[Step, ...], answer: A | None) -> None:
        if not steps:
            self.element.write(node, answer)
            return
        child = steps[0].find(node)
        if child is None:
            child = steps[0].make(node)
        self._put(child, steps[1:], answer)
        steps[0].tidy(node, child)


@dataclass(frozen=True)
class Choice(Element[A | AsRecorded]):
    """An element that may come in several types, of which the form asks for one.

    A value of another type reads as recorded, and a new answer takes its place. `others`
    are the names of types that other fields of the form ask for.
    """

    stem: str
    element: Element[A]
    name: str
    others: tuple[str, ...] = ()

    def read(self, resource: Resource) -> A | AsRecorded | None:
        return AS_RECORDED if self._other(resource) else self.element.read(resource)

    def put(self, resource: Resource, answer: A | AsRecorded | None) -> None:
        if other := self._other(resource):
            resource.pop(other)
            resource.pop(f"_{other}", None)
        if not isinstance(answer, AsRecorded):
            self.element.write(resource, answer)

    def recorded(self, resource: Resource) -> str:
        if self._other(resource):
            return _display(choice(resource, self.stem)[1]) or "recorded without words"
        return self.element.recorded(resource)

    def _other(self, resource: Resource) -> str | None:
        found, _ = choice(resource, self.stem)
        return found if found not in {self.name, *self.others} else None


@dataclass(frozen=True)
class Replaced(Choice[A]):
    """An element that may come in several types, for a field that can show one of them only.

    A value of another type, or the reason for having none, reads as nothing and is told beside the
    field; an answer takes its place.
    """

    def read(self, resource: Resource) -> A | None:
        return None if self._other(resource) else self.element.read(resource)

    def put(self, resource: Resource, answer: A | AsRecorded | None) -> None:
        super().put(resource, answer)
        resource.pop("dataAbsentReason", None)

    def recorded(self, resource: Resource) -> str:
        absent = concept_text(resource.get("dataAbsentReason"))
        return super().recorded(resource) or absent or ""


def _display(value: Any) -> str:
    shown = observation_value({"valueX": value})
    return " ".join(part for part in (shown.text, shown.unit) if part)
