"""Values of FHIR's data types in words, by what they are made of, and what elements are called."""

import html
from collections.abc import Iterator, Mapping
from typing import Any

from app.fhir.paths import choice, codings, get, items, text
from app.fhir.patterns import Pattern
from app.fhir.resource_types import RESOURCE_TYPES, resource_type
from app.fhir.types import Element, Resource
from app.formatting import NO_DATA, date_time, join, number, partial_date, quantity
from app.mcode.agreement import coded_otherwise, other_unit
from app.mcode.dosages import SAID as DOSAGE_ELEMENTS
from app.mcode.dosages import dosage_elements, timing_display
from app.terminology.concept import concept_text

Names = Mapping[str, str]
"""Words for references, such as the diagnosis, and for codes, by `system|code`."""

VALUE = Pattern(r"value[A-Z]\w*")
"""The names of value[x]."""

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
    "referenceRange": "Reference range",
    "result": "Results",
    "statusReason": "Reason of the status",
    "text": "Text of the record",
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
    "CarePlanChangeReason": "reason",
    "ChangedFlag": "plan changed",
    "CommentOrDescription": "comment",
    "ReviewDate": "on",
    "ReviewedBy": "by",
    **{name: label for row in RESOURCE_TYPES.values() for name, label in row.labels.items()},
}

# Elements of FHIR's type code, which are words of a closed list.
_CODES = frozenset({"status", "intent", "priority", "use", "gender"})
_DOSAGES = frozenset({"dosage", "dosageInstruction"})
_TAG = Pattern(r"<[^<>]*>")
_DATE = Pattern(r"\d{4}-\d\d(?:-\d\d)?(?:T.*)?")


def label_of(resource: Resource, name: str) -> str:
    """Return what people call an element, or an extension by the end of its address."""
    name = name.removeprefix("_")
    if VALUE.fullmatch(name):
        return "Value"
    known = resource_type(resource).labels.get(name) or _LABELS.get(name) or _EXTENSIONS.get(name)
    return known or name_apart(name)


def name_apart(name: str) -> str:
    """Return the words of an element's FHIR name: "Body site"."""
    return _CAPITAL.sub(lambda letter: f" {letter[0]}", name).capitalize()


def display_of(name: str, value: Any, names: Names | None = None) -> str:
    """Return one element in words; without `names`, concepts are what their text calls them."""
    if value in (None, "", [], {}):
        return NO_DATA
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, str):
        return _of_text(name, value, names)
    if isinstance(value, list):
        return listed([display_of(name, item, names) for item in value])
    return _of_object(name, value, names) if isinstance(value, dict) else number(value)


def _of_text(name: str, value: str, names: Names | None) -> str:
    if name in _CODES:
        return (names or {}).get(value) or value.replace("-", " ").capitalize()
    if name == "issued":
        return date_time(value)
    is_date = "date" in name.lower() or name in {"start", "end"} or _DATE.fullmatch(value)
    return partial_date(value) if is_date else value


def listed(texts: list[str]) -> str:
    """Return several answers as one text that shows where each of them ends."""
    return ("; " if any(", " in each for each in texts) else ", ").join(texts)


def _of_object(name: str, value: Element, names: Names | None) -> str:
    if "reference" in value:
        reference = text(value["reference"]) or ""
        return (names or {}).get(reference) or text(value.get("display")) or reference or NO_DATA
    found = _of_numbers(value) or _of_time(value)
    if name in _DOSAGES:
        found = join((display for _, display, _ in dosage_displays(value, names or {})), ", ")
    elif "div" in value:
        found = narrative_text(value)
    elif items(value.get("coding")) or "text" in value:
        found = join(_concept_or_note(value, names), ", ")
    elif found is None and "code" in value:
        found = concept_text({"coding": [value]})
    if found is None:
        return join(_parts(value, names), ", ") or NO_DATA
    is_concept = bool(items(value.get("coding")))
    return join([found, *_qualifiers(value, names, labelled=not is_concept)], ", ") or NO_DATA


def narrative_text(narrative: Any) -> str:
    """Return what a Narrative says without its markup."""
    return " ".join(html.unescape(_TAG.sub(" ", text(get(narrative, "div")) or "")).split())


def _qualifiers(value: Element, names: Names | None, *, labelled: bool) -> Iterator[str]:
    for label, display in extension_displays(value.get("extension"), names):
        yield f"{label} {display}" if labelled else display


