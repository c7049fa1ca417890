"""Body surface area, and what it was computed from."""

from app.fhir.paths import items
from app.fhir.types import Resource
from app.formatting import join
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord
from app.mcode.values import own_result, result
from app.summary.display import Row, row_of
from app.summary.panels._panel import Panel
from app.terminology.concept import concept_text


def surface_rows(record: CancerRecord) -> tuple[Row, ...]:
    """Return every body surface area, newest first, with the method and the measures used."""
    return tuple(
        row_of(record, item, "body surface area", own_result(item), _basis(item))
        for item in _surfaces(record)
    )


def _surfaces(record: CancerRecord) -> list[Resource]:
    return record.of_kinds(Kind.BODY_SURFACE)


def _basis(observation: Resource) -> str:
    """Return by which method and of what it was computed."""
    measures = join((result(part) for part in items(observation.get("component"))), " and ")
    return join([concept_text(observation.get("method")), measures], ", ")


PANEL = Panel("aside", 30, rows=lambda page: surface_rows(page.record), claims=_surfaces)
