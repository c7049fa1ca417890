"""The words in which patients that were found are told from one another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.fhir.paths import get, items, text
from app.fhir.types import Resource
from app.formatting import join
from app.frame.banner import Banner, make_banner

_REPLACED = "This record was replaced by another record of the patient"


@dataclass(frozen=True)
class Found:
    """One patient of the EHR; `remarks` say what speaks against choosing this record."""

    id: str
    name: str
    facts: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]

    @property
    def line(self) -> str:
        """What tells the patient from others of the same name."""
        return join(f"{label} {value}" for label, value in self.facts)


def present(patients: Iterable[Resource], today: date) -> list[Found]:
    """Return those that can be chosen, by name."""
    found = [present_one(patient, today) for patient in patients if text(patient.get("id"))]
    return sorted(found, key=lambda one: (one.name.casefold(), one.facts))


def present_one(patient: Resource, today: date) -> Found:
    """Return the words of one patient, who has an id."""
    banner = make_banner(patient, today)
    facts = (
        ("Born", banner.born),
        ("Gender", banner.gender),
        (banner.identifier_label, banner.identifier),
    )
    return Found(str(patient["id"]), banner.name, facts, tuple(_remarks(patient, banner)))


def _remarks(patient: Resource, banner: Banner) -> Iterable[str]:
    if banner.died:
        yield f"Deceased {banner.died}"
    if banner.alert:
        yield banner.alert
    if any(get(link, "type") == "replaced-by" for link in items(patient.get("link"))):
        yield _REPLACED
