"""What a Patient says of age and life."""

from __future__ import annotations

from datetime import date

from app.fhir.paths import text
from app.fhir.types import Resource

_YEAR = 4


def is_at_least(patient: Resource, years: int, on: date) -> bool | None:
    """Tell whether a patient has completed so many years on a day; None where it is not known.

    A birthday on 29 February counts from 1 March in other years.
    """
    born = text(patient.get("birthDate")) or ""
    if not born[:_YEAR].isdigit():
        return None
    birthday = f"{int(born[:_YEAR]) + years:04}{born[_YEAR:10]}"
    day = on.isoformat()[: len(birthday)]
    # Within the very month or year of the birthday, the precision does not tell.
    return None if day == birthday and len(birthday) < len("2026-03-12") else day >= birthday


def is_deceased(patient: Resource) -> bool:
    """Tell whether the chart says that the patient has died."""
    return patient.get("deceasedBoolean") is True or bool(patient.get("deceasedDateTime"))
