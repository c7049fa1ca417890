"""Performance status: how well the patient is, by whichever scale was used."""

from __future__ import annotations

from dataclasses import dataclass

from app.fhir.paths import get, key, text
from app.fhir.types import Resource
from app.mcode.model import CancerRecord
from app.mcode.values import result
from app.summary.display import author, day_of, performance_scale
from app.summary.panels._panel import Panel


@dataclass(frozen=True)
class PerformanceRow:
    scale: str
    score: str
    words: str | None
    date: str
    by: str | None
    key: str | None


def performance_rows(record: CancerRecord) -> tuple[PerformanceRow, ...]:
    """Return every performance status, newest first."""
    return tuple(
        PerformanceRow(
            scale=performance_scale(observation),
            score=result(observation),
            words=_words(observation),
            date=day_of(observation),
            by=author(record, observation),
            key=key(observation),
        )
        for observation in record.performance
    )


def _words(observation: Resource) -> str | None:
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
