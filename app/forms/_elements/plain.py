"""Elements that are one plain value: text, code, number, yes or no, reference, note."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from app.fhir.paths import items, local_reference
from app.fhir.types import Resource
from app.forms._elements.base import AS_RECORDED, Text


@dataclass(frozen=True)
class _Plain(ABC):
    """A primitive element that stands by itself."""

    name: str

    def read(self, resource: Resource) -> Text:
        return self._text(resource.get(self.name))

    def write(self, resource: Resource, value: Text) -> None:
        if value == self.read(resource):
            return
        # The old value's extensions speak of the old value.
        resource.pop(f"_{self.name}", None)
        if value:
            resource[self.name] = self._value(value)
        else:
            resource.pop(self.name, None)

    def recorded(self, resource: Resource) -> str:
        value = resource.get(self.name)
        return "" if value is None or self.read(resource) else str(value)

    @abstractmethod
    def _text(self, value: Any) -> Text:
        """Return a value as an answer, empty for one of another type."""

    @abstractmethod
    def _value(self, text: Text) -> Any:
        """Return the value that an answer stands for."""


class Words(_Plain):
    """A string or code element."""

    def _text(self, value: Any) -> Text:
        return value if isinstance(value, str) else ""

    def _value(self, text: Text) -> str:
        return text


class Flag(_Plain):
    """A boolean element: "true", "false" or empty."""

    def _text(self, value: Any) -> Text:
        return str(value).lower() if isinstance(value, bool) else ""

    def _value(self, text: Text) -> bool:
        return text == "true"


class Whole(_Plain):
    """An integer element."""

    def _text(self, value: Any) -> Text:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""

    def _value(self, text: Text) -> int:
        return int(text)


@dataclass(frozen=True)
class Link:
    """A reference to a resource of the same chart: `Type/id`.

    Of a list the first that leads to one of `types` is meant; the others are left alone.
    """

    name: str
    types: tuple[str, ...]
    listed: bool = False

    def read(self, resource: Resource) -> Text:
        if found := self._found(resource):
            return local_reference(found) or ""
        return "" if self.listed or not resource.get(self.name) else AS_RECORDED

    def write(self, resource: Resource, value: Text) -> None:
        if value in {self.read(resource), AS_RECORDED}:
            return
        found = self._found(resource)
        new = [{"reference": value}] if value else []
        if not self.listed:
            resource.pop(self.name, None)
            resource.update({self.name: new[0]} if new else {})
            return
        entries = items(resource.get(self.name))
        place = next((i for i, entry in enumerate(entries) if entry is found), len(entries))
        entries[place : place + 1] = new
        resource.pop(self.name, None)
        resource.update({self.name: entries} if entries else {})

    def recorded(self, resource: Resource) -> str:
        if self.read(resource) not in {"", AS_RECORDED}:
            return ""
        entry = next(iter(items(resource.get(self.name))), {})
        return str(entry.get("display") or entry.get("reference") or "")

    def _found(self, resource: Resource) -> Resource | None:
        for entry in items(resource.get(self.name)):
            if (local_reference(entry) or "").partition("/")[0] in self.types:
                return entry
        return None


@dataclass(frozen=True)
class Note:
    """The text of the first annotation of `note`; others are left alone."""

    name: str = "note"

    def read(self, resource: Resource) -> Text:
        notes = items(resource.get(self.name))
        return str(notes[0].get("text") or "") if notes else ""

    def write(self, resource: Resource, value: Text) -> None:
        if value == self.read(resource):
            return
        notes = items(resource.get(self.name))
        if value:
            first = {**notes[0], "text": value} if notes else {"text": value}
            resource[self.name] = [first, *notes[1:]]
        elif notes[1:]:
            resource[self.name] = notes[1:]
        else:
            resource.pop(self.name, None)

    def recorded(self, resource: Resource) -> str:  # noqa: ARG002 -- an annotation is its text
        return ""
