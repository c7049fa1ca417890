"""False "saved": a page says so only of what the chart shows, as it was reviewed, and once."""

import copy
import json

import pytest
import requests

from app.fhir.paths import items
from app.forms._registry import all_forms
from app.forms.adverse_event import AdverseEvent
from app.forms.ecog import Ecog
from app.forms.tnm_stage import TnmStage
from tests.forms.cases import clinical_stage
from tests.forms.chart import dropped, half, lost, refused
from tests.forms.views.clinician import (
    assert_not_saved,
    assert_saved,
    copies,
    main_of,
    written,
)
from tests.forms.views.test_silent_change import STAGE

every_form = pytest.mark.parametrize("form_class", all_forms().values(), ids=lambda f: f.slug)
one_or_four = pytest.mark.parametrize("form_class", [Ecog, TnmStage], ids=lambda f: f.slug)
EMPTY = json.dumps({"resourceType": "Bundle", "type": "searchset"})
# What a server may set by itself, and what the app gives for it to be found again.
OWN = {"resourceType", "id", "meta", "identifier"}


def well_again(chart):
    chart.fault, chart.reading_fails, chart.look = None, False, None


def answered_as_stored(chart, bundle):
    """Answer that all was stored, and store nothing."""
    entries = [{"response": {"status": "200", "location": "Observation/none"}}] * len(
        bundle["entry"]
    )
    if "type" not in bundle:
        return 201, {"Location": "Observation/none"}, ""
    return 200, {}, json.dumps({"resourceType": "Bundle", "entry": entries})


def answered(chart, bundle, answers):
    """Return the answer to what was stored: to a transaction, or to a single resource."""
    if "type" not in bundle:
        response = answers[0]["response"]
        return int(response["status"]), {"Location": response["location"]}, ""
    return 200, {}, json.dumps({"resourceType": "Bundle", "entry": answers})


def rewriting(change):
    """Store what is sent, but for what `change` makes of each resource."""

    def fault(chart, bundle):
        before = set(map(id, chart.stored.values()))
        answers = chart.apply(bundle)
        for resource in chart.stored.values():
            if id(resource) not in before and resource["resourceType"] != "Provenance":
                change(resource)
        return answered(chart, bundle, answers)

    return fault


def leave_one_out(resource):
    """Drop the last element that was sent."""
    del resource[[name for name in resource if name not in OWN][-1]]


def no_value(resource):
    """Drop what counts, or the last that was sent."""
    del resource[_counting(resource)]


def other_value(resource):
    """Put another value in the place of the one that counts, or of the last that was sent."""
    resource[_counting(resource)] = {"text": "else"}


def _counting(resource):
    counts = ("value", "code", "medication", "location", "type", "event")
    names = [name for name in resource if name not in OWN]
    return next((n for n in names if n.startswith(counts)), names[-1])


def other_patient(resource):
    resource["subject" if "subject" in resource else "patient"] = {"reference": "Patient/eve"}


def other_member(resource):
    for member in resource.get("hasMember", [])[:1]:
        member["reference"] = "Observation/kras"


def one_member_less(resource):
    if "hasMember" in resource:
        resource["hasMember"].pop()


def no_identifier(resource):
    resource.pop("identifier", None)


REWRITES = (no_value, other_value, other_patient)


def hidden(chart):
    """Act as though there were nothing of what the app has written."""

    def look(name, query):
        if name in {"Observation", "Provenance"} and query:
            return 200, {}, EMPTY
        return (404, {}, "{}") if name in chart.stored and "/new-" in name else None

    return look


def forbidden(chart):
    return lambda name, query: (403, {}, "{}") if "/new-" in name or "identifier" in query else None


def slow(chart):
    def look(name, query):
        if "/new-" in name or "identifier" in query:
            raise requests.ReadTimeout

    return look


