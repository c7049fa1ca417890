"""The patient banner: whose chart a page is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from app.fhir import paths
from app.fhir.types import Resource
from app.formatting import age, human_name, join, partial_date

_GENDERS = {"male": "Male", "female": "Female", "other": "Other", "unknown": "Not known"}
_NOT_RECORDED = "Not recorded"
_NOT_IN_USE = "This patient record is marked as not in use"
_IDENTIFIER_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"


@dataclass(frozen=True)
class Banner:
    """The patient as the NHS Common User Interface shows one: each value with its label."""

    name: str
    born: str
    gender: str
    identifier_label: str
    identifier: str
    died: str | None
    alert: str | None


def make_banner(patient: Resource, today: date) -> Banner:
    """Return the words of the patient banner."""
    label, identifier = _identifier(patient)
    return Banner(
        name=human_name(patient.get("name")),
        born=_born(patient, today),
        gender=_GENDERS.get(str(patient.get("gender")), _NOT_RECORDED),
        identifier_label=label,
        identifier=identifier,
        died=_died(patient),
        alert=None if patient.get("active", True) else _NOT_IN_USE,
    )


def _born(patient: Resource, today: date) -> str:
    born = patient.get("birthDate")
    died = patient.get("deceasedDateTime")
    until = _whole_date(died) if died else None
    # The age of somebody who died counts to that day, and is unknown where the day is.
    if patient.get("deceasedBoolean") is True or (died and until is None):
        return partial_date(born, _NOT_RECORDED)
    years = age(born, until or today)
    return join([partial_date(born, _NOT_RECORDED), years and f"({years})"], " ")


def _died(patient: Resource) -> str | None:
    if patient.get("deceasedDateTime"):
        return partial_date(patient["deceasedDateTime"])
    return "date not recorded" if patient.get("deceasedBoolean") is True else None


def _whole_date(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _identifier(patient: Resource) -> tuple[str, str]:
    """Return label and value of the identifier that users know: the record number first."""
    found = [i for i in paths.items(patient.get("identifier")) if paths.text(i.get("value"))]
    found.sort(
        key=lambda i: (i.get("use") == "old", not _is_record_number(i), i.get("use") != "usual")
    )
    if not found:
        return "MRN", _NOT_RECORDED
    best = found[0]
    if _is_record_number(best):
        return "MRN", str(best["value"])
    kind = best.get("type")
    words = paths.text(kind.get("text")) if isinstance(kind, dict) else None
    return words or paths.text(paths.get(kind, "coding", "display")) or "Identifier", str(
        best["value"]
    )


def _is_record_number(identifier: Resource) -> bool:
    return paths.has_code(identifier.get("type"), _IDENTIFIER_TYPES, "MR")
