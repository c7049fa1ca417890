"""References to the patient's other resources, offered as answers."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from app.fhir.paths import items, literal_reference, local_reference
from app.fhir.types import Element, Resource
from app.formatting import join, partial_date
from app.forms._answers import AsRecorded, Reference
from app.forms._definition import Subject
from app.forms._elements.single import Link
from app.forms._fields.base import Asked, Option, Target
from app.forms._fields.choices import CodedChecks, CodedRadio, CodedSelect
from app.mcode.content import effective
from app.mcode.kinds import Kind
from app.mcode.pathology import specimen_title

# Answers of one field that stand for resources of the chart.
MOST_OFFERED = 300
_LONGEST = 300


def offer(
    item: Asked[Any], subject: Subject, found: Iterable[Resource], words: Callable[[Resource], str]
) -> None:
    """Offer resources of the record, and those that the entry names already, wherever they are.

    It comes before the form's own `prepare`, which adds what the chart says in another way.
    """
    options = {name: words(r) for r in some(item, found) if (name := literal_reference(r))}
    for name in _named(item, subject):
        if name not in options:
            linked = subject.record.find(name)
            options[name] = words(linked) if linked else _display(name, subject)
            # Several Conditions may record one cancer, which is offered once.
            if cancer := subject.record.primary(name.removeprefix("Condition/")):
                options.pop(cancer.reference, None)
    if isinstance(item, CodedRadio | CodedSelect | CodedChecks):
        item.offer(Option(Reference(name), _short(label)) for name, label in options.items())


def some(item: Asked[Any], found: Iterable[Resource]) -> list[Resource]:
    """Return as many as a page has room for, and let the field say how many it does not offer."""
    listed = list(found)
    if len(listed) > MOST_OFFERED:
        said = f"{len(listed) - MOST_OFFERED} more of the chart have no room on this page."
        item.hint = join([item.hint, said], " ")
    return listed[:MOST_OFFERED]


def _short(label: str) -> str:
    """Return a long label without its middle: the day at its end tells resources apart."""
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 50]}… {label[-48:]}"


def specimen(*parts: str) -> CodedSelect[Reference | AsRecorded]:
    """Return the question for the specimen that a finding was made in."""
    target = Target(parts, Link("specimen", ("Specimen",)))
    return CodedSelect("Specimen", target=target)


def offer_specimens(item: Asked[Any], subject: Subject) -> None:
    """Offer the specimens of the patient, the newest first."""
    offer(item, subject, subject.record.of_kinds(Kind.SPECIMEN), specimen_display)


def specimen_display(resource: Resource) -> str:
    """Return a specimen as one is told from others: "Tissue, left breast · 12-Mar-2026"."""
    collected = resource.get("collection")
    taken = effective(collected) if isinstance(collected, dict) else None
    shown = join([specimen_title(resource), partial_date(taken, "")])
    return shown or f"Specimen {resource.get('id')}"


def _named(item: Asked[Any], subject: Subject) -> list[str]:
    held = map(item.read, subject.originals.values())
    each = [answer for found in held for answer in (found if isinstance(found, tuple) else [found])]
    return [answer.literal for answer in each if isinstance(answer, Reference)]


def _display(name: str, subject: Subject) -> str:
    """Return the words that the entry itself gives for a resource that is not in the record."""
    found = (element for original in subject.originals.values() for element in _objects(original))
    named = (e["display"] for e in found if e.get("display") and local_reference(e) == name)
    return f"{next(named, name)} (as in the chart)"


def _objects(element: Element) -> Iterator[Element]:
    """Yield every object inside an element, wherever it stands."""
    for value in element.values():
        for inner in items(value):
            yield inner
            yield from _objects(inner)