def _of_numbers(value: Element) -> str | None:
    """Return a Quantity, Ratio, Range or SampledData, or what else has a value, None for others."""
    if "numerator" in value or "denominator" in value:
        return " : ".join(_amount(value.get(side)) for side in ("numerator", "denominator"))
    if "low" in value or "high" in value:
        low, high = (_amount(value[side]) if value.get(side) else "" for side in ("low", "high"))
        return f"{low} to {high}" if low and high else f"from {low}" if low else f"up to {high}"
    if isinstance(value.get("value"), str):
        return str(value["value"])
    return _amount(value) if value.get("value") is not None else None


def _amount(value: Any) -> str:
    """Return a Quantity, with the code of its unit where that is not what the unit says."""
    shown = quantity(value)
    other = other_unit(value)
    return f"{shown} (coded: {other})" if other else shown


def _of_time(value: Element) -> str | None:
    """Return a Period or a Timing, None for anything else."""
    if "start" in value or "end" in value:
        return " to ".join(partial_date(value.get(side), "…") for side in ("start", "end"))
    return timing_display(value) or None if "repeat" in value or "event" in value else None


def _concept_or_note(value: Element, names: Names | None) -> Iterator[str | None]:
    """Yield the words of a CodeableConcept, or of an Annotation with who wrote it when."""
    author = value.get("authorReference") or value.get("authorString")
    if author or "time" in value:
        yield from (text(value.get("text")), author and f"by {display_of('', author, names)}")
        yield date_time(value["time"]) if "time" in value else None
        return
    said = called(value, names or {})
    others = coded_terms(value, names) if names is not None else ""
    yield f"{said} (coded: {others})" if others else said


def called(concept: Element, names: Names) -> str | None:
    """Return what the form calls a concept that has no words beyond its code's term."""
    words = concept_text(concept)
    found = named_codings(concept, names)
    own = (name for coding, name in found if words == concept_text({"coding": [coding]}))
    return next(own, words)


def coded_terms(concept: Any, names: Names) -> str:
    """Return the terms of a concept's codes that are not what it is called; empty for none."""
    known = [name for _, name in named_codings(concept, names)]
    return "; ".join(coded_otherwise(concept, known))


def named_codings(concept: Any, names: Names) -> Iterator[tuple[Element, str]]:
    """Yield the codings of a concept that `names` has a name for, with that name."""
    for coding in codings(concept):
        if name := names.get(f"{coding.get('system')}|{coding.get('code')}"):
            yield coding, name


def _parts(value: Element, names: Names | None) -> Iterator[str]:
    """Yield the elements of an object that has no words of its own type."""
    for name, inner in value.items():
        if name == "extension":
            yield from _qualifiers(value, names, labelled=True)
        elif not name.startswith("_"):
            display = display_of(name, inner, names)
            is_bare = isinstance(inner, bool | int | float) or not isinstance(
                inner, str | dict | list
            )
            yield f"{name_apart(name).lower()} {display}" if is_bare else display


def extension_displays(value: Any, names: Names | None) -> Iterator[tuple[str, str]]:
    """Yield what each extension is called, with its value in words."""
    for extension in items(value):
        tail = str(extension.get("url")).rpartition("/")[2]
        plain = tail.removeprefix("mcode-").replace("-", " ")
        label = _EXTENSIONS.get(tail) or (tail if ":" in tail else plain.capitalize())
        yield label, _extension(extension, names)


def _extension(extension: Resource, names: Names | None) -> str:
    inner = (
        f"{label} {shown}" for label, shown in extension_displays(extension.get("extension"), names)
    )
    name, value = choice(extension, "value")
    return join([*inner, name and display_of(name, value, names)], ", ") or NO_DATA


def dosage_displays(step: Element, names: Names) -> Iterator[tuple[str, str, Any]]:
    """Yield (label, words, JSON) of each element of a Dosage, its own text last."""
    yield from dosage_elements(step, lambda concept: concept and display_of("", concept, names))
    if said := text(step.get("text")):
        yield "Dosage, in words", said, said
    if further := {name: value for name, value in step.items() if name not in DOSAGE_ELEMENTS}:
        yield "Dosage, further", join(_parts(further, names), ", ") or NO_DATA, further
