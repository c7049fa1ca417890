"""The elements of a resource that is written, in words: one label and one text each."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.fhir.paths import choice, codings, extensions, items, text
from app.fhir.patterns import Pattern
from app.fhir.resource_types import RESOURCE_TYPES, resource_type
from app.fhir.types import Resource
from app.formatting import NO_DATA, date_time, join, partial_date, quantity
from app.mcode.content import condition_title, edition
from app.mcode.kinds import Kind
from app.mcode.profiles import EXTENSION
from app.mcode.recognise import kind_of
from app.mcode.tissue import is_number
from app.mcode.treated import volume_name
from app.terminology.concept import concept_text

Names = Mapping[str, str]
"""Words for references, such as the diagnosis, and for codes, by `system|code`."""

_VALUE = Pattern(r"value[A-Z]\w*")
_CAPITAL = Pattern(r"[A-Z]")
# Labels of elements that are better known by other words than those of their FHIR name.
_LABELS = {
    "authoredOn": "Ordered on",
    "abatementDateTime": "End",
    "code": "Kind",
    "dosageInstruction": "Dosage",
    "effectiveDateTime": "Date",
    "effectivePeriod": "Time",
    "focus": "About",
    "hasMember": "Made of",
    "intent": "Kind of order",
    "medicationCodeableConcept": "Medication",
    "onsetDateTime": "Onset",
    "performedDateTime": "Date",
    "performedPeriod": "Time",
    "reasonCode": "Reason",
    "reasonReference": "Reason",
    "recordedDate": "Recorded on",
    "request": "Order",
    "result": "Results",
    "statusReason": "Reason of the status",
    "verificationStatus": "Certainty",
}
_EXTENSIONS = {
    "condition-assertedDate": "Date of diagnosis",
    "condition-related": "Metastasis of",
    "mcode-body-location-qualifier": "Location qualifier",
    "mcode-cancer-disease-status-evidence-type": "Evidence",
    "mcode-histology-morphology-behavior": "Histology",
    "mcode-laterality-qualifier": "Side",
    "mcode-normalization-basis": "Dose is by",
    "mcode-procedure-intent": "Intent",
    "mcode-radiotherapy-dose-delivered-to-volume": "Dose delivered",
    "mcode-radiotherapy-modality": "Modality",
    "mcode-radiotherapy-modality-and-technique": "Modality and technique",
    "mcode-radiotherapy-sessions": "Sessions",
    "mcode-radiotherapy-technique": "Technique",
    "mcode-related-condition": "Related condition",
    "mcode-related-condition-absent": "Absent condition",
    "fractionsDelivered": "fractions",
    "totalDoseDelivered": "dose",
    "volume": "volume",
    **{name: label for row in RESOURCE_TYPES.values() for name, label in row.labels.items()},
}
# Elements that the page says elsewhere, that follow from the others, or say nothing to a reader.
_SILENT = frozenset(
    {"resourceType", "id", "meta", "category", "subject", "patient", "text"}
    | {"performer", "recorder", "requester", "dataAbsentReason", "encounter", "context", "active"}
    | {"actuality"}
)


def headline_of(resource: Resource, names: Names) -> str:
    """Return what a resource says first of all, in words, or why it has no value."""
    match resource["resourceType"]:
        case "Condition":
            return condition_title(resource)
        case "BodyStructure" if "location" not in resource:
            return volume_name(resource)
    if kind_of(resource) == Kind.COMORBIDITIES:
        return _counted(resource)
    row = resource_type(resource)
    found = (_display(name, resource[name], names) for name in row.headline if name in resource)
    return next(found, NO_DATA) if row.headline else _value(resource, names)


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
    displays: dict[str, list[str]] = {}
    row = resource_type(resource)
    quiet = {*_SILENT, *row.headline}
    if row.reported:
        # It follows from the act; a change of it alone is no answer of the person.
        quiet.add("status")
    for label, display in (*_terms(resource, row.headline), *_elements(resource, quiet, names)):
        displays.setdefault(label, []).append(display)
    return {label: _listed(texts) for label, texts in displays.items()}


def _terms(resource: Resource, headline: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the term of a code that the headline has in other words: it may change, they not."""
    for concept in (resource.get(name) for name in headline):
        term = concept_text({"coding": [c for c in codings(concept) if text(c.get("display"))]})
        if term and term.casefold() != (concept_text(concept) or "").casefold():
            yield "Coded as", term


