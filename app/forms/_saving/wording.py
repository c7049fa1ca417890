"""What a resource that is written says: its headline, and each element by its label."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from app.fhir.paths import choice, extensions, items
from app.fhir.resource_types import resource_type
from app.fhir.types import Resource
from app.formatting import NO_DATA, join, partial_date
from app.forms._saving.display import (
    VALUE,
    Names,
    called,
    coded_terms,
    display_of,
    dosage_displays,
    extension_displays,
    label_of,
    listed,
    named_codings,
)
from app.mcode.content import condition_title, edition
from app.mcode.kinds import Kind
from app.mcode.plan_reviews import plan_reviews
from app.mcode.profiles import EXTENSION
from app.mcode.recognise import kind_of
from app.mcode.tissue import is_number
from app.mcode.treated import volume_name
from app.mcode.valuesets import fixed_codes
from app.terminology.concept import concept_text
from app.terminology.systems import known_codes

# What a server sets, and what makes a resource this one and no other.
NEVER_SAID = frozenset({"resourceType", "id", "meta"})
# Elements that the page says elsewhere, that follow from the others, or say little to a reader.
_QUIET = frozenset(
    {"category", "subject", "patient", "text", "performer", "recorder", "requester", "author"}
    | {"encounter", "context", "active", "actuality", "implicitRules", "language", "contained"}
)
_IDENTIFIER = "Identifier"
# Of a result the badge beside it says these: new, or amended.
_PLAIN = frozenset({"final", "amended", "corrected"})

Parts = Iterator[tuple[str, str, Any]]


@dataclass
class Said:
    """What is said under one label: its words, and the elements as they are.

    A `quiet` one is not for a reader in a hurry; what is in the `headline` is read there.
    """

    label: str
    quiet: bool
    headline: bool
    texts: list[str] = field(default_factory=list)
    raw: list[Any] = field(default_factory=list)

    @property
    def display(self) -> str:
        """The words of all elements under the label."""
        return listed(self.texts)


def headline_of(resource: Resource, names: Names) -> str:
    """Return what a resource says first of all, in words, or why it has no value."""
    match resource["resourceType"]:
        case "Condition":
            return condition_title(resource)
        case "BodyStructure" if "location" not in resource:
            return volume_name(resource)
    match kind_of(resource):
        case Kind.COMORBIDITIES:
            return _counted(resource)
        case Kind.PLAN_REVIEW:
            newest = plan_reviews(resource)[0]
            return join([newest.said, partial_date(newest.date)], ", ")
    row = resource_type(resource)
    found = (_lead(name, resource[name], names) for name in row.headline if name in resource)
    return next(found, NO_DATA) if row.headline else _value(resource, names)


def _lead(name: str, value: Any, names: Names) -> str:
    """Return an element as it stands in a headline: a concept without other terms of its codes."""
    is_concept = isinstance(value, dict) and "reference" not in value
    return (is_concept and called(value, names)) or display_of(name, value, names)


def _value(resource: Resource, names: Names) -> str:
    name, value = choice(resource, "value")
    if name is not None:
        return _lead(name, value, names)
    if reason := concept_text(resource.get("dataAbsentReason")):
        return reason
    values = [_value(component, names) for component in items(resource.get("component"))]
    members = len(items(resource.get("hasMember")))
    if members and not values:
        return f"{members} finding{'s' * (members > 1)}"
    return ", ".join(values) or NO_DATA


def _counted(comorbidities: Resource) -> str:
    """Return how many diseases are said to be present and absent; the elements say which."""
    counts = (
        f"{len(found)} {state}"
        for state, name in (
            ("present", "related-condition"),
            ("absent", "related-condition-absent"),
        )
        if (found := extensions(comorbidities, EXTENSION[name]))
    )
    return join(counts, ", ") or _value(comorbidities, {})


def elements_of(resource: Resource, names: Names) -> dict[str, str]:
    """Return the other elements that a reader is to know of, by their label."""
    found = said_of(resource, names)
    return {said.label: said.display for said in found if not said.quiet and not said.headline}


def said_of(resource: Resource, names: Names) -> list[Said]:
    """Return all that a resource says, but for what is `NEVER_SAID`, by its label."""
    found: dict[str, Said] = {}
    headline = headline_of(resource, names)
    for name, value in resource.items():
        if name in NEVER_SAID:
            continue
        for label, display, raw in _elements(resource, name, value, names):
            quiet = label == _IDENTIFIER or _is_quiet(resource, name)
            in_headline = _may_lead(resource, name) and display in headline
            said = found.setdefault(label, Said(label, quiet, in_headline))
            said.quiet, said.headline = said.quiet and quiet, said.headline and in_headline
            said.texts.append(display)
            said.raw.append({name: raw})
    return list(found.values())


def _is_quiet(resource: Resource, name: str) -> bool:
    if name == "status":
        # It follows from the act; a change of it alone is no answer of the person.
        return resource_type(resource).reported and resource[name] in _PLAIN
    if name == "code":
        return bool(known_codes(resource[name]) & fixed_codes())
    return name in _QUIET or name.startswith("_")


def _may_lead(resource: Resource, name: str) -> bool:
    """Tell whether the headline may be taken from an element."""
    row = resource_type(resource)
    return name in row.headline or bool(VALUE.fullmatch(name)) or name == "dataAbsentReason"


def _elements(resource: Resource, name: str, value: Any, names: Names) -> Parts:
    """Yield (label, words, JSON) of an element, or of each of its parts with a label of its own."""
    if name in _PARTS:
        yield from _PARTS[name](items(value), names)
    elif name.startswith("_"):
        yield f"{label_of(resource, name)}, further", display_of("", value, names), value
    elif name == "method":
        known = edition(resource)
        label = "Edition" if known != concept_text(value) else "Method"
        yield label, known or NO_DATA, value
    elif _may_lead(resource, name):
        yield label_of(resource, name), _lead(name, value, names), value
        if terms := coded_terms(value, names):
            # It may change without the words of the headline.
            yield "Coded as", terms, value
    else:
        yield label_of(resource, name), display_of(name, value, names), value


def _extensions(found: list[Resource], names: Names) -> Parts:
    for extension in found:
        for label, display in extension_displays(extension, names):
            yield label, display, extension


def _identifiers(found: list[Resource], names: Names) -> Parts:
    for identifier in found:
        yield _identifier_label(identifier), display_of("", identifier, names), identifier


def _identifier_label(identifier: Resource) -> str:
    """Tell those by which people name tumors and volumes from others, which are for computers."""
    if is_number(identifier):
        return "Number of the tumor"
    return "Name" if identifier.get("use") == "usual" and "type" not in identifier else _IDENTIFIER


def _components(found: list[Resource], names: Names) -> Parts:
    for part in found:
        yield _component_label(part, names), _component(part, names), part


def _component_label(part: Resource, names: Names) -> str:
    """Return what a component says: by its form's label, else by its code."""
    known = (name for _, name in named_codings(part.get("code"), names))
    return next(known, None) or concept_text(part.get("code")) or "Component"


def _component(part: Resource, names: Names) -> str:
    """Return the result of a component, with all else that is said of it."""
    name, value = choice(part, "value")
    said = display_of(name, value, names) if name else _value(part, names)
    others = (
        f"{label_of({}, name).lower()}: {display_of(name, value, names)}"
        for name, value in part.items()
        if name not in {"code", "id"} and not said.startswith(_lead(name, value, names))
    )
    return join([said, *others], ", ")


def _dosages(steps: list[Resource], names: Names) -> Parts:
    """Yield the elements of each step of a dosage, by the step where there are several."""
    for number, step in enumerate(steps, 1):
        which = f", step {number}" if len(steps) > 1 else ""
        for label, display, raw in dosage_displays(step, names):
            yield f"{label}{which}", display, raw


_PARTS: dict[str, Callable[[list[Resource], Names], Parts]] = {
    "component": _components,
    "dosage": _dosages,
    "dosageInstruction": _dosages,
    "extension": _extensions,
    "identifier": _identifiers,
    "modifierExtension": _extensions,
}