@every_form
def test_only_what_the_chart_shows_as_it_was_sent_is_called_saved(nancy, chart, store, form_class):
    review = nancy.review(form_class)
    before = copy.deepcopy(chart.stored)
    chart.fault = dropped
    assert_not_saved(nancy.save(review))
    assert "It is not known whether this was saved" in nancy.words
    for change in REWRITES:
        chart.fault = rewriting(change)
        assert_not_saved(nancy.press("save", absent="yes"))
        assert nancy.receipts(store) == [], change.__name__
        chart.stored = copy.deepcopy(before)
    well_again(chart)
    assert_saved(nancy.press("save"))
    nancy.get(nancy.page.location)
    assert "Saved to the chart" in nancy.words
    new = chart.stored.keys() - before.keys()
    assert new
    assert all(name in nancy.words for name in new)
    assert set(copies(chart).values()) == {1}


@every_form
def test_what_an_ehr_leaves_out_of_an_entry_is_told(nancy, chart, store, form_class):
    review = nancy.review(form_class)
    chart.fault = rewriting(leave_one_out)
    answer = nancy.save(review)
    if answer.status_code != 303:  # without it, the entry says something else
        assert "you entered" in nancy.words
        assert nancy.receipts(store) == []
        return
    nancy.get(answer.location)
    assert "Saved to the chart" in nancy.words
    assert "The EHR left out the " in nancy.words


@one_or_four
def test_a_refusal_is_not_called_saved_and_told_in_the_ehr_s_words(
    nancy, chart, store, server, form_class
):
    nancy.get(nancy.review(form_class))
    for status in (400, 401, 403, 404, 409, 412, 422, 429, 501):
        chart.fault = refused(status, "Staging is closed")
        assert_not_saved(nancy.press("save"))
        assert "Nothing was saved" in nancy.words
        assert "Staging is closed" in nancy.words
    assert nancy.receipts(store) == []


@one_or_four
def test_a_fault_is_not_called_saved_and_proves_nothing(nancy, chart, store, server, form_class):
    nancy.get(nancy.review(form_class))
    for status in (408, 500, 502, 503, 504):
        chart.fault = refused(status, "Staging is closed")
        assert_not_saved(nancy.press("save", absent="yes"))
        assert "It is not known whether this was saved" in nancy.words
        assert "Staging is closed" in nancy.words
    assert nancy.receipts(store) == []


@one_or_four
def test_the_ehr_s_word_alone_is_not_called_saved(nancy, chart, store, server, form_class):
    review = nancy.review(form_class)
    chart.fault = answered_as_stored
    assert_not_saved(nancy.save(review))
    assert "it could not be checked" in nancy.words
    well_again(chart)
    assert_not_saved(nancy.press("save"))
    assert nancy.receipts(store) == []
    assert nancy.press("discard", looked="yes").status_code == 303
    assert nancy.receipts(store) == []
    assert "/receipts/" not in nancy.page.location


@one_or_four
def test_a_lost_answer_is_looked_up_and_then_called_saved(nancy, chart, store, server, form_class):
    review = nancy.review(form_class)
    chart.fault = lost
    if nancy.save(review).status_code != 303:  # one by one, the first lost answer ends the save
        well_again(chart)
        nancy.press("save")
    assert_saved(nancy.page)
    assert set(copies(chart).values()) == {1}


@one_or_four
def test_a_lost_request_is_sent_again_once_by_one_who_looked(nancy, chart, server, form_class):
    review = nancy.review(form_class)
    chart.fault = dropped
    assert_not_saved(nancy.save(review))
    assert "It is not known whether this was saved" in nancy.words
    well_again(chart)
    for _ in range(3):
        assert_not_saved(nancy.press("save"))
        assert "It is not known whether this was saved" in nancy.words
        assert len(chart.sent) == 1
    assert "it is not there, send it again" in nancy.words
    assert_saved(nancy.press("save", absent="yes"))
    assert set(copies(chart).values()) == {1}


