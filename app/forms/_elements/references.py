"""What a resource refers to, where one thing is meant."""

from __future__ import annotations

from dataclasses import dataclass

from app.fhir.paths import items, local_reference, text
from app.fhir.types import Element as Json
from app.fhir.types import Resource
from app.forms._answers import AS_RECORDED, AsRecorded, Identifier, Reference
from app.forms._elements.plain import Element, replace_entry
from app.mcode.tissue import RESOURCE_TYPES, names_a_tumor

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
            replace_entry(resource, self.name, self._found(resource), new)
            return
        resource.pop(self.name, None)
        if new:
            resource[self.name] = new

    def recorded(self, resource: Resource) -> str:
        if self.read(resource) not in _NO_ANSWERS:
            return ""
        entry = next(iter(items(resource.get(self.name))), {})
        return str(entry.get("display") or entry.get("reference") or "")

    def _found(self, resource: Resource) -> Json | None:
        for entry in items(resource.get(self.name)):
            if Reference(local_reference(entry) or "").type in self.types:
                return entry
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
        return next((told for link in self.links if (told := link.recorded(resource))), "")


@dataclass(frozen=True)
class TumorName(Element[Identifier]):
    """The identifier by which a specimen names its tumor.

    mCODE ties the two by equal identifiers (mCODE 4.0.0, Human Specimen); other identifiers of the
    specimen are left alone.
    """

    def read(self, resource: Resource) -> Identifier | None:
        found = self._found(resource)
        return Identifier(str(found.get("system") or ""), found["value"]) if found else None

    def put(self, resource: Resource, answer: Identifier | None) -> None:
        new = None
        if answer:
            system = {"system": answer.system} if answer.system else {}
            new = {**TUMOR_IDENTIFIER, **system, "value": answer.value}
        replace_entry(resource, "identifier", self._found(resource), new)

    @staticmethod
    def _found(resource: Resource) -> Json | None:
        for entry in items(resource.get("identifier")):
            if names_a_tumor(entry) and text(entry.get("value")):
                return entry
        return None
