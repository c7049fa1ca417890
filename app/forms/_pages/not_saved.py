"""What the page of an unfinished save says: what is in the chart, what is not, and what to do."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.fhir.errors import BadAnswer, Conflict, Expired, FhirError, ServerFault, Unreachable
from app.forms._pages.presenter import TO_SUMMARY, Action
from app.forms._saving.differences import Change, lowered
from app.forms._saving.outcome import Outcome, Unseen
from app.forms._saving.plan import Write
from app.forms._saving.sending import NotSaved


@dataclass(frozen=True)
class NotSavedPage:
    """`sentences` are paragraphs, `lists` the records by heading, `actions` the best one first."""

    title: str
    sentences: tuple[str, ...]
    lists: dict[str, tuple[str, ...]]
    actions: tuple[Action, ...]


def not_saved_page(result: NotSaved) -> NotSavedPage:
    """Return in display text what a save left undone, and what is offered next."""
    outcome = result.outcome or Outcome((), (), (), None)
    return NotSavedPage(
        _title(result, outcome),
        tuple(_sentences(result, outcome)),
        {heading: listed for heading, listed in _lists(outcome).items() if listed},
        tuple(_actions(result, outcome)),
    )


def _title(result: NotSaved, outcome: Outcome) -> str:
    if outcome.unseen and outcome.missing:
        return "Only a part was saved, and it could not be checked"
    if outcome.unseen:
        return "The EHR says that it stored this, and it could not be checked"
    if outcome.lost and outcome.stored:
        return "A part was saved, and it is not known whether the rest was saved"
    if result.unknown:
        return "It is not known whether this was saved"
    if outcome.stored:
        return "Only a part was saved"
    if outcome.different and all(_is_refused(outcome, write) for write in outcome.different):
        return "The chart changed, and nothing of yours was saved"
    if outcome.different:
        return "The chart holds something else than you sent"
    if _is_unconfirmed(result):
        return "Nothing was saved, as far as the chart shows"
    return "Nothing was saved"


def _sentences(result: NotSaved, outcome: Outcome) -> Iterator[str]:
    error = result.error
    if outcome.unseen:
        among_others = outcome.stored or outcome.missing or outcome.different
        which = "is listed as not seen" if among_others else "stands below"
        yield (
            f"The EHR answered that it stored what {which}, and the app cannot see it in the "
            "chart. So it is not known whether it stands there as you entered it. Look for it in "
            "the EHR itself. The app does not send it again."
        )
        yield from _advice(error)
    elif result.hidden:
        yield (
            "The EHR was sent your entry, and does not let the app see whether it holds it. Look "
            "for it in the EHR itself."
        )
        yield from _quoted(error)
    elif outcome.lost:
        yield _LOST
        yield from _advice(error)
    elif result.unknown:
        answered = error is not None and not isinstance(error, Unreachable)
        then = "the app could not look up what became of it" if answered else "then did not answer"
        yield (
            f"The EHR was sent your entry and {then}. It may hold it or not. Check again: the app "
            "looks first, and never writes an entry twice."
        )
        if isinstance(error, Expired | ServerFault | BadAnswer):
            yield error.message
        yield from _quoted(error if answered else None)
    elif outcome.different:
        yield from _sentences_on_different(outcome.different)
    elif error:
        if _is_unconfirmed(result) and outcome.nothing:
            yield "The EHR was sent your entry and did not confirm it. The chart does not show it."
        yield from _advice(error)
    else:
        yield "The EHR did not store what is listed as not in the chart."


def _sentences_on_different(different: tuple[Write, ...]) -> Iterator[str]:
    acts = {write.act for write in different}
    if "new" in acts:
        yield (
            "The EHR holds a record of this entry with another content than you entered. Look at "
            "it on the summary, and amend it there."
        )
    if "amended" in acts:
        yield (
            "The chart holds something else than you saw at the review. Compare: your answers "
            "stay, and what the chart holds stands beside them."
        )
    if "retracted" in acts:
        yield (
            "The chart holds something else than you saw at the review. Look at what it holds now "
            "before you mark it as entered in error."
        )


def _lists(outcome: Outcome) -> dict[str, tuple[str, ...]]:
    missing = outcome.missing
    return {
        "In the chart": tuple(stored.write.label for stored in outcome.stored),
        "Stored, as the EHR says, and not seen": tuple(map(_display_unseen, outcome.unseen)),
        "Not found in the chart yet": tuple(w.label for w in missing if w.full_url in outcome.lost),
        "Not in the chart": tuple(
            _display_missing(outcome, w) for w in missing if w.full_url not in outcome.lost
        ),
        "Different in the chart": tuple(_display_different(outcome, w) for w in outcome.different),
    }


def _display_different(outcome: Outcome, write: Write) -> str:
    others = [d for d in outcome.difference(write) if d.change == Change.OTHER]
    told = [f"{lowered(d.label)}: you entered {d.sent}, it holds {d.found}" for d in others]
    return f"{write.label}: {'; '.join(told)}" if told else write.label


def _display_unseen(one: Unseen) -> str:
    reference = f", as {one.reference}" if one.reference else ""
    return f"{one.write.label}{reference}: {one.reason}"


def _display_missing(outcome: Outcome, write: Write) -> str:
    refusal = outcome.refusal(write)
    if refusal is None:
        return write.label
    return f"{write.label}: {'; '.join(refusal.issues) or refusal.message}"


def _actions(result: NotSaved, outcome: Outcome) -> Iterator[Action]:
    has_rest = bool(outcome.missing) and not outcome.nothing and not outcome.different
    acts = {write.act for write in outcome.different}
    if acts == {"new"} and not outcome.unseen:
        yield replace(TO_SUMMARY, primary=True)
        yield Action("Back to the form", "form")
        yield _CLOSE_ALTERED
        return
    if acts and not outcome.unseen:
        compare = "Look again" if acts == {"retracted"} else "Compare and choose"
        yield Action(compare, "form", primary=True)
    else:
        again = "Check again" if result.unknown else "Try again"
        label = "Save the rest" if has_rest and not outcome.lost else again
        yield Action(label, "save", primary=True)
        if not result.unknown and not outcome.stored:
            yield Action("Back to the form", "form")
    if outcome.lost or result.hidden:
        yield _ABSENT
    if outcome.lost or result.hidden or (outcome.unseen and not has_rest):
        yield Action("I have looked in the EHR: close this entry", "close")
    elif outcome.in_chart or outcome.unseen:
        yield _CLOSE_PART
    yield TO_SUMMARY


_ABSENT = Action("I have looked in the EHR: it is not there, send it again", "absent")
_CLOSE_PART = Action("Close this entry, with the rest not saved", "close")
_CLOSE_ALTERED = Action("Close this entry, as the chart holds it", "close")
_LOST = (
    "The EHR was sent your entry and did not confirm it. The chart does not show it, which proves "
    "nothing yet: a search may be behind by seconds or minutes. Check again: the app looks, and "
    "sends nothing. If it stays away, look in the EHR itself."
)


def _is_refused(outcome: Outcome, write: Write) -> bool:
    """Tell whether the EHR refused to replace a record because somebody else had changed it."""
    answers = (outcome.error, outcome.refusal(write))
    return write.before is not None and any(isinstance(answer, Conflict) for answer in answers)


def _is_unconfirmed(result: NotSaved) -> bool:
    """Tell whether what was sent may be in the chart although the chart does not show it."""
    return result.outcome is not None and bool(result.error and result.error.outcome_unknown)


def _advice(error: FhirError | None) -> Iterator[str]:
    if error:
        yield error.message
    yield from _quoted(error)


def _quoted(error: FhirError | None) -> Iterator[str]:
    """Yield what the EHR itself said."""
    for issue in error.issues if error else ():
        yield f"The EHR said: {issue}"
