"""The states of a draft on its way to the chart, against a chart that misbehaves."""

from dataclasses import replace
from datetime import timedelta

import pytest
import requests

from app.fhir.errors import Unreachable
from app.forms._pages.workspace import new_workspace
from app.forms._saving import sending
from app.forms._saving.plan import Plan, plan_entry
from app.forms._saving.sending import (
    BeingSaved,
    Malformed,
    NotSaved,
    ReviewAgain,
    fingerprint,
    keep_plan,
    kept_plan,
    receipt_of,
    save_draft,
)
from app.forms.tnm_stage import TnmStage
from app.store import Receipt
from tests.forms.cases import BASE
from tests.forms.chart import dropped, half, lost, refused

OWNER = "owner"


@pytest.fixture
def draft(store, make_subject, answers, author):
    """A draft that was reviewed."""
    subject = make_subject()
    kept = store.drafts.start(OWNER, "tnm-stage", "new:breast", answers())
    work = new_workspace(TnmStage, subject, kept, None)
    assert work.validate()
    keep_plan(store, OWNER, kept, plan_entry(work.form, subject, author, kept.id))
    return store.drafts.get(OWNER, kept.id)


def again(store, draft):
    return store.drafts.get(OWNER, draft.id)


def test_a_saved_draft_becomes_a_receipt(store, draft, chart, session):
    receipt = save_draft(store, OWNER, "launch", draft, session)
    assert isinstance(receipt, Receipt)
    assert [record["value"] for record in receipt.data["records"]] == ["pT2", "pN1a", "cM0", "IIB"]
    assert receipt.data["signed_as"] == "Nancy Nurse"
    assert again(store, draft) is None
    assert receipt_of(store, OWNER, draft.id) == receipt


def test_what_is_no_fhir_is_never_offered_for_review(store, draft):
    plan = kept_plan(draft)
    plan.writes[0].after["status"] = ["final"]
    with pytest.raises(Malformed) as raised:
        keep_plan(store, OWNER, draft, plan)
    assert raised.value.details


def test_what_breaks_its_profile_is_never_offered_for_review(store, draft):
    plan = kept_plan(draft)
    group = next(w.after for w in plan.writes if "tnm-stage-group" in w.after["meta"]["profile"][0])
    del group["focus"]
    with pytest.raises(Malformed) as raised:
        keep_plan(store, OWNER, draft, plan)
    assert raised.value.details == ["Observation.focus is missing"]
    assert again(store, draft).plan == draft.plan


def test_a_plan_is_kept_to_the_letter(draft):
    plan = kept_plan(draft)
    assert isinstance(plan, Plan)
    assert plan.writes[0].after["valueCodeableConcept"]["text"] == "pT2"
    assert fingerprint(draft)


def test_what_was_typed_after_the_review_is_not_sent(store, draft, chart, session):
    changed = store.drafts.save_values(OWNER, draft.id, {**draft.values, "note": "later"})
    with pytest.raises(ReviewAgain):
        save_draft(store, OWNER, "launch", changed, session)
    assert chart.sent == []


def test_a_refused_draft_is_open_again_with_all_it_holds(store, draft, chart, session):
    chart.fault = refused(422, "no")
    result = save_draft(store, OWNER, "launch", draft, session)
    assert isinstance(result, NotSaved)
    assert not result.unknown
    kept = again(store, draft)
    assert (kept.state, kept.values) == ("open", draft.values)


def test_a_draft_that_never_left_is_open_again(store, draft, ehr, session):
    ehr.post(BASE, body=requests.ConnectTimeout())
    with pytest.raises(Unreachable):
        save_draft(store, OWNER, "launch", draft, session)
    assert again(store, draft).state == "open"


def test_an_unknown_outcome_locks_the_draft_until_the_chart_was_asked(store, draft, chart, session):
    def silent(chart, bundle):
        chart.reading_fails = True
        lost(chart, bundle)

    chart.fault = silent
    result = save_draft(store, OWNER, "launch", draft, session)
    assert result.unknown
    assert again(store, draft).state == "unknown"
    chart.fault, chart.reading_fails = None, False
    receipt = save_draft(store, OWNER, "launch", again(store, draft), session)
    assert isinstance(receipt, Receipt)
    assert len(chart.sent) == 1
    assert len(chart.of_type("Observation")) == 4


def test_an_unknown_outcome_that_was_nothing_is_sent_again_by_one_who_looked(
    store, draft, chart, session
):
    def silent(chart, bundle):
        chart.reading_fails = True
        dropped(chart, bundle)

    chart.fault = silent
    assert save_draft(store, OWNER, "launch", draft, session).unknown
    chart.fault, chart.reading_fails = None, False
    for _ in range(3):
        result = save_draft(store, OWNER, "launch", again(store, draft), session)
        assert result.unknown
        assert len(result.outcome.lost) == 4
        assert len(chart.sent) == 1
    looked = save_draft(store, OWNER, "launch", again(store, draft), session, absent=True)
    assert isinstance(looked, Receipt)
    assert len(chart.of_type("Observation")) == 4


