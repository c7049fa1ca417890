"""Display strings of the patients that a search found."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.fhir.paths import text
from app.fhir.types import Resource
from app.formatting import join
from app.frame.frame import Banner, make_banner


@dataclass(frozen=True)
class Found:
    """One patient of the EHR; `details` are labels and values, `remarks` are warnings."""

    id: str
    name: str
    details: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]

    @property
    def line(self) -> str:
        """The details in one line, to tell patients of the same name apart."""
        return join(f"{label} {value}" for label, value in self.details)


def present(patients: Iterable[Resource], today: date) -> list[Found]:
    """Return the patients that have an id, sorted by name."""
    found = [present_one(patient, today) for patient in patients if text(patient.get("id"))]
    return sorted(found, key=lambda one: (one.name.casefold(), one.details))


def present_one(patient: Resource, today: date) -> Found:
    """Return the display strings of one patient, who has an id."""
    banner = make_banner(patient, today)
    details = (
        ("Born", banner.born),
        ("Gender", banner.gender),
        (banner.identifier_label, banner.identifier),
    )
    return Found(str(patient["id"]), banner.name, details, tuple(_remarks(banner)))


def _remarks(banner: Banner) -> Iterable[str]:
    if banner.died:
        yield f"Deceased {banner.died}"
    yield from banner.alerts
