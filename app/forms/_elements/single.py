"""Elements in which one thing is meant: a CodeableConcept, or a reference to a resource."""

from dataclasses import dataclass
from typing import Any

from app.fhir.paths import codings, extensions, get, items, local_reference
from app.fhir.types import Element as Json
from app.fhir.types import Resource
from app.forms._answers import (
    ABSENT_REASONS,
    AS_RECORDED,
    Absent,
    AsRecorded,
    Coding,
    Reference,
)
from app.forms._elements.plain import Element, put_element, replace_item
from app.mcode.tissue import RESOURCE_TYPES
from app.terminology.concept import Concept, TypedConcept, whole_text
from app.terminology.lists import ConceptList
from app.terminology.systems import DATA_ABSENT, known_codes

# What a new answer leaves alone in the concept that it replaces, such as a body site's side.
_KEPT = ("id", "extension")


@dataclass(frozen=True)
class Coded(Element[Coding]):
    """A CodeableConcept element, or its `dataAbsentReason` where the form offers "not known".

    What `concepts` does not list reads as recorded. Where the list is `extensible`, any other code
    with words is an answer too; a list may itself hold concepts that are words alone.
    `listed` says that the element is a list: its first concept is meant, the others are left alone.
    """

    name: str
    concepts: ConceptList
    absent: bool = False
    extensible: bool = False
    listed: bool = False

    def read(self, resource: Resource) -> Coding | None:
        recorded = self._recorded(resource)
        if self.absent:
            absent = resource.get("dataAbsentReason") if recorded is None else recorded
            if reason := _absent_reason(absent):
                return Absent(reason)
        if recorded is None or not (set(recorded) - set(_KEPT)):
            return None
        return answer_in(recorded, self.concepts, extensible=self.extensible) or AS_RECORDED

    def put(self, resource: Resource, answer: Coding | None) -> None:
        kept = {name: v for name, v in (self._recorded(resource) or {}).items() if name in _KEPT}
        new: Json | None = kept or None
        if self.absent:
            resource.pop("dataAbsentReason", None)
        if isinstance(answer, Absent):
            coding = {"system": DATA_ABSENT, "code": answer.reason}
            resource["dataAbsentReason"] = {"coding": [coding], "text": answer.display}
            new = None
        elif isinstance(answer, Concept):
            new = {**kept, **answer.codeable()}
        if self.listed:
            replace_item(resource, self.name, self._recorded(resource), new)
        else:
            put_element(resource, self.name, new)

    def recorded(self, resource: Resource) -> str:
        if self.read(resource) != AS_RECORDED:
            return ""
        return whole_text(self._recorded(resource)) or "recorded without words"

    def _recorded(self, resource: Resource) -> Json | None:
        value = resource.get(self.name)
        if self.listed:
            return next(iter(items(value)), None)
        return value if isinstance(value, dict) else None


def answer_in(recorded: Json, concepts: ConceptList, *, extensible: bool) -> Concept | None:
    """Return the answer that a recorded concept is; None where there is none."""
    if listed := concepts.match(known_codes(recorded)):
        return listed
    # Only a concept that such an answer itself would write reads as one: nothing is left out.
    coding = next(iter(items(recorded.get("coding"))), {})
    typed = TypedConcept(
        str(coding.get("system", "")), str(coding.get("code", "")), str(recorded.get("text"))
    )
    same = typed.codeable() == {name: v for name, v in recorded.items() if name not in _KEPT}
    if not same:
        return None
    # A page has to bring it back as it is.
    return concepts.find(typed.key) or (typed if extensible and typed.has_key else None)


def _absent_reason(concept: Any) -> str | None:
    for coding in codings(concept):
        if coding.get("system") == DATA_ABSENT and coding.get("code") in ABSENT_REASONS:
            return str(coding["code"])
    return None


@dataclass(frozen=True)
class OtherWords(Element[str]):
    """What stands for a code that the list lacks: the text of the concept coded as `other`.

    The concept is the value of an extension with this address. Without one so coded there is
    nothing to read, and nothing is written.
    """

    url: str
    other: Concept

    def read(self, resource: Resource) -> str | None:
        concept = self._concept(resource)
        return str(concept.get("text") or "") or None if concept else None

    def put(self, resource: Resource, answer: str | None) -> None:
        if concept := self._concept(resource):
            concept.pop("_text", None)
            concept.pop("text", None)
            concept.update({"text": answer} if answer else {})

    def _concept(self, resource: Resource) -> Json | None:
        wanted = (self.other.system, self.other.code)
        for extension in extensions(resource, self.url):
            concept = get(extension, "valueCodeableConcept")
            if wanted in known_codes(concept):
                return concept if isinstance(concept, dict) else None
        return None


TUMOR_IDENTIFIER = {
    "use": "usual",
    "type": {"coding": [{"system": RESOURCE_TYPES, "code": "BodyStructure"}]},
}
_NO_ANSWERS = (None, AS_RECORDED)


@dataclass(frozen=True)
class Link(Element[Reference | AsRecorded]):
    """A reference to a resource of the same chart.

    Of a list the first that leads to one of `types` is meant; the others are left alone.
    """

    name: str
    types: tuple[str, ...]
    listed: bool = False

    def read(self, resource: Resource) -> Reference | AsRecorded | None:
        if found := self._found(resource):
            return Reference(local_reference(found) or "")
        return None if self.listed or not resource.get(self.name) else AS_RECORDED

    def put(self, resource: Resource, answer: Reference | AsRecorded | None) -> None:
        new = {"reference": answer.literal} if isinstance(answer, Reference) else None
        if self.listed:
            replace_item(resource, self.name, self._found(resource), new)
        else:
            put_element(resource, self.name, new)

    def recorded(self, resource: Resource) -> str:
        if self.read(resource) not in _NO_ANSWERS:
            return ""
        item = next(iter(items(resource.get(self.name))), {})
        return str(item.get("display") or item.get("reference") or "")

    def _found(self, resource: Resource) -> Json | None:
        for item in items(resource.get(self.name)):
            if Reference(local_reference(item) or "").type in self.types:
                return item
        return None


@dataclass(frozen=True)
class OneLink(Element[Reference | AsRecorded]):
    """A reference in one of several elements, by the type of what it leads to.

    A new answer empties the other elements.
    """

    links: tuple[Link, ...]

    def read(self, resource: Resource) -> Reference | AsRecorded | None:
        found = [answer for link in self.links if (answer := link.read(resource))]
        named = (answer for answer in found if isinstance(answer, Reference))
        return next(named, found[0] if found else None)

    def put(self, resource: Resource, answer: Reference | AsRecorded | None) -> None:
        type_ = answer.type if isinstance(answer, Reference) else ""
        for link in self.links:
            link.write(resource, answer if type_ in link.types else None)

    def recorded(self, resource: Resource) -> str:
        if self.read(resource) not in _NO_ANSWERS:
            return ""
        return next((display for link in self.links if (display := link.recorded(resource))), "")