def _elements(resource: Resource, quiet: set[str], names: Names) -> Iterator[tuple[str, str]]:
    for name, value in resource.items():
        if name in quiet or name.startswith("_") or _VALUE.fullmatch(name):
            continue
        if name in {"extension", "modifierExtension"}:
            yield from _extensions(value, names)
        elif name == "identifier":
            yield from _identifiers(value)
        elif name == "component":
            for component in items(value):
                yield concept_text(component.get("code")) or "Component", _value(component, names)
        elif name == "method":
            known = edition(resource)
            yield ("Edition" if known != concept_text(value) else "Method"), known or NO_DATA
        else:
            yield label_of(resource, name), _display(name, value, names)


def label_of(resource: Resource, name: str) -> str:
    """Return what people call an element, or an extension by the end of its address."""
    name = name.removeprefix("_")
    if _VALUE.fullmatch(name):
        return "Value"
    known = resource_type(resource).labels.get(name) or _LABELS.get(name) or _EXTENSIONS.get(name)
    return known or _name_apart(name)


def display_of(name: str, value: Any) -> str:
    """Return one element in words, without those of the record."""
    return _display(name, value, {})


def _name_apart(name: str) -> str:
    """Return the words of an element's FHIR name: "Body site"."""
    return _CAPITAL.sub(lambda letter: f" {letter[0]}", name).capitalize()


def _identifiers(value: Any) -> Iterator[tuple[str, str]]:
    """Yield those by which people name tumors and volumes; others are for computers."""
    for identifier in items(value):
        display = str(identifier.get("value") or NO_DATA)
        if is_number(identifier):
            yield "Number of the tumor", display
        elif identifier.get("use") == "usual" and "type" not in identifier:
            yield "Name", display


def _extensions(value: Any, names: Names) -> Iterator[tuple[str, str]]:
    for extension in items(value):
        tail = str(extension.get("url")).rpartition("/")[2]
        yield _EXTENSIONS.get(tail, tail), _display_extension(extension, names)


def _display_extension(extension: Resource, names: Names) -> str:
    inner = [f"{label} {shown}" for label, shown in _extensions(extension.get("extension"), names)]
    name, value = choice(extension, "value")
    return join([*inner, name and _display(name, value, names)], ", ") or NO_DATA


def _value(resource: Resource, names: Names) -> str:
    name, value = choice(resource, "value")
    if name is not None:
        return _display(name, value, names)
    if reason := concept_text(resource.get("dataAbsentReason")):
        return reason
    values = [_value(component, names) for component in items(resource.get("component"))]
    members = len(items(resource.get("hasMember")))
    if members and not values:
        return f"{members} finding{'s' * (members > 1)}"
    return ", ".join(values) or NO_DATA


def _listed(texts: list[str]) -> str:
    """Return several answers as one text that shows where each of them ends."""
    return ("; " if any(", " in each for each in texts) else ", ").join(texts)


def _display(name: str, value: Any, names: Names) -> str:
    """Return one element in words."""
    if value in (None, [], {}):
        return NO_DATA
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, str):
        if name == "issued":
            return date_time(value)
        is_date = "date" in name.lower() or name in {"start", "end", "authoredOn"}
        return partial_date(value) if is_date else value
    if isinstance(value, list):
        return _listed([_display(name, item, names) for item in value])
    return _display_object(value, names) if isinstance(value, dict) else str(value)


def _display_object(value: Resource, names: Names) -> str:
    if reference := text(value.get("reference")):
        return names.get(reference) or text(value.get("display")) or reference
    if "value" in value:
        return quantity(value)
    if "numerator" in value:
        return " : ".join(quantity(value.get(side)) for side in ("numerator", "denominator"))
    if "start" in value or "end" in value:
        return " to ".join(partial_date(value.get(side), "…") for side in ("start", "end"))
    if items(value.get("coding")) or "text" in value:
        qualifiers = [display for _, display in _extensions(value.get("extension"), names)]
        return join([_called(value, names), *qualifiers], ", ") or NO_DATA
    return join(
        [_display(name, item, names) for name, item in value.items() if name != "extension"]
        + [display for _, display in _extensions(value.get("extension"), names)],
        ", ",
    )


def _called(concept: Resource, names: Names) -> str | None:
    """Return what the form calls a concept that has no words beyond its code's term."""
    words = concept_text(concept)
    for coding in codings(concept):
        name = names.get(f"{coding.get('system')}|{coding.get('code')}")
        if name and words == concept_text({"coding": [coding]}):
            return name
    return words
