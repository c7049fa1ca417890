"""Two tabs on one entry: the one that is behind is told, and replaces nothing unasked."""

import re

import pytest

from app.forms.ecog import Ecog
from app.htmx import PART
from tests.forms.cases import clinical_stage
from tests.forms.views.clinician import answers_in, assert_not_saved, assert_saved

STAGE = "forms/tnm-stage/group"
NEW, DRAFT = "forms/ecog/new", "forms/ecog/draft"


@pytest.fixture
def tabs(nancy, chart):
    """What two tabs send that show one draft."""
    nancy.post(DRAFT, nancy.answered(Ecog))
    return nancy.open(NEW), nancy.open(NEW)


@pytest.fixture(params=["a draft", "no draft", "an entry of the chart"])
def both(request, nancy, chart):
    """The address of a form, that of its draft, and what two tabs send that show it."""
    if request.param == "an entry of the chart":
        for resource in clinical_stage():
            chart.store(f"Observation/{resource['id']}", resource)
        return STAGE, "forms/tnm-stage/draft", nancy.open(STAGE), nancy.open(STAGE)
    if request.param == "a draft":
        nancy.post(DRAFT, nancy.answered(Ecog, note="before"))
    return NEW, DRAFT, nancy.answered(Ecog), nancy.answered(Ecog)


def over_of(nancy) -> str:
    """Return what the button sends that keeps the answers of the page."""
    return re.search(r'name="over"\s+value="([^"]*)"', nancy.page.text)[1]


def stands(nancy, store) -> list[str]:
    return [values["note"] for values in nancy.drafts(store)]


def test_the_tab_that_is_behind_overwrites_nothing_and_is_told(nancy, store, both):
    path, draft, first, second = both
    kept = nancy.post(draft, {**first, "note": "in the first tab"})
    assert (kept.status_code, kept.headers[PART]) == (200, "yes")
    assert "Draft saved" in kept.text
    for _ in range(2):
        line = nancy.post(draft, {**second, "note": "in the second tab"})
        assert (line.status_code, line.headers[PART]) == (409, "yes")
        assert "The draft is not saved. Another tab changed this draft." in nancy.words
        assert "Draft saved" not in line.text
        assert stands(nancy, store) == ["in the first tab"]
    for act in ({}, {"act": "leave"}, {"act": "compare"}, {"act": "compute"}):
        shown = nancy.post(path, {**second, "note": "in the second tab", **act})
        assert shown.status_code == 409
        assert "Another tab changed this draft" in nancy.words
        assert "in the second tab on this page, in the first tab in the other tab" in nancy.words
        assert "Draft saved" not in nancy.words
        assert nancy.inputs("entry")["note"] == "in the second tab"
        assert stands(nancy, store) == ["in the first tab"]
    # The page that asks is behind as well, as long as nothing is chosen.
    assert nancy.post(draft, nancy.inputs("entry")).status_code == 409
    # The first tab goes on.
    assert nancy.post(draft, {**first, "note": "more"}).status_code == 200
    assert stands(nancy, store) == ["more"]


def test_who_is_told_may_keep_the_answers_of_the_page(nancy, store, both):
    path, draft, first, second = both
    nancy.post(draft, {**first, "note": "in the first tab"})
    second = {**second, "note": "in the second tab"}
    nancy.post(path, second)
    shown = nancy.post(path, {**nancy.inputs("entry"), "over": over_of(nancy)})
    assert shown.status_code == 200
    assert "The answers of this page are kept as the draft." in nancy.words
    assert stands(nancy, store) == ["in the second tab"]
    assert nancy.post(draft, {**nancy.inputs("entry"), "note": "and on"}).status_code == 200
    # Now the first is behind, also with the stamp that it was told.
    assert nancy.post(draft, {**first, "note": "more"}).status_code == 409
    assert stands(nancy, store) == ["and on"]


def test_what_was_told_is_what_is_overwritten(nancy, store, tabs):
    first, second = tabs
    nancy.post(DRAFT, {**first, "note": "one"})
    nancy.post(NEW, {**second, "note": "mine"})
    asked = {**nancy.inputs("entry"), "over": over_of(nancy)}
    nancy.post(DRAFT, {**first, "note": "two"})
    assert nancy.post(NEW, asked).status_code == 409
    assert "mine on this page, two in the other tab" in nancy.words
    assert stands(nancy, store) == ["two"]


