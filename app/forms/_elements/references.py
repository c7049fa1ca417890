"""What a resource refers to, where the way of referring depends on what is meant."""

from __future__ import annotations

from dataclasses import dataclass

from app.fhir.paths import items, text
from app.fhir.types import Element as Json
from app.fhir.types import Resource
from app.forms._elements.base import AS_RECORDED, Text
from app.forms._elements.plain import Link
from app.mcode.tissue import RESOURCE_TYPES, names_a_tumor

TUMOR_IDENTIFIER = {
    "use": "usual",
    "type": {"coding": [{"system": RESOURCE_TYPES, "code": "BodyStructure"}]},
}


@dataclass(frozen=True)
class OneLink:
    """A reference in one of several elements, by the type of what it leads to.

    A new answer empties the other elements.
    """

    links: tuple[Link, ...]

    def read(self, resource: Resource) -> Text:
        found = [value for link in self.links if (value := link.read(resource))]
        return next((value for value in found if value != AS_RECORDED), found[0] if found else "")

    def write(self, resource: Resource, value: Text) -> None:
        if value in {self.read(resource), AS_RECORDED}:
            return
        type_ = value.partition("/")[0]
        for link in self.links:
            link.write(resource, value if type_ in link.types else "")

    def recorded(self, resource: Resource) -> str:
        if self.read(resource) not in {"", AS_RECORDED}:
            return ""
        return next((words for link in self.links if (words := link.recorded(resource))), "")


@dataclass(frozen=True)
class TumorName:
    """The identifier by which a specimen names its tumor, as `system|value`.

    mCODE ties the two by equal identifiers (mCODE 4.0.0, Human Specimen); other identifiers of the
    specimen are left alone.
    """

    def read(self, resource: Resource) -> Text:
        found = self._found(resource)
        return f"{found.get('system') or ''}|{found['value']}" if found else ""

    def write(self, resource: Resource, value: Text) -> None:
        if value == self.read(resource):
            return
        found = self._found(resource)
        entries = items(resource.get("identifier"))
        place = next((i for i, entry in enumerate(entries) if entry is found), len(entries))
        entries[place : place + 1] = [_identifier(value)] if value else []
        resource.pop("identifier", None)
        resource.update({"identifier": entries} if entries else {})

    def recorded(self, resource: Resource) -> str:  # noqa: ARG002 -- it is read or not there
        return ""

    @staticmethod
    def _found(resource: Resource) -> Json | None:
        for entry in items(resource.get("identifier")):
            if names_a_tumor(entry) and text(entry.get("value")):
                return entry
        return None


def _identifier(name: Text) -> Json:
    system, _, value = name.partition("|")
    return {**TUMOR_IDENTIFIER, **({"system": system} if system else {}), "value": value}
