"""Lists of which the form asks for some entries: concepts, references.

What the form cannot say stays in the resource as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.fhir.paths import items, local_reference
from app.fhir.types import Element as Json
from app.fhir.types import Resource
from app.forms._elements.base import Text
from app.forms._elements.coded import concept_of, key_of
from app.forms._elements.paths import Where
from app.terminology.lists import ConceptList
from app.terminology.words import concept_text


@dataclass(frozen=True)
class Codes:
    """The concepts of a list; the text has their keys, one a line, in the order of `concepts`.

    `way` leads to the entries that are meant. The concept is the entry itself or, as in extensions
    and components, its `member`.
    """

    way: Where
    concepts: ConceptList
    member: str | None = None
    open: bool = False

    def read(self, resource: Resource) -> Text:
        return "\n".join(sorted(self._answers(resource), key=self._place))

    def write(self, resource: Resource, value: Text) -> None:
        if value != self.read(resource):
            _write(resource, self.way, self._answers(resource), value, self._entry)

    def recorded(self, resource: Resource) -> str:
        answered = self._answers(resource).values()
        others = [e for e in self._entries(resource) if not any(e is a for a in answered)]
        return ", ".join(filter(None, (concept_text(self._concept(e)) for e in others)))

    def _answers(self, resource: Resource) -> dict[Text, Json]:
        """Return the entries that the form can say by their key; of equal ones the first."""
        found: dict[Text, Json] = {}
        for entry in self._entries(resource):
            if key := key_of(self._concept(entry), self.concepts, open_=self.open):
                found.setdefault(key, entry)
        return found

    def _entries(self, resource: Resource) -> list[Json]:
        return [e for e in items(resource.get(self.way.name)) if self.way.fits(e)]

    def _concept(self, entry: Json) -> Json:
        concept = entry.get(self.member) if self.member else entry
        return concept if isinstance(concept, dict) else {}

    def _entry(self, key: Text) -> Json:
        concept = concept_of(key, self.concepts, open_=self.open).codeable()
        return {**self.way.new, self.member: concept} if self.member else concept

    def _place(self, key: Text) -> tuple[int, str]:
        return self.concepts.place(key), key


@dataclass(frozen=True)
class EntryCodes:
    """The concepts that the entries of a list have in a list of their own, as `evidence.code`.

    The text has their keys, one a line, in the order of `concepts`. A new one comes as an entry of
    its own; an entry goes only where nothing else is left in it.
    """

    name: str
    member: str
    concepts: ConceptList

    def read(self, resource: Resource) -> Text:
        concepts = [c for e in items(resource.get(self.name)) for c in self._of(e)]
        keys = {key for concept in concepts if (key := self._key(concept))}
        return "\n".join(sorted(keys, key=self.concepts.place))

    def write(self, resource: Resource, value: Text) -> None:
        held, wanted = (text.split("\n") if text else [] for text in (self.read(resource), value))
        gone = set(held) - set(wanted)
        added = [key for key in wanted if key not in held]
        if not gone and not added:
            return
        entries = [e for e in (self._without(e, gone) for e in items(resource.get(self.name))) if e]
        for key in added:
            concept = concept_of(key, self.concepts, open_=False)
            entries.append({self.member: [concept.codeable()]})
        resource.pop(self.name, None)
        if entries:
            resource[self.name] = entries

    def recorded(self, resource: Resource) -> str:
        concepts = [c for e in items(resource.get(self.name)) for c in self._of(e)]
        others = (concept_text(concept) for concept in concepts if not self._key(concept))
        return ", ".join(filter(None, others))

    def _of(self, entry: Json) -> list[Json]:
        return items(entry.get(self.member))

    def _key(self, concept: Json) -> Text | None:
        return key_of(concept, self.concepts, open_=False)

    def _without(self, entry: Json, gone: set[str]) -> Json:
        kept = [concept for concept in self._of(entry) if self._key(concept) not in gone]
        if len(kept) == len(self._of(entry)):
            return entry
        rest = {name: value for name, value in entry.items() if name != self.member}
        if kept:
            return {**rest, self.member: kept}
        return rest if set(rest) - {"id"} else {}


@dataclass(frozen=True)
class Links:
    """The references of a list to resources of `types` of the same chart: `Type/id`, one a line.

    The reference is the entry itself or, as in extensions, its `member`.
    """

    way: Where
    types: tuple[str, ...]
    member: str | None = None

    def read(self, resource: Resource) -> Text:
        return "\n".join(sorted(self._answers(resource)))

    def write(self, resource: Resource, value: Text) -> None:
        if value != self.read(resource):
            _write(resource, self.way, self._answers(resource), value, self._entry)

    def recorded(self, resource: Resource) -> str:
        answered = self._answers(resource).values()
        entries = [e for e in items(resource.get(self.way.name)) if self.way.fits(e)]
        others = [self._reference(e) for e in entries if not any(e is a for a in answered)]
        told = (other.get("display") or other.get("reference") for other in others)
        return ", ".join(str(words) for words in told if words)

    def _answers(self, resource: Resource) -> dict[Text, Json]:
        found: dict[Text, Json] = {}
        for entry in items(resource.get(self.way.name)):
            if self.way.fits(entry):
                name = local_reference(self._reference(entry)) or ""
                if name.partition("/")[0] in self.types:
                    found.setdefault(name, entry)
        return found

    def _reference(self, entry: Json) -> Json:
        reference = entry.get(self.member) if self.member else entry
        return reference if isinstance(reference, dict) else {}

    def _entry(self, key: Text) -> Json:
        reference = {"reference": key}
        return {**self.way.new, self.member: reference} if self.member else reference


def _write(
    resource: Resource,
    way: Where,
    answers: dict[Text, Json],
    value: Text,
    make: Callable[[Text], Json],
) -> None:
    """Take away the entries of answers that are no longer given, and add those that are new."""
    wanted = value.split("\n") if value else []
    gone = [entry for key, entry in answers.items() if key not in wanted]
    kept = [e for e in items(resource.get(way.name)) if not any(e is g for g in gone)]
    entries = [*kept, *(make(key) for key in wanted if key not in answers)]
    resource.pop(way.name, None)
    if entries:
        resource[way.name] = entries