def test_who_is_told_may_take_the_answers_of_the_other_tab(nancy, both):
    path, draft, first, second = both
    nancy.post(draft, {**first, "note": "in the first tab"})
    nancy.post(path, {**second, "note": "in the second tab"})
    shown = nancy.open(nancy.action("entry"))
    assert shown["note"] == "in the first tab"
    assert nancy.post(draft, {**shown, "note": "more"}).status_code == 200


def test_a_save_from_the_tab_that_is_behind_sends_nothing(nancy, chart, store, tabs):
    first, second = tabs
    review = nancy.enter(NEW, first)
    nancy.get(review)
    pressed, address = nancy.inputs("save"), nancy.action("save")
    # The other tab shows the draft as it stands, and changes it after the review.
    nancy.post(DRAFT, {**second, "note": "after the review"})
    assert_not_saved(nancy.post(address, pressed))
    assert "changed after you reviewed it" in nancy.words
    assert chart.sent == []
    assert stands(nancy, store) == ["after the review"]


def test_an_entry_that_was_saved_in_the_other_tab_is_not_begun_again_unasked(
    nancy, chart, store, tabs
):
    first, second = tabs
    nancy.saved(nancy.enter(NEW, first))
    line = nancy.post(DRAFT, {**second, "note": "typed later"})
    assert line.status_code == 410
    assert "The draft is not saved. This entry is saved already." in nancy.words
    assert nancy.post(NEW, second).status_code == 409
    assert "This entry is saved already" in nancy.words
    assert "See the receipt" in nancy.words
    assert nancy.drafts(store) == []
    assert len(nancy.receipts(store)) == 1
    asked = {**nancy.inputs("entry"), "over": ""}
    assert nancy.post(NEW, asked).status_code == 200
    assert len(nancy.drafts(store)) == 1
    another = nancy.enter(NEW, nancy.inputs("entry"))
    assert_saved(nancy.save(another))


def test_what_comes_late_from_one_page_does_not_undo_what_came_after_it(nancy, store, tabs):
    page = tabs[0]
    key = page["page"].partition(".")[0]
    for number, note in ((1, "one"), (3, "three"), (2, "two")):
        line = nancy.post(DRAFT, {**page, "page": f"{key}.{number}", "note": note})
        assert line.status_code == 200
    assert stands(nancy, store) == ["three"]


@pytest.mark.parametrize(
    "page", ["", ".", "x", ".5", "x.", "x.-1", "x.1e9", "x.1.2", "\u0661.\u0661"]
)
def test_a_page_that_says_nothing_of_itself_is_one_that_has_seen_nothing(nancy, store, tabs, page):
    first, second = tabs
    nancy.post(DRAFT, {**first, "note": "kept"})
    for said in ({"page": page}, {"page": page, "draft": ""}, {"page": page, "draft": "."}):
        assert nancy.post(DRAFT, {**second, **said, "note": "other"}).status_code == 409
    assert stands(nancy, store) == ["kept"]


def test_a_draft_that_was_thrown_away_is_begun_again_by_who_types_on(nancy, store, tabs):
    nancy.open(NEW)
    nancy.press("discard")
    assert nancy.post(DRAFT, {**tabs[1], "note": "typed on"}).status_code == 200
    assert stands(nancy, store) == ["typed on"]


def test_where_the_chart_cannot_be_read_the_tab_that_is_behind_overwrites_nothing_either(
    nancy, chart, store, tabs
):
    first, second = tabs
    nancy.post(DRAFT, {**first, "note": "kept"})
    chart.reading_fails = True
    assert nancy.post(NEW, {**second, "note": "other"}).status_code == 409
    assert "what you typed is still on the page" in nancy.words
    assert stands(nancy, store) == ["kept"]


def test_the_same_answers_in_both_tabs_are_no_conflict(nancy, store, tabs):
    first, second = tabs
    for answers in (first, second):
        assert nancy.post(DRAFT, {**answers, "note": "the same"}).status_code == 200
    assert nancy.enter(NEW, {**second, "note": "the same"})


def test_a_page_s_own_marks_are_no_answers(nancy, store, tabs):
    assert all({"page", "draft", "over"}.isdisjoint(values) for values in nancy.drafts(store))
    assert {"page", "draft"}.isdisjoint(answers_in(tabs[0]))
