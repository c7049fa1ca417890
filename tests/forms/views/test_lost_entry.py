"""Lost entry: what was typed is kept and offered, whatever fails, until it is in the chart."""

import copy
import json
import re

import pytest
import requests

from app.forms._registry import all_forms
from app.forms.adverse_event import AdverseEvent
from app.forms.ecog import Ecog
from app.forms.tnm_stage import TnmStage
from tests.forms.cases import clinical_stage
from tests.forms.chart import dropped, half, lost, refused
from tests.forms.views.clinician import answers_in, assert_not_saved, assert_saved, copies

every_form = pytest.mark.parametrize("form_class", all_forms().values(), ids=lambda f: f.slug)
STAGE = "forms/tnm-stage/group"


def never_sent(chart, bundle):
    """Fail before the request leaves."""
    raise requests.ConnectTimeout


def silent(chart, bundle):
    """Store all, and answer nothing from then on."""
    chart.reading_fails = True
    lost(chart, bundle)


def silent_before(chart, bundle):
    """Store nothing, and answer nothing from then on."""
    chart.reading_fails = True
    dropped(chart, bundle)


def nonsense(chart, bundle):
    """Store nothing, and answer with what is no FHIR."""
    return 200, {}, "<html>"


def crash(chart, bundle):
    """Meet a fault of the app itself after all was stored."""
    chart.apply(bundle)
    raise RuntimeError


FAULTS = {
    **{str(status): refused(status) for status in (400, 401, 403, 404, 409, 412, 422, 429, 501)},
    **{str(status): refused(status) for status in (500, 503)},
    "dropped": dropped,
    "never sent": never_sent,
    "silent": silent,
    "silent before": silent_before,
    "nonsense": nonsense,
    "crash": crash,
}
# After these the chart has to be asked before anything else is done with the draft.
UNKNOWN = {"silent", "silent before", "crash", "dropped", "nonsense", "500", "503"}
# Of these nothing arrived, as one sees who looks in the EHR.
ABSENT = {"silent before", "dropped", "nonsense", "500", "503"}


@pytest.fixture
def stage(chart):
    for resource in clinical_stage():
        chart.stored[f"Observation/{resource['id']}"] = resource
    return STAGE


def well_again(chart):
    chart.fault, chart.reading_fails, chart.look = None, False, None


def offered(clinician) -> list[str]:
    """Return the addresses at which the list of forms offers to go on with a draft."""
    assert clinician.get("forms/").status_code == 200
    return re.findall(r'(?s)href="([^"]+)">\s*Continue', clinician.page.text)


def assert_offered(clinician, answers: dict[str, str]) -> None:
    """Assert that the one draft is offered with these answers in its form."""
    (address,) = offered(clinician)
    assert_shown_again(clinician, address, answers)


def assert_shown_again(clinician, address: str, answers: dict[str, str]) -> None:
    """Assert that the form at an address goes on with a draft of these answers."""
    shown = clinician.open(address)
    assert "continuing a draft" in clinician.words
    assert "It is not in the chart" in clinician.words
    assert answers_in(shown) == answers_in(answers)


def typed(clinician, form_class) -> dict[str, str]:
    """Return typical answers as a form that has them shows and sends them."""
    path = f"forms/{form_class.slug}"
    line = clinician.post(f"{path}/draft", clinician.answered(form_class))
    assert line.status_code == 200
    assert "Draft saved" in line.text
    assert "Nothing is in the chart yet" in line.text
    return clinician.open(f"{path}/new")


@every_form
def test_what_is_typed_and_what_is_sent_is_kept_whether_the_chart_can_be_read_or_not(
    nancy, chart, form_class
):
    path = f"forms/{form_class.slug}/new"
    answers = typed(nancy, form_class)
    nancy.press("discard")
    chart.reading_fails = True
    assert_not_saved(nancy.post(path, answers))
    well_again(chart)
    assert_shown_again(nancy, path, answers)
    assert chart.sent == []


def test_what_is_typed_is_offered_until_it_is_thrown_away(nancy, chart):
    answers = typed(nancy, Ecog)
    assert_offered(nancy, answers)
    nancy.press("discard")
    assert offered(nancy) == []
    chart.reading_fails = True
    assert_not_saved(nancy.post("forms/ecog/new", answers))
    well_again(chart)
    assert_offered(nancy, answers)


