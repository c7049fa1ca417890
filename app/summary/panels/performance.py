"""Performance status: how well the patient is, by whichever scale was used."""

from __future__ import annotations

from app.fhir.paths import get, key, text
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
            key=key(observation),
        )
        for observation in record.performance
    )


def _meaning(observation: Resource) -> str | None:
    """Return what the score means; words that only repeat scale and score are left out."""
    meaning = get(observation, "interpretation")
    words = text(get(meaning, "text")) or text(get(meaning, "coding", "display"))
    return None if words and performance_scale(observation).lower() in words.lower() else words


PANEL = Panel(
    "aside",
    20,
    rows=lambda page: performance_rows(page.record),
    claims=lambda record: record.performance,
    says_empty=True,
)
