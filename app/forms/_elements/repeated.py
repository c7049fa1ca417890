"""Extensions that come several times, each a row of the form; and the words of "other"."""

from __future__ import annotations

from dataclasses import dataclass

from app.fhir.paths import extensions, get, items
from app.fhir.types import Element as Json
from app.fhir.types import Resource
from app.forms._elements.base import Text
from app.forms._elements.paths import Choice
from app.terminology.concept import Concept
from app.terminology.systems import known_codes


@dataclass(frozen=True)
class Nth:
    """The step to the extension number `place`, from 0, of those with this address.

    An extension in which nothing is left keeps its place while the rows beside it are written;
    `drop` takes the emptied ones away at the end.
    """

    url: str
    place: int

    def find(self, node: Json) -> Json | None:
        own = extensions(node, self.url)
        return own[self.place] if self.place < len(own) else None

    def make(self, node: Json) -> Json:
        while (child := self.find(node)) is None:
            node["extension"] = [*items(node.get("extension")), {"url": self.url}]
        return child

    def tidy(self, node: Json, child: Json) -> None:
        """Leave an emptied extension where it is."""


def drop(node: Json, emptied: list[Json]) -> None:
    """Take these extensions away, and no other that is equal to one of them."""
    kept = [e for e in items(node.get("extension")) if not any(e is gone for gone in emptied)]
    node.pop("extension", None)
    if kept:
        node["extension"] = kept


@dataclass(frozen=True)
class OtherWords:
    """What stands for a code that the list lacks: the text of the concept coded as `other`.

    The concept is the value of an extension with this address. Without one so coded there is
    nothing to read, and nothing is written.
    """

    url: str
    other: Concept

    def read(self, resource: Resource) -> Text:
        concept = self._concept(resource)
        return str(concept.get("text") or "") if concept else ""

    def write(self, resource: Resource, value: Text) -> None:
        concept = self._concept(resource)
        if concept is None or value == self.read(resource):
            return
        concept.pop("_text", None)
        concept.pop("text", None)
        if value:
            concept["text"] = value

    def recorded(self, resource: Resource) -> str:  # noqa: ARG002 -- the text is all there is
        return ""

    def _concept(self, resource: Resource) -> Json | None:
        wanted = (self.other.system, self.other.code)
        for extension in extensions(resource, self.url):
            concept = get(extension, "valueCodeableConcept")
            if wanted in known_codes(concept):
                return concept if isinstance(concept, dict) else None
        return None


@dataclass(frozen=True)
class Aside(Choice):
    """An element of several types, whose other types are shown beside the question.

    A value of another type is no answer, as it is where a number is asked for; a new answer takes
    its place.
    """

    def read(self, resource: Resource) -> Text:
        return "" if self._other(resource) else self.element.read(resource)
