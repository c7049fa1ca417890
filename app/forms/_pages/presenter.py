"""What the pages of writing say around the answers and the records: notices, counts, actions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.fhir.paths import literal_reference, references
from app.formatting import date_time, join
from app.forms._definition import Subject
from app.forms._pages.workspace import Workspace
from app.forms._saving.plan import Plan
from app.store import Draft, Receipt


@dataclass(frozen=True)
class Action:
    """What a page offers: to send a form of the page, or to open another page.

    `save` sends the entry, `absent` sends it again for one who has looked in the EHR and not found
    it. `discard` throws the draft away, `close` does so for one who knows that the chart may hold
    it. `form` and `summary` are pages.
    """

    label: str
    does: Literal["save", "absent", "discard", "close", "form", "summary"]
    primary: bool = False


TO_SUMMARY = Action("To the summary", "summary")


@dataclass(frozen=True)
class ReviewPage:
    """`note` stands beside the title, `hint` beside the actions; empty where there is none."""

    note: str
    warning: str
    authorship: str
    actions: tuple[Action, ...]
    hint: str


@dataclass(frozen=True)
class RetractionPage:
    """`alert` is new to one who has just sent the page, `left` says what will name no diagnosis.

    Both are empty where there is none.
    """

    alert: str
    left: str
    send: str


@dataclass(frozen=True)
class ReceiptPage:
    """`remarks` say what the EHR left out or changed, and what of the entry is not in the chart."""

    note: str
    saved: str
    authorship: str
    title: str = "Saved to the chart"
    remarks: tuple[str, ...] = ()


def review_page(draft: Draft, plan: Plan, ehr: str, *, all_or_none: bool) -> ReviewPage:
    """Return what the review of a draft says; `all_or_none` of an EHR that has transactions."""
    how = "all or none" if all_or_none else "one after the other"
    is_open = draft.state == "open"
    changes = any(write.before is not None for write in plan.writes)
    return ReviewPage(
        note=f"{_records(len(plan.writes))} to {ehr}, {how}, as {plan.signed_as}",
        warning="" if is_open else _SENT_BEFORE,
        authorship="" if plan.provenance else _NO_PROVENANCE,
        actions=_TO_SAVE if is_open else _TO_CHECK,
        hint=_hint(draft, changes=changes) if is_open else "",
    )


def _hint(draft: Draft, *, changes: bool) -> str:
    return f"It is {_IN_CHART}" if draft.in_chart else _NOT_SENT[changes]


def retraction_page(plan: Plan, naming: int, *, changed: bool) -> RetractionPage:
    """Return what the page of a retraction says; `changed` where the chart did since it opened.

    `naming` is the number of other entries that name the diagnosis.
    """
    name = "entry of the chart names" if naming == 1 else "entries of the chart name"
    stay = "They stay as they are, and then belong to no diagnosis."
    return RetractionPage(
        alert=_CHANGED if changed else "",
        left=f"{naming} other {name} this diagnosis, such as stages and results. {stay}"
        if naming
        else "",
        send=f"Mark {_records(len(plan.writes))} as entered in error",
    )


def number_naming(subject: Subject) -> int:
    """Return how many other entries name the diagnosis, where the entry is the diagnosis."""
    own = {name for resource in subject.originals.values() if (name := literal_reference(resource))}
    primary = subject.primary
    if primary is None or not own & primary.references:
        return 0
    if not primary.further:
        return len(primary.keys - own)
    # The other Conditions of the cancer keep what does not name this one.
    return sum(not own.isdisjoint(references(resource)) for resource in primary.resources)


def receipt_page(receipt: Receipt, ehr: str) -> ReceiptPage:
    """Return what the receipt of a save says around its table of records."""
    data = receipt.data
    count = len(data["records"])
    were = "was" if count == 1 else "were"
    if data["provenance"]:
        authorship = f"Authorship: {data['provenance']}, signed as {data['signed_as']}."
    elif data["provenance_sent"]:
        authorship = "Authorship was sent as a Provenance record and could not be read back."
    else:
        authorship = _NO_PROVENANCE_SENT
    not_found = data.get("not_found", [])
    title = "Saved to the chart"
    if data.get("altered"):
        title = "The chart holds something else than you entered"
    elif not_found:
        title = "Only a part is in the chart"
    return ReceiptPage(
        note=join([date_time(receipt.created), data["signed_as"]]),
        saved=f"{_records(count)} {were} written and read back from {ehr}.",
        authorship=authorship,
        title=title,
        remarks=tuple(_remarks(data["records"], not_found, saved=title == "Saved to the chart")),
    )


def _remarks(
    records: Sequence[Mapping[str, Any]], not_found: Sequence[str], *, saved: bool
) -> Iterator[str]:
    for record in records:
        if told := record.get("remarks"):
            lead = [f"{record['label']}:"] if len(records) > 1 else []
            yield join([*(["Saved."] if saved else []), *lead, *told], " ")
    if not_found:
        yield f"Not in the chart, when the entry was closed: {join(not_found, ', ')}."


def draft_state(draft: Draft) -> str:
    """Return how far a draft has come, for the list of those that wait."""
    if draft.in_chart:
        return f"sent {date_time(draft.updated)} · {_IN_CHART}"
    if draft.state != "open":
        return f"sent {date_time(draft.updated)} · not known whether it was saved"
    return f"last typed {date_time(draft.updated)} · not in the chart"


def merge_sentences(work: Workspace) -> Iterator[str]:
    """Yield what a person has to know where the chart changed under the form."""
    if not (work.merge.stale or work.merge.disputed):
        return
    for name in (name for name in work.form.asked if name in work.merge.taken):
        yield f"{work.label(name)} follows the chart: {work.chart[name]}. You had not changed it."
    if work.merge.disputed:
        yield "Where both you and somebody else changed an answer, choose below which one counts."
    yield "Look through the answers, then review again."


def review_label(work: Workspace) -> str:
    """Return the words of the button that sends a form to its review."""
    if not work.subject.is_new:
        return "Review the changes"
    sure = sum(not part.optional for part in work.form.parts)
    return f"Review {sure} records" if sure > 1 else "Review"


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"


_TO_SAVE = (
    Action("Save to chart", "save", primary=True),
    Action("Back to the form", "form"),
    Action("Discard the draft", "discard"),
)
_TO_CHECK = (Action("Check again", "save", primary=True), TO_SUMMARY)
_IN_CHART = "in the chart in part, or otherwise than entered"
_NOT_SENT = ("Nothing is in the chart yet", "Nothing is changed in the chart yet")
_SENT_BEFORE = (
    "This was sent to the chart, and the EHR has not confirmed it yet. Check before you go on: the "
    "app looks first, and never writes an entry twice."
)
_NO_PROVENANCE = (
    "This EHR or your sign-in takes no Provenance record: the author stands in the new records "
    "themselves, and who made a change stands in the EHR's own audit trail."
)
_NO_PROVENANCE_SENT = (
    "This EHR or sign-in takes no Provenance record; the records name their author themselves."
)
_CHANGED = (
    "The chart changed since you opened this page. What it holds is shown below; look at it again."
)
