"""What a save will do, in words: old beside new, record by record."""

from __future__ import annotations

from dataclasses import dataclass

from app.fhir.resource_types import resource_type
from app.fhir.types import Resource
from app.formatting import NO_DATA
from app.forms._saving.codes import unlisted_codes
from app.forms._saving.plan import Plan, Write
from app.forms._saving.wording import Names, elements_of, headline_of


@dataclass(frozen=True)
class Line:
    """One element that is written: its words, and its old and new text."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Row:
    """One record of the review."""

    label: str
    act: str
    before: str
    after: str
    version: str | None
    lines: tuple[Line, ...]
    raw: Resource


def record_rows(plan: Plan, names: Names) -> list[Row]:
    """Return the review of a plan; `names` gives words for references, such as the diagnosis."""
    own = {write.full_url: write.label for write in plan.writes}
    return [_row(write, {**names, **own}) for write in plan.writes]


def _row(write: Write, names: Names) -> Row:
    before = write.before
    return Row(
        label=write.label,
        act=write.act,
        before=headline_of(before) if before else NO_DATA,
        after="Entered in error" if write.act == "retracted" else headline_of(write.after),
        version=write.version,
        lines=tuple(_lines(before, write.after, names)),
        raw=write.after,
    )


def _lines(before: Resource | None, after: Resource, names: Names) -> list[Line]:
    old = elements_of(before, names) if before else {}
    new = elements_of(after, names)
    if before is None and not resource_type(after).headline:
        # Of a new record the label says the kind already.
        new.pop("Kind", None)
    known = set(unlisted_codes(before))
    if entered := [told for told in unlisted_codes(after) if told not in known]:
        new["Codes of no list of the app"] = "; ".join(entered)
    return [
        Line(label, old.get(label, NO_DATA), new.get(label, NO_DATA))
        for label in [*new, *(label for label in old if label not in new)]
        if old.get(label) != new.get(label)
    ]
