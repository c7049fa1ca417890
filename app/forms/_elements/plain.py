"""What every element can do, and those that are one plain value: text, number, date, note."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from app.fhir.paths import choice, items
from app.fhir.types import Resource
from app.forms._answers import AS_RECORDED, PartialDate

A = TypeVar("A")


class Element(ABC, Generic[A]):
    """One element of a resource as a field's answer."""

    @abstractmethod
    def read(self, resource: Resource) -> A | None:
        """Return the answer that stands in the resource."""

    def write(self, resource: Resource, answer: A | None) -> None:
        """Make the resource say `answer`, and change nothing where it does already."""
        if answer not in (AS_RECORDED, self.read(resource)):
            self.put(resource, answer)

    @abstractmethod
    def put(self, resource: Resource, answer: A | None) -> None:
        """Put an answer that is another one in the place of what stands there."""

    def recorded(self, resource: Resource) -> str:  # noqa: ARG002 -- most have no more to tell
        """Return in words what stands there and `read` has no answer for; empty for nothing."""
        return ""


@dataclass(frozen=True)
class Named(Element[A]):
    """An element that stands by itself, under its name."""

    name: str

    def read(self, resource: Resource) -> A | None:
        return self.answer_of(resource.get(self.name))

    def put(self, resource: Resource, answer: A | None) -> None:
        # The old value's extensions speak of the old value.
        resource.pop(f"_{self.name}", None)
        old = resource.pop(self.name, None)
        if answer is not None:
            resource[self.name] = self.value_of(answer, old)

    def recorded(self, resource: Resource) -> str:
        value = resource.get(self.name)
        return "" if value is None or self.read(resource) is not None else str(value)

    @abstractmethod
    def answer_of(self, value: Any) -> A | None:
        """Return a value as an answer, None for one of another type."""

    def value_of(self, answer: A, old: Any) -> Any:  # noqa: ARG002 -- most take nothing over
        """Return the value that an answer stands for, in the place of an old one."""
        return answer


class Words(Named[str]):
    """A string or code element."""

    def answer_of(self, value: Any) -> str | None:
        return value or None if isinstance(value, str) else None


class Flag(Named[bool]):
    """A boolean element."""

    def answer_of(self, value: Any) -> bool | None:
        return value if isinstance(value, bool) else None


class Whole(Named[int]):
    """An integer element."""

    def answer_of(self, value: Any) -> int | None:
        return value if isinstance(value, int) and not isinstance(value, bool) else None


@dataclass(frozen=True)
class Note(Element[str]):
    """The text of the first annotation of `note`; others are left alone."""

    name: str = "note"

    def read(self, resource: Resource) -> str | None:
        notes = items(resource.get(self.name))
        return str(notes[0].get("text") or "") or None if notes else None

    def put(self, resource: Resource, answer: str | None) -> None:
        first, rest = (notes := items(resource.get(self.name)))[:1], notes[1:]
        new = [{**dict(*first), "text": answer}] if answer else []
        put_element(resource, self.name, [*new, *rest])


@dataclass(frozen=True)
class Date(Element[PartialDate]):
    """A date or dateTime element, of any precision.

    With a `stem` ("effective") it is one of several types: of a period its start is meant, and a
    new date takes the place of any other type.
    """

    name: str
    stem: str | None = None

    def read(self, resource: Resource) -> PartialDate | None:
        value = resource.get(self._found(resource))
        return PartialDate.of(value.get("start") if isinstance(value, dict) else value)

    def put(self, resource: Resource, answer: PartialDate | None) -> None:
        found = self._found(resource)
        recorded = resource.get(found)
        is_period = found.endswith("Period")
        if answer and isinstance(recorded, dict) and (is_period or "start" in recorded):
            recorded.pop("_start", None)
            recorded["start"] = str(answer)
            return
        for name in {self.name, found}:
            # The old value's extensions speak of the old value.
            resource.pop(f"_{name}", None)
            resource.pop(name, None)
        if answer:
            resource[self.name] = str(answer)

    def recorded(self, resource: Resource) -> str:
        value = resource.get(self._found(resource))
        if self.read(resource) or value in (None, ""):
            return ""
        if isinstance(value, dict):
            shown = value.get("text") or value.get("value") or value.get("end")
            return " ".join(str(part) for part in (shown, value.get("unit")) if part)
        return str(value)

    def _found(self, resource: Resource) -> str:
        if self.stem is None or resource.get(self.name) is not None:
            return self.name
        return choice(resource, self.stem)[0] or self.name


def put_element(resource: Resource, name: str, new: Any) -> None:
    """Make `new` the element `name`, which goes where there is nothing in it."""
    resource.pop(name, None)
    if new:
        resource[name] = new


def without(held: Iterable[Resource], gone: Iterable[Resource]) -> list[Resource]:
    """Return the items that are none of these very ones; one that is equal to one stays."""
    identities = {id(item) for item in gone}
    return [item for item in held if id(item) not in identities]


def replace_item(resource: Resource, name: str, old: Resource | None, new: Resource | None) -> None:
    """Put an item in the place of another one of the list `name`; of none, at its end."""
    held = items(resource.get(name))
    index = next((i for i, item in enumerate(held) if item is old), len(held))
    held[index : index + 1] = [new] if new else []
    put_element(resource, name, held)
