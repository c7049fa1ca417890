"""Resources of the patient that do not say which of the diagnoses they are about."""

from dataclasses import dataclass

from app.summary.biomarkers import MarkerRow, marker_rows
from app.summary.display import Shown, shown
from app.summary.panels._panel import Page, Panel
from app.summary.stages import StageTile, stage_tiles


@dataclass(frozen=True)
class Unlinked:
    stages: tuple[StageTile, ...]
    markers: tuple[MarkerRow, ...]
    others: tuple[Shown, ...]


def _unlinked(page: Page) -> Unlinked | None:
    record, loose = page.record, page.record.unlinked
    if not loose.resources:
        return None
    others = (
        *loose.statuses,
        *loose.metastases,
        *loose.tumors,
        *loose.morphology,
        *loose.pathology,
        *(item for found in loose.of_metastases.values() for item in found),
        *loose.risks,
        *loose.assessments,
    )
    return Unlinked(
        stages=stage_tiles(record, loose.stages),
        markers=marker_rows(record, loose.biomarkers),
        others=tuple(shown(record, resource) for resource in others),
    )


PANEL = Panel("main", 50, rows=_unlinked, claims=lambda record: record.unlinked.resources)
