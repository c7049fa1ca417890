"""Each outcome of a save as a clinician reads it: title, sentences, lists, and what is offered."""

from itertools import product

import pytest

from app.fhir.errors import Conflict, Refused, ServerFault, Unreachable
from app.forms._pages.not_saved import NotSavedPage, not_saved_page
from app.forms._saving.outcome import Unseen
from tests.forms.outcomes import CASES, CHECK, COMPARED, GONE, GROUP, REST, M, N, T, result


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_page_of_an_outcome(case):
    found, title, said, lists, actions = case
    assert not_saved_page(found) == NotSavedPage(
        title,
        tuple(said),
        {heading: tuple(listed) for heading, listed in lists.items()},
        tuple(actions),
    )


ERRORS = (None, Refused(), Conflict(), Unreachable(sent=True), ServerFault(http_status=500))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("other", [(), (GROUP,), (GONE,), (M,)], ids=["", "amended", "gone", "new"])
def test_no_combination_says_what_is_not_so(other, error):
    for stored, missing, hidden in product((False, True), repeat=3):
        if not (missing or hidden or other):
            continue
        shown = not_saved_page(
            result(
                stored=[T] * stored,
                missing=[N] * missing,
                unseen=[Unseen(GROUP, None)] * hidden,
                different=other,
                error=error,
            )
        )
        told = (stored, missing, hidden, shown)
        lines = [line for listed in shown.lists.values() for line in listed]
        assert len(lines) == stored + missing + hidden + len(other), told
        assert shown.sentences, told
        assert [action.primary for action in shown.actions] == [
            True,
            *[False] * (len(shown.actions) - 1),
        ], told
        assert {action.does for action in shown.actions} >= {"summary"}, told
        if stored or hidden:
            assert "othing" not in shown.title, told
        if missing and not other and (stored or hidden):
            assert shown.actions[0] == REST, told
        if other:
            assert REST not in shown.actions, told
            assert (CHECK in shown.actions) == hidden, told
        if any(write.before is None for write in other) and not hidden:
            assert COMPARED not in shown.sentences, told