@one_or_four
@pytest.mark.parametrize("sight", [hidden, forbidden, slow], ids=lambda sight: sight.__name__)
def test_what_is_stored_and_not_shown_is_neither_called_saved_nor_sent_again(
    nancy, chart, store, server, form_class, sight
):
    review = nancy.review(form_class)
    chart.look = sight(chart)
    assert_not_saved(nancy.save(review))
    assert "it could not be checked" in nancy.words
    assert "Nothing was saved" not in nancy.words
    sent = len(chart.sent)
    assert_not_saved(nancy.press("save"))
    assert len(chart.sent) == sent
    well_again(chart)
    assert_saved(nancy.press("save"))
    assert len(chart.sent) == sent
    assert set(copies(chart).values()) == {1}


@one_or_four
@pytest.mark.parametrize("stored", [True, False], ids=["stored", "not stored"])
def test_what_nobody_can_tell_is_called_unknown(nancy, chart, store, server, form_class, stored):
    review = nancy.review(form_class)

    def silent(chart, bundle):
        chart.reading_fails = True
        return (lost if stored else dropped)(chart, bundle)

    chart.fault = silent
    for _ in range(2):
        assert_not_saved(nancy.save(review) if chart.fault else nancy.press("save"))
        assert "It is not known whether this was saved" in nancy.words
        chart.fault = None
    sent = len(chart.sent)
    well_again(chart)
    if not stored:
        assert_not_saved(nancy.press("save"))
        assert len(chart.sent) == sent
    assert_saved(nancy.press("save", **({} if stored else {"absent": "yes"})))
    assert set(copies(chart).values()) == {1}
    if stored and form_class is Ecog:
        assert len(chart.sent) == sent


@one_or_four
def test_a_copy_that_is_not_found_yet_is_not_made_twice(nancy, chart, store, server, form_class):
    """The answer is lost and the server's index is behind: the entry is there and is not found."""
    review = nancy.review(form_class)
    chart.fault, chart.look = lost, hidden(chart)
    assert_not_saved(nancy.save(review))
    chart.fault = None
    sent = len(chart.sent)
    assert_not_saved(nancy.press("save"))
    assert "it is not known whether" in nancy.words.lower()
    assert set(copies(chart).values()) == {1}
    assert len(chart.sent) == sent
    chart.look = None
    assert_saved(nancy.save(review))
    assert set(copies(chart).values()) == {1}
    assert len(main_and_twins(chart, form_class)) == 1


def test_an_entry_is_not_reviewed_anew_before_a_lost_answer_is_looked_up(nancy, chart, server):
    review = nancy.review(Ecog)
    chart.fault, chart.look = lost, hidden(chart)
    assert_not_saved(nancy.save(review))
    well_again(chart)
    assert nancy.get("forms/ecog/new").location.endswith(review)
    nancy.saved(review)
    assert len(main_and_twins(chart, Ecog)) == 1


def test_a_hidden_copy_is_unknown_where_the_ehr_refuses_another(nancy, chart, store, server):
    review = nancy.review(Ecog)
    chart.fault, chart.look = lost, hidden(chart)
    assert_not_saved(nancy.save(review))
    chart.fault = refused(403, "There is one that you may not see")
    assert_not_saved(nancy.press("save", absent="yes"))
    assert "It is not known whether this was saved" in nancy.words
    assert "does not let the app see whether it holds it" in nancy.words
    assert "Nothing was saved" not in nancy.words
    well_again(chart)
    assert_saved(nancy.press("save"))
    assert len(main_and_twins(chart, Ecog)) == 1


@pytest.mark.parametrize("count", [1, 2, 3])
def test_half_a_save_is_called_a_part_and_the_rest_is_sent_once(nancy, chart, store, server, count):
    review = nancy.review(TnmStage)
    if "type" in _first_sent(nancy, chart, review):
        chart.fault = half(count)
    else:
        chart.fault = lambda chart, bundle: (
            refused(422)(chart, bundle) if len(chart.sent) > count else None
        )
    chart.sent.clear()
    assert_not_saved(nancy.save(review))
    assert "Only a part was saved" in nancy.words
    assert nancy.receipts(store) == []
    well_again(chart)
    stored = copies(chart).keys()
    chart.sent.clear()
    assert_saved(nancy.press("save"))
    rest = [identifier for r in written(chart) for identifier in items(r.get("identifier"))]
    assert rest
    assert stored.isdisjoint(json.dumps(identifier, sort_keys=True) for identifier in rest)
    nancy.get(nancy.page.location)
    assert "4 records were written and read back" in nancy.words
    assert set(copies(chart).values()) == {1}
    group = main_of(chart, TnmStage)
    for member in group["hasMember"]:
        assert member["reference"] in chart.stored