@pytest.mark.parametrize(
    "answer",
    [(401, {}, ""), (403, {}, "{}"), (500, {}, ""), (200, {}, "<html>"), requests.ReadTimeout()],
    ids=["access over", "forbidden", "fault", "nonsense", "silent"],
)
@pytest.mark.parametrize("path", ["forms/ecog/new", STAGE])
def test_what_was_sent_is_kept_whatever_keeps_the_chart_from_being_read(
    nancy, chart, stage, answer, path
):
    answers = {**nancy.open(path), "note": "seen at the bedside"}

    def look(name, query):
        if isinstance(answer, Exception):
            raise answer
        return answer

    chart.look = look
    assert_not_saved(nancy.post(path, answers))
    well_again(chart)
    assert_offered(nancy, answers)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"points": ""}, 422),
        ({"date-day": "41"}, 422),
        ({"act": "leave"}, 303),
        ({}, 303),
    ],
    ids=["a gap", "a slip", "left", "reviewed"],
)
def test_what_was_sent_is_kept_whatever_stands_against_it(nancy, chart, changes, status):
    answers = typed(nancy, Ecog)
    assert nancy.post("forms/ecog/new", {**answers, **changes}).status_code == status
    changes.pop("act", None)
    assert_offered(nancy, {**answers, **changes})
    assert chart.sent == []


@pytest.mark.parametrize("granted", ["patient/*.rs", "patient/*.rs patient/Observation.u"])
def test_what_was_sent_is_kept_where_the_sign_in_takes_no_entries(nancy, launch, chart, granted):
    answers = typed(nancy, Ecog)
    nancy.press("discard")
    reader = launch(browser=nancy, scope=granted)
    assert reader.post("forms/ecog/new", answers).status_code == 403
    assert chart.sent == []
    assert_offered(nancy, answers)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_draft_outlives_every_failure_of_its_save(nancy, chart, store, fault):
    answers = typed(nancy, Ecog)
    review = nancy.enter("forms/ecog/new", answers)
    chart.fault = FAULTS[fault]
    assert_not_saved(nancy.save(review))
    assert nancy.receipts(store) == []
    well_again(chart)
    if fault not in UNKNOWN:
        assert_offered(nancy, answers)
        review = nancy.enter("forms/ecog/new", nancy.inputs("entry"))
    if fault in ABSENT:
        assert_not_saved(nancy.save(review))
        assert_saved(nancy.press("save", absent="yes"))
    else:
        nancy.saved(review)
    assert offered(nancy) == []
    assert set(copies(chart).values()) == {1}


@pytest.mark.parametrize("fault", sorted(UNKNOWN))
def test_a_draft_whose_outcome_nobody_knows_is_locked_and_not_thrown_away(
    nancy, chart, store, fault
):
    answers = typed(nancy, Ecog)
    review = nancy.enter("forms/ecog/new", answers)
    chart.fault = FAULTS[fault]
    assert_not_saved(nancy.save(review))
    well_again(chart)
    assert len(offered(nancy)) == 1
    line = nancy.post("forms/ecog/draft", {**answers, "note": "typed later"})
    assert line.status_code == 409
    assert "Draft saved" not in line.text
    for again in (nancy.get("forms/ecog/new"), nancy.post("forms/ecog/new", answers)):
        assert again.status_code == 303
        assert again.location.endswith(review)
    discarded = nancy.post(review.replace("/review", "/discard"), {"patient": "pat", "again": "no"})
    assert discarded.status_code == 409
    assert nancy.get(review).status_code == 200
    assert "has not confirmed it yet" in nancy.words
    before = len(chart.sent)
    if fault in ABSENT:
        assert_not_saved(nancy.press("save"))
        assert len(chart.sent) == before
    assert_saved(nancy.press("save", **({"absent": "yes"} if fault in ABSENT else {})))
    assert len(chart.sent) == before + (fault in ABSENT)
    assert "typed later" not in json.dumps(chart.stored)


def test_the_draft_goes_only_after_the_receipt_is_kept(nancy, chart, store, monkeypatch):
    review = nancy.review(Ecog)

    def full(*_told):
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(store.receipts, "add", full)
        assert nancy.save(review).status_code == 500
    assert_not_saved(nancy.page)
    assert len(offered(nancy)) == 1


def test_a_draft_that_cannot_be_kept_is_never_called_saved(nancy, store, monkeypatch):
    answers = nancy.answered(Ecog)

    def full(*_told):
        raise OSError

    for name in ("start", "save_values"):
        monkeypatch.setattr(store.drafts, name, full)
    line = nancy.post("forms/ecog/draft", answers)
    assert line.status_code == 500
    assert "Draft saved" not in line.text


