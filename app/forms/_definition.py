"""What a form is: the resources it writes, its fields in order, and what is asked before a save."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import Any, ClassVar, Literal

from wtforms import Form

from app.fhir.paths import codes
from app.fhir.quantity import Quantity
from app.fhir.types import Resource
from app.formatting import age, join, partial_date
from app.forms._answers import AS_RECORDED, Answer, PartialDate, days_of, is_given
from app.forms._fields.base import Asked
from app.mcode.definitions import profile
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.plausible import Doubt, doubtful_amount, outside_life
from app.mcode.suited import suited_entry

Originals = Mapping[str, Resource]

SECTIONS = ("Diagnosis", "Staging", "Assessment", "Labs and genomics", "Treatment", "Outcome")
"""The headings under which the forms stand on their list, in clinical order."""


@dataclass(frozen=True)
class Part:
    """One resource of an entry: its key among the parts, its name in words, its mCODE profile.

    An `optional` one is written only where the answers give reason to.
    """

    key: str
    label: str
    profile: str
    type: str = "Observation"
    optional: bool = False


@dataclass(frozen=True)
class Fold:
    """Rows of a form that are behind their title until one of their fields has something to say."""

    title: str
    rows: tuple[tuple[str, ...], ...]


Layout = tuple[tuple[str, ...] | Fold, ...]
"""The rows of a form's page: names of fields that stand side by side."""


@dataclass(frozen=True)
class Author:
    """Who an entry is signed as, and the encounter it belongs to (references, where known)."""

    reference: str | None
    name: str
    encounter: str | None = None


@dataclass(frozen=True)
class Subject:
    """What an entry is about, and what of it stands in the chart already.

    `primary` is None for an entry about the patient, or one that names no primary of this patient.
    `begun_about` is the id of another Condition of the primary, under which a draft was begun.
    `originals` holds the resources that are amended, by part; a new entry has none.
    """

    record: CancerRecord
    patient_id: str
    primary: PrimaryCancer | None
    today: date
    originals: Originals = field(default_factory=dict)
    begun_about: str = ""

    @property
    def is_new(self) -> bool:
        return not self.originals

    @property
    def cancer(self) -> PrimaryCancer:
        """Return the primary of an entry that is about one; raises LookupError for any other."""
        if self.primary is None:
            raise LookupError("the entry is about no primary cancer")
        return self.primary

    @property
    def key(self) -> str:
        """Return what a new entry is about, as a draft and an address name it."""
        return self.begun_about or (self.primary.id if self.primary else PATIENT)

    @property
    def title(self) -> str:
        """Return the diagnosis that the entry is about in words, empty where it is about none."""
        return self.record.cancer_names[self.primary.id] if self.primary else ""

    def problem_of(self, day: PartialDate, what: str, *, planned: bool = False) -> str:
        """Return the sentence for a day outside of the patient's life so far, else nothing.

        `what` names the day: "date of staging". A `planned` one may be in the future.
        """
        found = outside_life(self.record.patient, str(day), self.today)
        if Doubt.FUTURE in found and not planned:
            return f"Enter a {what} that is not in the future"
        if Doubt.BIRTH in found:
            return (
                f"Enter a {what} after the birth, {partial_date(self.record.patient['birthDate'])}"
            )
        return ""


PATIENT = "patient"
"""Stands where a primary cancer's id would, for entries about the patient."""


@dataclass(frozen=True)
class Prefill:
    """An answer taken from the chart, with the words that say where it comes from."""

    value: Answer
    origin: str


@dataclass(frozen=True)
class Question:
    """Something unlikely that the clinician may confirm: `key` names the tick that does."""

    key: str
    field: str
    text: str


