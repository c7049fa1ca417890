"""Entries that were begun and are not in the chart yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.formatting import date_time, join
from app.mcode.facts import condition_title
from app.mcode.model import CancerRecord

_ABBREVIATIONS = {"tnm": "TNM", "ecog": "ECOG"}
# Of a draft's subject: what is begun about which entry or diagnosis, "new:<condition id>".
_NEW, _RETRACT = "new", "retract"


class OpenDraft(Protocol):
    """The part of a draft that the page shows."""

    @property
    def form(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def updated(self) -> datetime: ...


@dataclass(frozen=True)
class DraftLine:
    """`endpoint` and `values` make the address at which the entry goes on."""

    text: str
    detail: str
    endpoint: str
    values: dict[str, str]


def draft_lines(record: CancerRecord, drafts: Iterable[OpenDraft]) -> tuple[DraftLine, ...]:
    """Return the drafts of this person about this patient, in the order given."""
    return tuple(_line(record, draft) for draft in drafts)


def _line(record: CancerRecord, draft: OpenDraft) -> DraftLine:
    name = " ".join(_ABBREVIATIONS.get(word, word) for word in draft.form.split("-"))
    kind, _, about = draft.subject.partition(":")
    article = "an" if name[0] in "aeiouE" else "a"
    endpoint, values = "forms.edit", {"slug": draft.form, "resource_id": draft.subject}
    words = f"Draft of an amendment: {name}"
    cancer = None
    if kind == _NEW:
        endpoint, values = "forms.new", {"slug": draft.form, "about": about}
        words = f"Draft of {article} {name}"
        primary = record.primary(about) if len(record.primaries) > 1 else None
        cancer = condition_title(primary.condition) if primary else None
    elif kind == _RETRACT:
        endpoint, values = "forms.retract", {"slug": draft.form, "resource_id": about}
        words = f"Draft of a retraction: {name}"
    when = f"last typed {date_time(draft.updated)}"
    if draft.state != "open":
        when = f"sent {date_time(draft.updated)}, not known whether it was saved"
    return DraftLine(words, join([when, cancer]), endpoint, values)
