"""Checks the structure of a resource: elements, types, cardinality, required codes.

The element tables are those of fhirclient's R4 models. The models themselves are not used to parse:
they drop the extensions of primitive values and refuse a required element that is given by its
extension alone (`_status` with a data-absent-reason), which is legal.
"""

import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from fhirclient.models.element import Element as ElementModel
from fhirclient.models.fhirdate import FHIRDate
from fhirclient.models.fhirelementfactory import FHIRElementFactory
from fhirclient.models.resource import Resource as ResourceModel

from app.sandbox.fhir.json_text import Number
from app.sandbox.fhir.outcome import Issue

ID = re.compile(r"(?!\.{1,2}(?![A-Za-z0-9.\-]))[A-Za-z0-9.\-]{1,64}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_INTEGER = range(-(2**31), 2**31)
_JSON_TYPES: dict[Any, tuple[Any, str]] = {
    bool: (bool, "true or false"),
    int: (int, "A whole number of 32 bits"),
    float: ((int, Number), "A number"),
}

_SYSTEM = "http://terminology.hl7.org/CodeSystem/"

CODES: dict[str, frozenset[str]] = {}
"""The codes that R4 requires, by Type.element, where a wrong one does harm."""

CONCEPTS: dict[str, tuple[str, frozenset[str]]] = {}
"""The system and the codes of CodeableConcepts of which one coding must come from a set."""

with Path(__file__).with_name("codes.csv").open(encoding="utf-8", newline="") as _file:
    for _row in csv.DictReader(_file):
        _codes = frozenset(_row["codes"].split())
        if _row["system"]:
            CONCEPTS[_row["element"]] = (_SYSTEM + _row["system"], _codes)
        else:
            CODES[_row["element"]] = _codes


class _Element(NamedTuple):
    type: Any
    many: bool
    choice: str | None
    required: bool

    @property
    def primitive(self) -> bool:
        return self.type in (str, int, float, bool) or issubclass(self.type, FHIRDate)


def problems(resource: dict[str, Any]) -> list[Issue]:
    """Return the problems in the structure of `resource`; a path begins with its type."""
    return list(_resource(resource, str(resource.get("resourceType"))))


@cache
def _model(resource_type: str) -> Any:
    """Return the fhirclient class of a resource type; None if R4 has no such type."""
    factory: Any = FHIRElementFactory
    instance = factory.instantiate(resource_type, None)
    return type(instance) if isinstance(instance, ResourceModel) else None


@cache
def _elements(model: Any) -> dict[str, _Element]:
    return {
        name: _Element(kind, many, choice, required)
        for _, name, kind, many, choice, required in model().elementProperties()
    }


def _resource(value: Any, path: str) -> Iterator[Issue]:
    resource_type = value.get("resourceType") if isinstance(value, dict) else None
    model = _model(resource_type) if isinstance(resource_type, str) else None
    if model is None:
        yield Issue("structure", "This is no resource of FHIR R4: resourceType is unknown.", path)
        return
    given_id = value.get("id")
    if isinstance(given_id, str) and not ID.fullmatch(given_id):
        yield Issue("value", f"{given_id!r} is no FHIR id.", f"{path}.id")
    members = {name: member for name, member in value.items() if name != "resourceType"}
    yield from _members(members, model, path)


def _object(value: Any, model: Any, path: str) -> Iterator[Issue]:
    if not isinstance(value, dict):
        yield Issue("structure", f"An object is needed here, not {_word(value)}.", path)
    elif not value:
        yield Issue("structure", "An object may not be empty; leave it out.", path)
    else:
        yield from _members(value, model, path)


def _members(value: dict[str, Any], model: Any, path: str) -> Iterator[Issue]:
    elements = _elements(model)
    present: dict[str, list[str]] = {}
    for name, member in value.items():
        plain = name.removeprefix("_")
        element = elements.get(plain)
        if element is None or (plain != name and not element.primitive):
            yield Issue(
                "structure",
                f"{model.resource_type} has no element {name!r}.",
                f"{path}.{name}",
            )
            continue
        present.setdefault(element.choice or plain, []).append(plain)
        if plain != name:
            yield from _primitive_extension(member, element, f"{path}.{plain}")
        else:
            spare = value.get(f"_{name}")
            yield from _values(member, spare, element, f"{path}.{name}")
            yield from _coded(model, name, member, f"{path}.{name}")
    for choice, names in present.items():
        if len(set(names)) > 1:
            words = " and ".join(sorted(set(names)))
            yield Issue("structure", f"Only one of {words} may be given.", f"{path}.{choice}")
    for name in {e.choice or n for n, e in elements.items() if e.required} - present.keys():
        yield Issue("required", f"{path}.{name} is needed and is missing.", f"{path}.{name}")


def _values(value: Any, spare: Any, element: _Element, path: str) -> Iterator[Issue]:
    """Check one value or a list; `spare` is what stands in `_name`, which may fill a null."""
    if not element.many:
        yield from _value(value, element, path)
        return
    if not isinstance(value, list):
        yield Issue("structure", f"A list is needed here, not {_word(value)}.", path)
        return
    if not value:
        yield Issue("structure", "A list may not be empty; leave it out.", path)
    spares = spare if isinstance(spare, list) else []
    for position, item in enumerate(value):
        filled = position < len(spares) and spares[position] is not None
        if not (item is None and element.primitive and filled):
            yield from _value(item, element, f"{path}[{position}]")


def _value(value: Any, element: _Element, path: str) -> Iterator[Issue]:
    if element.primitive:
        wrong = _primitive_problem(value, element.type)
        if wrong:
            yield Issue("value", wrong, path)
    elif issubclass(element.type, ResourceModel):
        yield from _resource(value, path)
    else:
        yield from _object(value, element.type, path)


def _primitive_problem(value: Any, kind: Any) -> str | None:
    if kind in _JSON_TYPES:
        types, word = _JSON_TYPES[kind]
        fits = isinstance(value, types) and isinstance(value, bool) == (kind is bool)
        if not fits or (kind is int and value not in _INTEGER):
            return f"{word} is needed, not {_word(value)}."
        return None
    if not isinstance(value, str):
        return f"A string is needed, not {_word(value)}."
    if not value.strip() or _CONTROL.search(value):
        return "A string may not be empty or hold control characters."
    return None if kind is str else _date_problem(value, kind)


def _date_problem(value: str, kind: Any) -> str | None:
    try:
        kind(value)
    except ValueError:
        return f"{value[:40]!r} is not in the format of a FHIR {_date_word(kind)}."
    return None


def _primitive_extension(value: Any, element: _Element, path: str) -> Iterator[Issue]:
    items = value if element.many else [value]
    if not isinstance(items, list):
        yield Issue("structure", f"A list is needed here, not {_word(value)}.", path)
        return
    for item in items:
        if not (item is None and element.many):
            yield from _object(item, ElementModel, path)


def _coded(model: Any, name: str, value: Any, path: str) -> Iterator[Issue]:
    key = f"{model.resource_type}.{name}"
    codes = CODES.get(key)
    if codes:
        for code in value if isinstance(value, list) else [value]:
            if isinstance(code, str) and code not in codes:
                allowed = ", ".join(sorted(codes))
                yield Issue("code-invalid", f"{code!r} is not one of {allowed}.", path)
    if key in CONCEPTS and isinstance(value, dict):
        system, codes = CONCEPTS[key]
        codings = value.get("coding")
        given = [c for c in codings if isinstance(c, dict)] if isinstance(codings, list) else []
        if not any(c.get("system") == system and str(c.get("code")) in codes for c in given):
            allowed = ", ".join(sorted(codes))
            yield Issue("code-invalid", f"A coding of {system} is needed: {allowed}.", path)


def _word(value: Any) -> str:
    words = ((bool, "a boolean"), (str, "a string"), (list, "a list"), (dict, "an object"))
    if value is None:
        return "null"
    return next((word for kind, word in words if isinstance(value, kind)), "a number")


def _date_word(kind: Any) -> str:
    word = str(kind.__name__).removeprefix("FHIR")
    return word[0].lower() + word[1:]