@pytest.mark.parametrize("entry", ["", "../x", "new:a/b", "retract:kras", "x" * 80])
def test_what_is_typed_for_no_entry_is_not_called_saved(nancy, store, entry):
    line = nancy.post("forms/ecog/draft", {**nancy.answered(Ecog), "entry": entry})
    assert line.status_code == 404
    assert "Draft saved" not in line.text
    assert "still on the page" in line.text
    assert nancy.drafts(store) == []


def test_a_change_is_kept_and_offered_as_a_new_entry_is(nancy, chart, stage):
    answers = {**nancy.open(stage), "note": "seen again"}
    line = nancy.post("forms/tnm-stage/draft", answers).text
    assert "Draft saved" in line
    assert "Nothing is changed in the chart yet" in line
    assert_offered(nancy, answers)


def test_half_a_save_keeps_the_rest_until_it_is_stored(nancy, chart, store):
    review = nancy.review(TnmStage)
    chart.fault = half(2)
    assert_not_saved(nancy.save(review))
    assert "Only a part was saved" in nancy.words
    sent, kept = nancy.inputs("save"), nancy.drafts(store)
    well_again(chart)
    assert nancy.post("forms/tnm-stage/draft", {**sent, "entry": "new:breast"}).status_code == 409
    discard = review.replace("/review", "/discard")
    assert nancy.post(discard, {**sent, "again": "no"}).status_code == 409
    assert nancy.drafts(store) == kept
    assert len(offered(nancy)) == 1
    nancy.saved(review)
    assert offered(nancy) == []
    (receipt,) = nancy.receipts(store)
    nancy.get(f"receipts/{receipt.id}")
    assert "4 records were written and read back" in nancy.words


def test_only_who_asks_for_it_throws_a_draft_away(nancy, chart):
    answers = typed(nancy, Ecog)
    review = nancy.enter("forms/ecog/new", answers)
    assert nancy.get(review.replace("/review", "/discard")).status_code == 405
    for path in ("", "forms/", "forms/ecog/new", review, "receipts/"):
        nancy.get(path)
    assert len(offered(nancy)) == 1
    nancy.open("forms/ecog/new")
    answer = nancy.press("discard")
    assert answer.status_code == 303
    assert "/forms/ecog/new" in answer.location
    assert answers_in(nancy.open("forms/ecog/new")).get("points") is None
    assert chart.sent == []


def test_a_save_is_not_the_end_of_another_draft(nancy, chart):
    waiting = typed(nancy, TnmStage)
    nancy.saved(nancy.review(Ecog))
    assert_offered(nancy, waiting)


def test_an_entry_that_is_saved_is_said_to_be_so_in_another_tab(nancy, chart):
    review = nancy.review(Ecog)
    receipt = nancy.saved(review)
    assert nancy.get(review).status_code == 410
    assert "This entry is saved already" in nancy.words
    assert receipt in nancy.page.text


@pytest.mark.parametrize("fault", [lost, silent])
def test_a_type_that_no_server_finds_by_identifier_is_stored_once(nancy, chart, store, fault):
    """Some servers answer a search by what they do not know as if nothing were there."""

    def look(name, query):
        if name == "AdverseEvent" and "subject" not in query:
            return 200, {}, json.dumps({"resourceType": "Bundle", "type": "searchset"})
        return None

    chart.look = look
    review = nancy.review(AdverseEvent)
    chart.fault = fault
    nancy.save(review)
    chart.fault, chart.reading_fails = None, False
    if not nancy.receipts(store):
        nancy.saved(review)
    assert len(nancy.receipts(store)) == 1
    assert len(chart.of_type("AdverseEvent")) == 1
    assert set(copies(chart).values()) == {1}


def test_what_arrives_late_is_not_stored_twice_nor_reviewed_anew(nancy, chart):
    """The request lingers on its way: nothing is stored when the app looks, and then it is."""
    review = nancy.review(AdverseEvent)
    late = []

    def slow(chart, bundle):
        late.append(copy.deepcopy(bundle))
        raise requests.ReadTimeout

    chart.fault = slow
    assert_not_saved(nancy.save(review))
    well_again(chart)
    chart.apply(late[0])
    assert nancy.get(f"forms/{AdverseEvent.slug}/new").location.endswith(review)
    nancy.saved(review)
    assert len(chart.sent) == 1
    assert len(chart.of_type("AdverseEvent")) == 1
