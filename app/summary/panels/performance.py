"""Performance status: how well the patient is, by whichever scale was used."""

from app.fhir.paths import get, text
from app.fhir.types import Resource
from app.mcode.model import CancerRecord
from app.mcode.values import result
from app.summary.display import Row, performance_scale, row_of
from app.summary.panels._panel import Panel


def performance_rows(record: CancerRecord) -> tuple[Row, ...]:
    """Return every performance status, newest first."""
    return tuple(
        row_of(record, item, performance_scale(item), result(item), _meaning(item))
        for item in record.performance
    )


def _meaning(observation: Resource) -> str | None:
    """Return what the score means; a display that only repeats scale and score is left out."""
    meaning = get(observation, "interpretation")
    display = text(get(meaning, "text")) or text(get(meaning, "coding", "display"))
    repeats = display and performance_scale(observation).lower() in display.lower()
    return None if repeats else display


PANEL = Panel(
    "aside",
    20,
    rows=lambda page: performance_rows(page.record),
    claims=lambda record: record.performance,
    says_empty=True,
)
