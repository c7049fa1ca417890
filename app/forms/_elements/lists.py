"""Lists of which the form asks for some items: concepts, references.

What the form cannot say stays in the resource as it is.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import TypeVar

from app.fhir.paths import items, local_reference
from app.fhir.types import Element as Json
from app.fhir.types import Resource
from app.formatting import join
from app.forms._answers import Reference
from app.forms._elements.paths import Where
from app.forms._elements.plain import Element, put_element, without
from app.forms._elements.single import answer_in
from app.terminology.concept import Concept, whole_text
from app.terminology.lists import ConceptList

E = TypeVar("E", bound=Concept | Reference)


class _ListElement(Element[tuple[E, ...]]):
    """Items of the list to which `way` leads; what is meant is the item or its `member`."""

    way: Where
    member: str | None

    def read(self, resource: Resource) -> tuple[E, ...]:
        return tuple(sorted(self._answers(resource), key=self.place))

    def put(self, resource: Resource, answer: tuple[E, ...] | None) -> None:
        """Take away the items of answers that are no longer given, and add those that are new."""
        held, given = self._answers(resource), answer or ()
        gone = [item for each, item in held.items() if each not in given]
        kept = without(items(resource.get(self.way.name)), gone)
        new = [self._item(each) for each in given if each not in held]
        put_element(resource, self.way.name, [*kept, *new])

    def recorded(self, resource: Resource) -> str:
        others = without(self.way.fitting(resource), self._answers(resource).values())
        return join((self.display(self._meant(item)) for item in others), ", ")

    @abstractmethod
    def answer_in(self, value: Json) -> E | None:
        """Return the answer that an item is, None for one that the form does not ask for."""

    @abstractmethod
    def value_of(self, answer: E) -> Json:
        """Return what an answer is in the resource."""

    @abstractmethod
    def place(self, answer: E) -> tuple[int, str]:
        """Return where an answer stands among the others."""

    @abstractmethod
    def display(self, value: Json) -> str:
        """Return in words an item that is no answer."""

    def _answers(self, resource: Resource) -> dict[E, Json]:
        """Return the items that the form can say by their answer; of equal ones the first."""
        found: dict[E, Json] = {}
        for item in self.way.fitting(resource):
            answer = self.answer_in(self._meant(item))
            if answer is not None:
                found.setdefault(answer, item)
        return found

    def _meant(self, item: Json) -> Json:
        value = item.get(self.member) if self.member else item
        return value if isinstance(value, dict) else {}

    def _item(self, answer: E) -> Json:
        value = self.value_of(answer)
        return {**self.way.new, self.member: value} if self.member else value


@dataclass(frozen=True)
class Codes(_ListElement[Concept]):
    """The concepts of a list, in the order of `concepts`.

    As in extensions and components, the concept may be the `member` of the item.
    """

    way: Where
    concepts: ConceptList
    member: str | None = None
    extensible: bool = False

    def answer_in(self, value: Json) -> Concept | None:
        return answer_in(value, self.concepts, extensible=self.extensible)

    def value_of(self, answer: Concept) -> Json:
        return answer.codeable()

    def place(self, answer: Concept) -> tuple[int, str]:
        return self.concepts.rank(answer.key), answer.key

    def display(self, value: Json) -> str:
        return whole_text(value) or ""


@dataclass(frozen=True)
class Links(_ListElement[Reference]):
    """The references of a list to resources of `types` of the same chart, by their address.

    As in extensions, the reference may be the `member` of the item.
    """

    way: Where
    types: tuple[str, ...]
    member: str | None = None

    def answer_in(self, value: Json) -> Reference | None:
        found = Reference(local_reference(value) or "")
        return found if found.type in self.types else None

    def value_of(self, answer: Reference) -> Json:
        return {"reference": answer.literal}

    def place(self, answer: Reference) -> tuple[int, str]:
        return 0, answer.literal

    def display(self, value: Json) -> str:
        return str(value.get("display") or value.get("reference") or "")


@dataclass(frozen=True)
class NestedCodes(Element[tuple[Concept, ...]]):
    """The concepts that the items of a list have in a list of their own, as `evidence.code`.

    They come in the order of `concepts`. A new one comes as an item of its own; an item goes only
    where nothing else is left in it.
    """

    name: str
    member: str
    concepts: ConceptList

    def read(self, resource: Resource) -> tuple[Concept, ...]:
        found = {answer for concept in self._all(resource) if (answer := self._answer(concept))}
        return tuple(sorted(found, key=lambda answer: self.concepts.rank(answer.key)))

    def put(self, resource: Resource, answer: tuple[Concept, ...] | None) -> None:
        held, given = self.read(resource), answer or ()
        gone = set(held) - set(given)
        kept = (self._without(item, gone) for item in items(resource.get(self.name)))
        new = ({self.member: [each.codeable()]} for each in given if each not in held)
        put_element(resource, self.name, [*filter(None, kept), *new])

    def recorded(self, resource: Resource) -> str:
        others = (c for c in self._all(resource) if not self._answer(c))
        return join(map(whole_text, others), ", ")

    def _all(self, resource: Resource) -> list[Json]:
        held = items(resource.get(self.name))
        return [concept for item in held for concept in items(item.get(self.member))]

    def _answer(self, concept: Json) -> Concept | None:
        return answer_in(concept, self.concepts, extensible=False)

    def _without(self, item: Json, gone: set[Concept]) -> Json:
        held = items(item.get(self.member))
        kept = [concept for concept in held if self._answer(concept) not in gone]
        if len(kept) == len(held):
            return item
        rest = {name: value for name, value in item.items() if name != self.member}
        if kept:
            return {**rest, self.member: kept}
        return rest if set(rest) - {"id"} else {}
