"""Performance status: how well the patient is, by whichever scale was used."""

from collections.abc import Sequence

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


def by_scale(rows: Sequence[Row]) -> tuple[tuple[Row, ...], ...]:
    """Return the rows in groups, each with its newest first: one for each scale of the newest day.

    A score of another scale and an earlier day is an earlier one of the newest.
    """
    groups: dict[str, list[Row]] = {}
    for row in rows:
        own = row.name in groups or row.date == rows[0].date
        groups.setdefault(row.name if own else rows[0].name, []).append(row)
    return tuple(map(tuple, groups.values()))


def _meaning(observation: Resource) -> str | None:
    """Return what the score means; a display that only repeats scale and score is left out."""
    meaning = get(observation, "interpretation")
    display = text(get(meaning, "text")) or text(get(meaning, "coding", "display"))
    repeats = display and performance_scale(observation).lower() in display.lower()
    return None if repeats else display


PANEL = Panel(
    "aside",
    20,
    rows=lambda page: by_scale(performance_rows(page.record)),
    claims=lambda record: record.performance,
    says_empty=True,
)