class EntryForm(Form):
    """Base of every form: one subclass is one form, in one file of its own.

    A subclass names its `parts`, or the `profile` of the one resource that it writes, and declares
    its fields; each field's `target` says which parts it is written to and where. The methods below
    are what a form may add to that. The last part is the main one: its id names the entry. `kinds`
    are those of the main resources that it can open.
    """

    slug: ClassVar[str]
    title: ClassVar[str]
    section: ClassVar[str]
    description: ClassVar[str]
    parts: ClassVar[tuple[Part, ...]]
    profile: ClassVar[str]
    rows: ClassVar[Layout]
    kinds: ClassVar[tuple[Kind, ...]] = ()
    about: ClassVar[Literal["primary", "patient"]] = "primary"
    order: ClassVar[int] = 50
    """Where it stands among the forms of its section; the smallest comes first."""

    headline_fields: ClassVar[tuple[str, ...]] = ()
    """The fields whose answers follow the title in the headline of an entry."""

    computes: ClassVar[str] = ""
    """What `computed` gives, in words of a button; empty where nothing follows by a formula."""

    to_compute: ClassVar[str] = ""
    """What to do where nothing was computed, as a sentence."""

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if "profile" in vars(cls):
            found = profile(cls.profile)
            cls.parts = (Part("main", cls.title, found.url, found.type),)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        page = chain.from_iterable(r.rows if isinstance(r, Fold) else (r,) for r in self.rows)
        self._fields = {name: self._fields[name] for row in page for name in row}

    @property
    def asked(self) -> dict[str, Asked[Any]]:
        """The fields by name, in the order of the page."""
        return {name: item for name, item in self._fields.items() if isinstance(item, Asked)}

    @classmethod
    def names(cls) -> dict[str, str]:
        """Return what the form calls its coded answers and its components, by `system|code`."""
        asked = cls().asked.values()
        found = {o.text: o.label for item in asked for o in getattr(item, "options", ())}
        for item in asked:
            element = item.target and item.target.element
            for step in (*getattr(element, "steps", ()), getattr(element, "way", None)):
                for system, code in codes(getattr(step, "new", {}).get("code")):
                    found.setdefault(f"{system}|{code}", str(item.label.text))
        return found

    def prepare(self, subject: Subject) -> None:
        """Fit the fields' answers to the subject before they are shown or checked.

        What an amended entry does not answer may stay without an answer; what the chart says and a
        field has no answer for is kept.
        """
        if subject.is_new:
            return
        held = self.load(subject.originals)
        for name, item in self.asked.items():
            if item.target is None:
                continue
            if not is_given(held[name]):
                item.missing = None
            elif held[name] == AS_RECORDED:
                item.keep(item.target.recorded(subject.originals))
            else:
                item.allow(held[name])

    @classmethod
    def matches(cls, record: CancerRecord, resource: Resource) -> bool:
        """Tell whether a resource of the record is the main one of an entry of this form."""
        return record.kind(resource) in cls.kinds

    @classmethod
    def find(
        cls, record: CancerRecord, resource: Resource
    ) -> tuple[PrimaryCancer | None, dict[str, Resource]]:
        """Return the primary and the resources by part of the entry with this main resource."""
        return record.primary_of(resource), {cls.parts[-1].key: resource}

    def new_resource(self, part: Part, subject: Subject, author: Author) -> Resource:
        """Return the fixed elements of a part that is not in the chart yet."""
        raise NotImplementedError

    # The hooks below name arguments for the forms that use them.
    # ruff: noqa: ARG002

    def headline(self, subject: Subject) -> str:
        """Return what tells this entry from others of its kind, for the review and the receipt."""
        lead = join([self.title, *map(self.display, self.headline_fields)], ", ")
        return join([lead, subject.title])

    def layout(self, subject: Subject) -> Layout:
        """Return the rows of the page as they suit the subject."""
        return self.rows

    def prefill(self, subject: Subject) -> dict[str, Prefill]:
        """Return values from the chart that a new entry may begin with, by field."""
        return {}

    def computed(self, subject: Subject) -> dict[str, Prefill]:
        """Return answers that follow from the others by a formula, for one who asks for them."""
        return {}

    def notices(self, subject: Subject) -> list[str]:
        """Return what a person should know before filling in the form."""
        return []

    def chart_context(self, subject: Subject) -> list[tuple[str, str, str]]:
        """Return what the chart says that helps with this form: label, value, date and source."""
        return []

    def problems(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Yield (field, sentence) for days outside of the patient's life, then what `check` has."""
        planned = self.is_planned()
        for name, item in self.asked.items():
            for day in days_of(item.data):
                if problem := subject.problem_of(day, item.what, planned=planned):
                    yield name, problem
        yield from self.check(subject)

    def doubts(self, subject: Subject) -> Iterator[Question]:
        """Yield what is to be confirmed: `misfits`, days after a death, odd amounts, `questions`.

        The day of death that stands in the chart may be wrong, and what was taken before it may be
        looked at later.
        """
        yield from self.misfits(subject)
        patient, today = subject.record.patient, subject.today
        for name, item in self.asked.items():
            found = (outside_life(patient, str(day), today) for day in days_of(item.data))
            if any(Doubt.DEATH in doubts for doubts in found):
                died = partial_date(patient["deceasedDateTime"])
                said = f"{self.display(name)} is after the death of the patient, {died}"
                yield Question(f"after-death-{name}", name, f"{said}. Tick to confirm the date")
            amount = item.data if isinstance(item.data, Quantity) else None
            if amount and doubtful_amount(amount) == Doubt.PERCENT:
                said = f"{amount} is more than the whole. Tick to confirm the number"
                yield Question(f"percent-{name}", name, said)
        yield from self.questions(subject)

    def is_planned(self) -> bool:
        """Tell whether the answers are about something that may be still to come."""
        return False

    def check(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Yield (field, sentence) for answers that are impossible together."""
        return iter(())

    def is_for(self, primary: PrimaryCancer | None) -> bool:
        """Tell whether the form is meant for a cancer; what is the patient's is for any."""
        return suited_entry(self.slug).takes_cancer(primary)

    def misfits(self, subject: Subject) -> Iterator[Question]:
        """Ask whether the form is meant, where it is for other cancers or ages (mcode.suited)."""
        suited = suited_entry(self.slug)
        why = ""
        if not suited.takes_cancer(subject.primary):
            why = f"the diagnosis is “{subject.title}”"
        elif not suited.takes_age(subject.record.patient, subject.today):
            years = age(subject.record.patient.get("birthDate"), subject.today)
            why = f"the patient’s age is {years}"
        if suited.of and why:
            said = f"“{self.title}” is for {suited.of}, and {why}. Tick to record it all the same"
            yield Question("other-cancer", next(iter(self.asked)), said)

    def questions(self, subject: Subject) -> Iterator[Question]:
        """Yield what is unlikely and has to be confirmed."""
        return iter(())

    def derived_questions(self, subject: Subject) -> Iterator[Question]:
        """Yield answers of an amended entry that stay, and follow from others that are changed."""
        return iter(())

    def written_parts(self) -> Sequence[Part]:
        """Return the parts that the answers give reason to write."""
        return self.parts

    def finish(self, parts: dict[str, Resource], references: Mapping[str, str]) -> None:
        """Tie the parts to one another; `references` holds each part's reference."""

    def fill(self, resource: Resource, part: Part, unchanged: Collection[str] = ()) -> None:
        """Write the answers, but for `unchanged` ones, into the elements that belong to `part`."""
        for name, item in self.asked.items():
            if item.target and part.key in item.target.parts and name not in unchanged:
                item.target.element.write(resource, item.data)

    def load(self, originals: Originals) -> dict[str, Answer | None]:
        """Return the answers that stand in the chart, by field."""
        return {
            name: item.nothing if (held := item.target.read(originals)) is None else held
            for name, item in self.asked.items()
            if item.target
        }

    def display(self, name: str) -> str:
        """Return a field's answer as people read it; what was typed where it is none."""
        item = self.asked[name]
        return item.display_of(item.data) if item.is_answered else item.text

    def beyond_answers(self, originals: Originals) -> dict[str, str]:
        """Return in words, by field, what the chart holds beside what the field can say."""
        held = self.load(originals)
        return {
            name: display
            for name, item in self.asked.items()
            if item.target
            and held[name] != AS_RECORDED
            and (display := item.target.recorded(originals))
        }
