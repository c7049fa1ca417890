"""What a form is: the resources it writes, its fields in order, and what is asked before a save."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from wtforms import Form

from app.fhir.types import Resource
from app.forms._elements import AS_RECORDED, Coded, recorded_label
from app.forms._fields import CodedRadio, CodedSelect
from app.mcode.facts import condition_title
from app.mcode.record import CancerRecord, PrimaryCancer

Originals = Mapping[str, Resource]


@dataclass(frozen=True)
class Part:
    """One resource of an entry: its key among the parts, its name in words, its mCODE profile."""

    key: str
    label: str
    profile: str


@dataclass(frozen=True)
class Author:
    """Who an entry is signed as, and the encounter it belongs to (references, where known)."""

    reference: str | None
    name: str
    encounter: str | None = None


@dataclass(frozen=True)
class Subject:
    """What an entry is about, and what of it stands in the chart already.

    `originals` holds the resources that are amended, by part; a new entry has none.
    """

    record: CancerRecord
    patient_id: str
    primary: PrimaryCancer
    today: date
    originals: Originals = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        return not self.originals


@dataclass(frozen=True)
class Prefill:
    """A value taken from the chart, with the words that say where it comes from."""

    value: str
    origin: str


@dataclass(frozen=True)
class Question:
    """Something unlikely that the clinician may confirm: `key` names the tick that does."""

    key: str
    field: str
    text: str


class EntryForm(Form):
    """Base of every form: one subclass is one form, in one file of its own.

    A subclass names its parts and declares its fields; each field's `place` says which parts it is
    written to and where. The methods below are what a form may add to that.
    """

    slug: ClassVar[str]
    title: ClassVar[str]
    section: ClassVar[str]
    description: ClassVar[str]
    parts: ClassVar[tuple[Part, ...]]
    rows: ClassVar[tuple[tuple[str, ...], ...]]

    def prepare(self, subject: Subject) -> None:
        """Fit the fields' answers to the subject before they are shown or checked."""
        for name, item in self._fields.items():
            if isinstance(item, CodedRadio | CodedSelect) and item.place:
                self._keep_recorded(name, item, subject.originals)

    @classmethod
    def find(
        cls, record: CancerRecord, resource_id: str
    ) -> tuple[PrimaryCancer, dict[str, Resource]] | None:
        """Return the primary and the resources by part of the entry whose main resource this is."""
        raise NotImplementedError

    def new_resource(self, part: Part, subject: Subject, author: Author) -> Resource:
        """Return the fixed elements of a part that is not in the chart yet."""
        raise NotImplementedError

    # The hooks below name arguments for the forms that use them.
    # ruff: noqa: ARG002

    def headline(self, subject: Subject) -> str:
        """Return what tells this entry from others of its kind, for the review and the receipt."""
        return f"{self.title} · {condition_title(subject.primary.condition)}"

    def prefill(self, subject: Subject) -> dict[str, Prefill]:
        """Return values from the chart that a new entry may begin with, by field."""
        return {}

    def notices(self, subject: Subject) -> list[str]:
        """Return what a person should know before filling in the form."""
        return []

    def facts(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return what the chart says that helps with this form: label, value, date and source."""
        return []

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Yield (field, sentence) for answers that are impossible together."""
        return iter(())

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Yield what is unlikely and has to be confirmed."""
        return iter(())

    def written_parts(self) -> Sequence[Part]:
        """Return the parts that the answers give reason to write."""
        return self.parts

    def finish(self, parts: dict[str, Resource], references: Mapping[str, str]) -> None:
        """Tie the parts to one another; `references` holds each part's reference."""

    def fill(self, resource: Resource, part: Part, unchanged: Collection[str] = ()) -> None:
        """Write the answers, but for `unchanged` ones, into the elements that belong to `part`."""
        for name, item in self._fields.items():
            place = getattr(item, "place", None)
            if place and part.key in place.parts and name not in unchanged:
                place.element.write(resource, item.data or "")

    def load(self, originals: Originals) -> dict[str, str]:
        """Return the answers that stand in the chart, by field."""
        values = {}
        for name, item in self._fields.items():
            place = getattr(item, "place", None)
            if place:
                found = (place.element.read(originals[p]) for p in place.parts if p in originals)
                values[name] = next((value for value in found if value), "")
        return values

    def display(self, name: str) -> str:
        """Return the words of a field's answer."""
        item: Any = self._fields[name]
        return str(item.label_of(item.data)) if hasattr(item, "label_of") else str(item.data or "")

    def _keep_recorded(
        self, name: str, item: CodedRadio | CodedSelect, originals: Originals
    ) -> None:
        place = item.place
        if place is None or not isinstance(place.element, Coded):
            return
        for part in place.parts:
            if part in originals and place.element.read(originals[part]) == AS_RECORDED:
                item.keep(recorded_label(originals[part], place.element.name))
                return
