"""Performance status: how well the patient is, by whichever scale was used."""

from app.fhir.paths import get, literal_reference, text
from app.fhir.types import Resource
from app.mcode.model import CancerRecord
from app.mcode.values import result
from app.summary.display import Row, author, day_of, performance_scale
from app.summary.panels._panel import Panel


def performance_rows(record: CancerRecord) -> tuple[Row, ...]:
    """Return every performance status, newest first."""
    return tuple(
        Row(
            name=performance_scale(observation),
            value=result(observation),
            detail=_meaning(observation),
            date=day_of(observation),
            by=author(record, observation),
            key=literal_reference(observation),
        )
        for observation in record.performance
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