def test_the_rest_of_half_a_save_is_not_sent_where_a_part_was_changed_meanwhile(
    nancy, chart, store
):
    review = nancy.review(TnmStage)
    chart.fault = half(2)
    assert_not_saved(nancy.save(review))
    well_again(chart)
    other_value(next(r for r in chart.of_type("Observation") if r["id"].startswith("new-")))
    chart.sent.clear()
    assert_not_saved(nancy.press("save"))
    assert chart.sent == []
    assert nancy.receipts(store) == []


def _first_sent(nancy, chart, review):
    """Return what the app sends first, of which nothing is stored."""
    chart.fault = refused(422)
    assert_not_saved(nancy.save(review))
    return chart.sent[0]


@pytest.mark.parametrize("change", [other_member, one_member_less], ids=lambda c: c.__name__)
def test_parts_that_do_not_hang_together_as_sent_are_not_called_saved(nancy, chart, store, change):
    review = nancy.review(TnmStage)
    chart.fault = rewriting(change)
    assert_not_saved(nancy.save(review))
    assert nancy.receipts(store) == []


@pytest.mark.parametrize("form_class", [Ecog, TnmStage, AdverseEvent], ids=lambda f: f.slug)
def test_an_ehr_that_keeps_no_identifiers_gets_no_second_copy(nancy, chart, server, form_class):
    review = nancy.review(form_class)
    chart.keep = no_identifier
    nancy.saved(review)
    assert len(main_and_twins(chart, form_class)) == 1


class TestAChange:
    @pytest.fixture
    def review(self, nancy, chart, answers):
        for resource in clinical_stage():
            chart.stored[f"Observation/{resource['id']}"] = resource
            resource["note"] = [{"text": "to be taken out"}]
        shown = nancy.open(STAGE)
        changed = {"t": answers.key("t", "cT3", "c"), "note": ""}
        return nancy.enter(STAGE, {**shown, **changed})

    def test_that_is_answered_and_not_made_is_not_called_saved(self, nancy, chart, store, review):
        before = copy.deepcopy(chart.stored)

        def ignored(chart, bundle):
            answers = chart.apply(bundle)
            chart.stored = copy.deepcopy(before)
            return answered(chart, bundle, answers)

        chart.fault = ignored
        assert_not_saved(nancy.save(review))
        assert nancy.receipts(store) == []

    def test_that_keeps_what_was_taken_out_is_not_called_saved(self, nancy, chart, store, review):
        """As a server does that takes an update for a merge."""

        def merged(chart, bundle):
            answers = chart.apply(bundle)
            for resource in chart.of_type("Observation"):
                if "hasMember" in resource or "note" not in resource:
                    resource["note"] = [{"text": "to be taken out"}]
            return answered(chart, bundle, answers)

        chart.fault = merged
        assert_not_saved(nancy.save(review))
        assert nancy.receipts(store) == []

    @pytest.mark.parametrize("fault", [dropped, refused(500), refused(409)])
    def test_that_did_not_arrive_is_not_called_saved(self, nancy, chart, store, review, fault):
        before = copy.deepcopy(chart.stored)
        chart.fault = fault
        assert_not_saved(nancy.save(review))
        assert chart.stored == before
        assert nancy.receipts(store) == []

    def test_that_is_deleted_meanwhile_is_not_called_saved(self, nancy, chart, store, review):
        def gone(chart, bundle):
            del chart.stored["Observation/t"]
            return refused(404)(chart, bundle)

        chart.fault = gone
        assert_not_saved(nancy.save(review))
        assert nancy.receipts(store) == []


