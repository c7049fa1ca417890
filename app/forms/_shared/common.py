"""Questions that many forms ask, and their lists of answers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from app.fhir.paths import codings, items, literal_reference, text
from app.fhir.types import Element as Json
from app.fhir.types import Resource
from app.forms._answers import Coding, PartialDate
from app.forms._definition import Subject
from app.forms._elements.datatypes import Amount, Unit
from app.forms._elements.lists import Codes
from app.forms._elements.paths import Choice, Listed, Step, Where, Within
from app.forms._elements.plain import Date, Element, Note
from app.forms._elements.single import Coded
from app.forms._fields.base import Asked, FreeText, Target
from app.forms._fields.choices import (
    CodedChecks,
    CodedRadio,
    CodedSelect,
    labelled_options,
    options_of,
)
from app.forms._fields.dates import DateBoxes
from app.forms._fields.numbers import Measure
from app.forms._fields.search import SearchMany, SearchOne
from app.mcode.valuesets import value_set
from app.terminology.concept import Concept, TypedConcept, whole_text
from app.terminology.lists import ConceptList
from app.terminology.systems import canonical, known_codes

# The most answers that are all in sight, and the most that a drop-down list has.
_RADIOS, _SELECT = 7, 100


def coded(  # noqa: PLR0913 -- each says one thing of the question, by name
    label: str,
    concepts: str | ConceptList,
    *,
    parts: tuple[str, ...] = ("main",),
    name: str = "valueCodeableConcept",
    way: tuple[Step, ...] = (),
    stem: str | None = None,
    listed: bool = False,
    systems: Sequence[str] = (),
    extensible: bool | None = None,
    **asked: Any,
) -> Asked[Coding]:
    """Return the question for one CodeableConcept, of the kind that fits the number of answers.

    `concepts` is a list, or the name of a value set, which is open unless it is complete. Up to 7
    answers are radio buttons, up to 100 a drop-down list; more, or an open set, are searched.
    `asked` is what any field may be given, such as `missing` and `hint`.
    """
    values, extensible = _offered(concepts, extensible=extensible)
    element = Coded(name, values, extensible=extensible, listed=listed)
    target = _place(parts, element, way, stem)
    options = options_of(values) if len(values) <= _SELECT else []
    if extensible or not options:
        shown = options if len(options) <= _RADIOS else ()
        return SearchOne(
            label,
            concepts=values,
            extensible=extensible,
            systems=systems,
            suggested=shown,
            target=target,
            **asked,
        )
    kind = CodedRadio[Coding] if len(options) <= _RADIOS else CodedSelect[Coding]
    return kind(label, options=options, target=target, **asked)


def labelled(
    label: str,
    codes: Coded | str,
    labels: Mapping[str, str],
    *way: Step,
    parts: tuple[str, ...] = ("main",),
    stem: str | None = None,
    in_sight: int | None = None,
    **asked: Any,
) -> CodedRadio[Coding]:
    """Return the question for one of few `codes`, which are called as `labels` says.

    They are those of an element, or of a value set by its name. Those after the first `in_sight`
    are folded.
    """
    element = Coded("valueCodeableConcept", answers(codes)) if isinstance(codes, str) else codes
    return CodedRadio(
        label,
        options=labelled_options(element.concepts, labels, in_sight),
        target=_place(parts, element, way, stem),
        **asked,
    )


def _place(
    parts: tuple[str, ...], coded: Coded, way: tuple[Step, ...], stem: str | None
) -> Target[Coding]:
    element: Element[Coding] = Choice(stem, coded, coded.name) if stem else coded
    return Target(parts, Within(way, element) if way else element)


def several(
    label: str,
    concepts: str | ConceptList,
    *,
    parts: tuple[str, ...] = ("main",),
    way: Where | str,
    member: str | None = None,
    systems: Sequence[str] = (),
    extensible: bool | None = None,
    **asked: Any,
) -> CodedChecks[Concept] | SearchMany:
    """Return the question for any number of concepts: the entries of a list, or their `member`.

    Up to 7 answers of a closed list are check boxes; others are searched.
    """
    values, extensible = _offered(concepts, extensible=extensible)
    entries = Listed(way) if isinstance(way, str) else way
    target = Target(parts, Codes(entries, values, member, extensible=extensible))
    options = options_of(values) if len(values) <= _RADIOS else []
    if options and not extensible:
        return CodedChecks(label, options=options, target=target, **asked)
    return SearchMany(
        label,
        concepts=values,
        extensible=extensible,
        systems=systems,
        suggested=options,
        target=target,
        **asked,
    )


@cache
def answers(name: str) -> ConceptList:
    """Return what the app ships of a value set by its short name: "laterality-qualifier-vs".

    Raises KeyError for a set that mCODE does not bind.
    """
    found = value_set(name)
    return ConceptList(lambda: found.concepts, found.url)


def is_complete(name: str) -> bool:
    """Tell whether nothing outside of what the app ships is an answer of a value set."""
    return value_set(name).complete


def answer_from(
    concept: Json | None, concepts: ConceptList, systems: Collection[str]
) -> Concept | None:
    """Return what the chart says elsewhere as an answer to an open question.

    A concept that is not listed gives its first coding of one of `systems`, else its words.
    """
    if listed := concepts.match(known_codes(concept)):
        return listed
    words = (whole_text(concept) or "").replace("\n", " ")
    for coding in codings(concept):
        system, code = canonical(text(coding.get("system")) or ""), text(coding.get("code"))
        if words and code and system in systems:
            return TypedConcept(system, code, words)
    return TypedConcept("", "", words) if words else None


def _offered(concepts: str | ConceptList, *, extensible: bool | None) -> tuple[ConceptList, bool]:
    """Return the answers, and whether there may be others; a value set tells it of itself."""
    if not isinstance(concepts, str):
        return concepts, bool(extensible)
    return answers(concepts), not is_complete(concepts) if extensible is None else extensible


def effective_date(what: str, *parts: str, to_the_day: bool = False) -> DateBoxes:
    """Return the question for when an observation's content holds true: "date of staging"."""
    target = Target(parts, Date("effectiveDateTime", stem="effective"))
    return day(f"{what[0].upper()}{what[1:]}", what, target, to_the_day=to_the_day)


def day(label: str, what: str, target: Target[PartialDate], **asked: Any) -> DateBoxes:
    """Return the question for a date; `what` names it in a sentence: "date of diagnosis"."""
    asked = {"missing": f"Enter the {what}", **asked}
    return DateBoxes(label, what=what, target=target, **asked)


def amount(label: str, units: Sequence[Unit], *way: Step, **asked: Any) -> Measure:
    """Return the question for a Quantity in one of `units`, at the end of `way`."""
    target = Target.main(Amount("valueQuantity", units), *way)
    return Measure(label, units=units, target=target, **asked)


def note(*parts: str) -> FreeText:
    """Return the question for a note in the person's own words."""
    return FreeText("Note", target=Target(parts, Note()))


def add_members(panel: Resource | None, references: Iterable[str]) -> None:
    """Make a panel hold further members; None stands for one that is not written."""
    new = [{"reference": reference} for reference in references]
    if panel is not None and new:
        panel["hasMember"] = [*items(panel.get("hasMember")), *new]


def others(subject: Subject, found: Iterable[Resource]) -> list[Resource]:
    """Return the resources that are no part of the entry itself."""
    own = {literal_reference(resource) for resource in subject.originals.values()}
    return [resource for resource in found if literal_reference(resource) not in own]
