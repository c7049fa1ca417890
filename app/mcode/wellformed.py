"""Whether a resource has the shapes that reading it relies on.

EHRs answer with odd JSON now and then: a list where FHIR has a text. Such a resource is not guessed
at: it is listed as it is, among what the app does not understand.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.fhir.types import Resource

# Elements that are a text wherever FHIR R4 has them in the resources that are read.
_TEXTS = frozenset({"status", "intent", "system", "unit", "reference", "display", "versionId"})
_TEXT_ENDINGS = ("DateTime", "Date", "String")
_OBJECTS = frozenset({"meta", "subject", "encounter", "method"})
_LISTS = frozenset({"component", "extension", "focus", "hasMember", "note", "identifier"})


def is_wellformed(resource: Resource) -> bool:
    """Tell whether every element inside has the kind of value that its name stands for."""
    waiting: list[Any] = [resource]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            if not all(_fits(name, value) for name, value in node.items()):
                return False
            waiting.extend(node.values())
    return True


def _fits(name: str, value: Any) -> bool:
    if name.startswith("_") or value is None:
        return True
    if name in _TEXTS or name.endswith(_TEXT_ENDINGS):
        return isinstance(value, str)
    if name.endswith("CodeableConcept") or name in _OBJECTS:
        return isinstance(value, dict)
    if name.endswith("Quantity"):
        return isinstance(value, dict) and _is_number(value.get("value"))
    if name in {"numerator", "denominator", "low", "high"}:
        return isinstance(value, dict) and _is_number(value.get("value"))
    if name == "coding":
        return isinstance(value, list) and all(_is_coding(item) for item in value)
    if name in _LISTS:
        entries = value if isinstance(value, list) else [value]
        return all(isinstance(item, dict) for item in entries)
    return True


def _is_coding(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("code", ""), str)


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return value is None or is_number