class TestARetraction:
    @pytest.fixture
    def stage(self, nancy, chart):
        for resource in clinical_stage():
            chart.stored[f"Observation/{resource['id']}"] = resource
        nancy.get(f"{STAGE}/retract")
        return copy.deepcopy(chart.stored)

    @pytest.mark.parametrize(
        "fault", [dropped, refused(403), refused(500), half(2), answered_as_stored]
    )
    def test_that_the_chart_does_not_show_is_not_called_saved(
        self, nancy, chart, store, stage, fault
    ):
        chart.fault = fault
        assert_not_saved(nancy.press("entry", reason="another patient's"))
        assert nancy.receipts(store) == []
        review = nancy.action("save").replace("/save", "/review")
        well_again(chart)
        nancy.saved(review)
        assert {chart.stored[f"Observation/{n}"]["status"] for n in ("t", "n", "m", "group")} == {
            "entered-in-error"
        }


class TestTwoPresses:
    """A double click, a second tab, a page that is sent again: one entry, one receipt."""

    @one_or_four
    def test_one_after_the_other_lead_to_the_same_receipt(self, nancy, chart, store, form_class):
        review = nancy.review(form_class)
        nancy.get(review)
        shown, address = nancy.inputs("save"), nancy.action("save")
        first, second = nancy.post(address, shown), nancy.post(address, shown)
        assert_saved(first)
        assert_saved(second)
        assert first.location == second.location
        assert len(nancy.receipts(store)) == 1
        assert len(chart.sent) == 1

    def test_at_the_same_time_send_once(self, nancy, chart, store):
        review = nancy.review(Ecog)
        nancy.get(review)
        shown, address = nancy.inputs("save"), nancy.action("save")
        meanwhile = []

        def fault(chart, bundle):
            chart.fault = None
            discard = address.replace("/save", "/discard")
            for path, looked in (
                (address, "no"),
                (discard, "no"),
                (discard, "yes"),
                ("forms/ecog/draft", "no"),
            ):
                answer = nancy.client.post(
                    nancy.address(path),
                    data={**shown, "entry": "new:patient", "again": "no", "looked": looked},
                    base_url="https://app.example",
                )
                meanwhile.append((path, answer.status_code))
                assert_not_saved(answer)

        chart.fault = fault
        assert_saved(nancy.post(address, shown))
        assert [status for _, status in meanwhile] == [409, 409, 409, 409]
        assert len(chart.sent) == 1
        assert len(main_and_twins(chart, Ecog)) == 1
        assert len(nancy.receipts(store)) == 1

    def test_at_two_entries_lead_to_two_receipts(self, nancy, chart, store):
        receipts = {nancy.saved(nancy.review(form_class)) for form_class in (Ecog, TnmStage)}
        assert len(receipts) == len(nancy.receipts(store)) == 2
        assert len(chart.sent) == 2

    def test_of_a_retraction_write_once(self, nancy, chart, store):
        for resource in clinical_stage():
            chart.stored[f"Observation/{resource['id']}"] = resource
        nancy.get(f"{STAGE}/retract")
        shown = nancy.inputs("entry")
        assert_saved(nancy.post(f"{STAGE}/retract", shown))
        assert nancy.post(f"{STAGE}/retract", shown).status_code == 404
        assert len(chart.sent) == 1


def test_a_receipt_says_where_its_authorship_cannot_be_seen(nancy, chart):
    review = nancy.review(Ecog)

    def without_authorship(chart, bundle):
        chart.apply(bundle, slice(1))
        raise requests.ReadTimeout

    chart.fault = without_authorship
    nancy.get(nancy.saved(review))
    assert "could not be read back" in nancy.words


def main_and_twins(chart, form_class) -> list[dict]:
    """Return every resource that a form has written as its main one."""
    profile = form_class.parts[-1].profile
    return [r for r in chart.stored.values() if profile in r.get("meta", {}).get("profile", ())]