def test_what_cannot_be_sent_again_is_still_not_known(store, draft, chart, session):
    def not_reached(chart, bundle):
        raise requests.ConnectTimeout

    chart.fault = dropped
    assert save_draft(store, OWNER, "launch", draft, session).unknown
    chart.fault = not_reached
    result = save_draft(store, OWNER, "launch", again(store, draft), session, absent=True)
    assert isinstance(result, NotSaved)
    assert result.unknown
    assert again(store, draft).state == "unknown"


def test_a_half_applied_save_says_what_lacks_and_is_completed(store, draft, chart, session):
    chart.fault = half(2)
    result = save_draft(store, OWNER, "launch", draft, session)
    assert [stored.write.label for stored in result.outcome.stored] == [
        "Primary tumor (T)",
        "Regional nodes (N)",
    ]
    chart.fault = None
    receipt = save_draft(store, OWNER, "launch", again(store, draft), session)
    assert len(receipt.data["records"]) == 4
    assert len(chart.of_type("Observation")) == 4


def test_what_is_stored_is_told_also_where_the_rest_cannot_be_sent(store, draft, chart, session):
    def not_reached(chart, bundle):
        raise requests.ConnectTimeout

    chart.fault = half(2)
    save_draft(store, OWNER, "launch", draft, session)
    chart.fault = not_reached
    result = save_draft(store, OWNER, "launch", again(store, draft), session)
    assert isinstance(result, NotSaved)
    assert isinstance(result.error, Unreachable)
    assert len(result.outcome.stored) == len(result.outcome.missing) == 2
    assert again(store, draft).state == "unknown"
    chart.fault = None
    receipt = save_draft(store, OWNER, "launch", again(store, draft), session)
    assert len(receipt.data["records"]) == 4
    assert len(chart.of_type("Observation")) == 4


def test_a_half_applied_save_that_met_another_s_change_goes_back_to_the_form(
    store, draft, chart, session
):
    def changed(chart, bundle):
        chart.apply(bundle, slice(2))
        for resource in chart.of_type("Observation")[:1]:
            resource["valueCodeableConcept"] = {"text": "theirs"}
        return refused(412)(chart, bundle)

    chart.fault = changed
    result = save_draft(store, OWNER, "launch", draft, session)
    assert [write.label for write in result.outcome.different] == ["Primary tumor (T)"]
    assert [stored.write.label for stored in result.outcome.stored] == ["Regional nodes (N)"]
    kept = again(store, draft)
    assert (kept.state, kept.values) == ("open", draft.values)


def test_while_one_request_sends_another_does_not(store, draft, chart, session):
    assert store.drafts.mark(OWNER, draft.id, "sending", expecting="open")
    for seen in (draft, again(store, draft)):
        with pytest.raises(BeingSaved):
            save_draft(store, OWNER, "launch", seen, session)
    assert chart.sent == []


def test_a_draft_on_its_way_takes_no_other_plan(store, draft):
    plan = kept_plan(draft)
    store.drafts.mark(OWNER, draft.id, "sending")
    with pytest.raises(BeingSaved):
        keep_plan(store, OWNER, draft, replace(plan, title="Another"))
    assert again(store, draft).state == "sending"
    assert kept_plan(again(store, draft)) == plan


def test_a_save_that_was_cut_off_is_looked_up_before_it_is_sent_again(
    store, draft, chart, session, monkeypatch
):
    chart.apply(_sent_by(kept_plan(draft)))
    store.drafts.mark(OWNER, draft.id, "sending", expecting="open")
    monkeypatch.setattr(sending, "_CUT_OFF", timedelta(0))
    assert isinstance(save_draft(store, OWNER, "launch", again(store, draft), session), Receipt)
    assert chart.sent == []


def _sent_by(plan):
    return {
        "entry": [
            {
                "fullUrl": write.full_url,
                "resource": write.after,
                "request": {"method": "POST", "url": "Observation"},
            }
            for write in plan.writes
        ]
    }


def test_a_fault_of_the_app_in_the_midst_of_a_save_leaves_it_to_be_looked_up(
    store, draft, chart, session, monkeypatch
):
    def crash(*_):
        raise RuntimeError

    monkeypatch.setattr(sending, "save", crash)
    with pytest.raises(RuntimeError):
        save_draft(store, OWNER, "launch", draft, session)
    assert again(store, draft).state == "unknown"
