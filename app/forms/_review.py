"""What a save will do, in words: old beside new, record by record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.fhir.paths import choice, items, text
from app.fhir.types import Resource
from app.formatting import partial_date, quantity
from app.forms._plan import Plan, Write
from app.mcode.facts import edition
from app.terminology.words import concept_text

NO_DATA = "No data"

# Words of the elements that a form may change; what is not here is shown by its FHIR name.
_WORDS = {
    "code": "Kind",
    "method": "Edition",
    "effectiveDateTime": "Date",
    "hasMember": "Made of",
    "focus": "About",
    "note": "Note",
}
# Elements that the page says elsewhere, that follow from the others, or say nothing to a reader.
_SILENT = frozenset(
    {"resourceType", "id", "meta", "identifier", "category", "subject", "text", "status"}
    | {"performer", "dataAbsentReason"}
)
# Of a new record the label says the kind already.
_SILENT_WHEN_NEW = _SILENT | {"code"}


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


def record_rows(plan: Plan, names: Mapping[str, str]) -> list[Row]:
    """Return the review of a plan; `names` gives words for references, such as the diagnosis."""
    own = {write.full_url: write.label for write in plan.writes}
    return [_row(write, {**names, **own}) for write in plan.writes]


def shown_value(resource: Resource) -> str:
    """Return the value of a record in words, or why it has none."""
    name, value = choice(resource, "value")
    if name is None:
        reason = concept_text(resource.get("dataAbsentReason"))
        return reason or NO_DATA
    return _words(name, value, {})


def _row(write: Write, names: Mapping[str, str]) -> Row:
    before = write.before
    return Row(
        label=write.label,
        act=write.act,
        before=shown_value(before) if before else NO_DATA,
        after="Entered in error" if write.act == "retracted" else shown_value(write.after),
        version=write.version,
        lines=tuple(_lines(before or {}, write.after, names)),
        raw=write.after,
    )


def _lines(before: Resource, after: Resource, names: Mapping[str, str]) -> list[Line]:
    found = []
    for name in [*after, *(name for name in before if name not in after)]:
        old, new = before.get(name), after.get(name)
        if (
            name in (_SILENT if before else _SILENT_WHEN_NEW)
            or name.startswith(("_", "value"))
            or old == new
        ):
            continue
        words = [
            edition(side) if name == "method" else _words(name, side.get(name), names)
            for side in (before, after)
        ]
        found.append(Line(_WORDS.get(name, name), words[0] or NO_DATA, words[1] or NO_DATA))
    return found


def _words(name: str, value: Any, names: Mapping[str, str]) -> str:
    """Return one element in words."""
    if value in (None, [], {}):
        return NO_DATA
    if isinstance(value, str):
        return partial_date(value) if "Date" in name else value
    if isinstance(value, list):
        return ", ".join(_words(name, item, names) for item in value)
    if isinstance(value, dict):
        reference = text(value.get("reference"))
        if reference:
            return names.get(reference) or text(value.get("display")) or reference
        if "value" in value:
            return quantity(value)
        if items(value.get("coding")) or "text" in value:
            return concept_text(value) or text(value.get("text")) or NO_DATA
    return str(value)
