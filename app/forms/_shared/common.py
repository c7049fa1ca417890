"""Questions that many forms ask, and checks that many forms make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from app.fhir.paths import key
from app.fhir.types import Resource
from app.formatting import NO_DATA, partial_date
from app.forms._definition import Question, Subject
from app.forms._elements import Choice, Coded, Codes, Date, Element, Every, Note, Where, Within
from app.forms._elements.paths import Step
from app.forms._fields import (
    Asked,
    CodedChecks,
    CodedRadio,
    CodedSearch,
    CodedSelect,
    FreeText,
    PartialDate,
    Place,
)
from app.forms._fields.answers import options_of
from app.forms._shared.answers import answers, is_complete
from app.mcode.course import is_later
from app.mcode.facts import effective
from app.mcode.values import result
from app.terminology.lists import ConceptList

# The most answers that are all in sight, and the most that a drop-down list has.
_RADIOS, _SELECT = 7, 100


def coded(  # noqa: PLR0913 -- each says one thing of the question, by name
    label: str,
    concepts: str | ConceptList,
    *,
    parts: Sequence[str],
    name: str = "valueCodeableConcept",
    way: tuple[Step, ...] = (),
    stem: str | None = None,
    listed: bool = False,
    missing: str | None = None,
    hint: str | None = None,
    absent: Sequence[str] = (),
    systems: Sequence[str] = (),
    open_: bool | None = None,
) -> Asked:
    """Return the question for one CodeableConcept, of the kind that fits the number of answers.

    `concepts` is a list, or the name of a value set, which is open unless it is complete. Up to 7
    answers are radio buttons, up to 100 a drop-down list; more, or an open set, are searched.
    """
    values, open_ = _offered(concepts, open_=open_)
    element: Element = Coded(name, values, absent=bool(absent), open=open_, listed=listed)
    if stem:
        element = Choice(stem, element, name)
    place = Place(tuple(parts), Within(way, element) if way else element)
    if open_ or len(values) > _SELECT:
        return CodedSearch(
            label,
            concepts=values,
            open=open_,
            systems=systems,
            suggested=options_of(values) if len(values) <= _RADIOS else (),
            missing=missing,
            place=place,
            hint=hint,
        )
    kind = CodedRadio if len(values) <= _RADIOS else CodedSelect
    return kind(
        label, options=options_of(values), absent=absent, missing=missing, place=place, hint=hint
    )


def several(  # noqa: PLR0913 -- each says one thing of the question, by name
    label: str,
    concepts: str | ConceptList,
    *,
    parts: Sequence[str],
    way: Where | str,
    member: str | None = None,
    missing: str | None = None,
    hint: str | None = None,
    systems: Sequence[str] = (),
    open_: bool | None = None,
) -> Asked:
    """Return the question for any number of concepts: the entries of a list, or their `member`.

    Up to 7 answers of a closed list are check boxes; others are searched.
    """
    values, open_ = _offered(concepts, open_=open_)
    entries = Every(way) if isinstance(way, str) else way
    place = Place(tuple(parts), Codes(entries, values, member, open=open_))
    if not open_ and len(values) <= _RADIOS:
        return CodedChecks(
            label, options=options_of(values), missing=missing, place=place, hint=hint
        )
    return CodedSearch(
        label,
        concepts=values,
        many=True,
        open=open_,
        systems=systems,
        suggested=options_of(values) if len(values) <= _RADIOS else (),
        missing=missing,
        place=place,
        hint=hint,
    )


def _offered(concepts: str | ConceptList, *, open_: bool | None) -> tuple[ConceptList, bool]:
    """Return the answers, and whether there may be others; a value set tells it of itself."""
    if not isinstance(concepts, str):
        return concepts, bool(open_)
    return answers(concepts), not is_complete(concepts) if open_ is None else open_


def effective_date(what: str, *parts: str, to_the_day: bool = False) -> PartialDate:
    """Return the question for when an observation's content holds true: "date of staging"."""
    place = Place(parts, Date("effectiveDateTime", stem="effective"))
    label, missing = f"{what[0].upper()}{what[1:]}", f"Enter the {what}"
    return PartialDate(label, missing=missing, place=place, to_the_day=to_the_day)


def note(*parts: str) -> FreeText:
    """Return the question for a note in the person's own words."""
    return FreeText("Note", place=Place(parts, Note()))


def day_problems(
    field: str, day: str, subject: Subject, what: str, *, past: bool = True
) -> Iterator[tuple[str, str]]:
    """Yield (field, sentence) for a day outside of the patient's life so far.

    `what` names the day: "date of staging". Without `past` it may be in the future.
    """
    birth = str(subject.record.patient.get("birthDate", ""))
    # A clinician's own date may be a day ahead of the server's.
    if past and day and is_later(day, (subject.today + timedelta(days=1)).isoformat()):
        yield field, f"Enter a {what} that is not in the future"
    elif day and birth and is_later(birth, day):
        yield field, f"Enter a {what} after the birth, {partial_date(birth)}"


def span_problems(
    field: str, span: str, subject: Subject, what: str, *, past: bool = True
) -> Iterator[tuple[str, str]]:
    """Yield the first that stands against either end of a time, as `day_problems` does."""
    start, _, end = span.partition("/")
    found = [
        *day_problems(field, start, subject, what, past=past),
        *day_problems(field, end, subject, what, past=past),
    ]
    yield from found[:1]


def beside(subject: Subject, found: Iterable[Resource]) -> list[Resource]:
    """Return the resources that are no part of the entry itself."""
    own = {key(resource) for resource in subject.originals.values()}
    return [resource for resource in found if key(resource) not in own]


def second(key_: str, field: str, told: str) -> Question:
    """Return the question about an entry that may be on record already; `told` says which."""
    return Question(
        key_,
        field,
        f"{told}. Tick to confirm that this is another one; to correct that one, amend it",
    )


def another_of_the_day(
    subject: Subject, found: Iterable[Resource], day: str | None, what: str
) -> Iterator[Question]:
    """Ask about a new entry of a day that one of `found` is of; `what` names it: "A status"."""
    same = next((r for r in found if day and (effective(r) or "")[:10] == day), None)
    if subject.is_new and same:
        said = result(same)
        told = f" ({said})" if said != NO_DATA else ""
        yield second("another-of-the-day", "date", f"{what} of this day is on record already{told}")
