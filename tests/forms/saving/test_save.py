"""Lost entry, silent change, false "saved", tried against a chart that misbehaves."""

import json

import pytest
import requests
import responses

from app.fhir.errors import Conflict, Forbidden, Refused, Unreachable
from app.forms._pages.workspace import existing_workspace, new_workspace
from app.forms._saving.outcome import OutcomeUnknown, settle
from app.forms._saving.plan import Plan, Write, plan_entry
from app.forms._saving.save import remaining, save
from app.forms.tnm_stage import TnmStage
from tests.forms.cases import BASE, clinical_stage
from tests.forms.chart import Chart, dropped, half, lost, refused


@pytest.fixture
def chart(ehr):
    return Chart(ehr, *clinical_stage())


@pytest.fixture
def new_stage(make_subject, answers, author):
    subject = make_subject()
    work = new_workspace(TnmStage, subject, None, answers())
    assert work.validate()
    return plan_entry(work.form, subject, author, "draft-1")


@pytest.fixture
def amendment(make_subject, answers, author):
    subject = make_subject(*clinical_stage(), amend="group")
    shown = existing_workspace(TnmStage, subject, "group", None, None).form
    shown.t.process(None, answers.key("t", "cT3", "c"))
    shown.n.process(None, answers.key("n", "cN2", "c"))
    return plan_entry(shown, subject, author, "draft-2")


def test_a_save_is_one_transaction_and_is_read_back(session, chart, new_stage):
    outcome = save(session, new_stage)
    assert outcome.complete
    assert len(chart.sent) == 1
    assert chart.sent[0]["type"] == "transaction"
    assert [entry["request"]["method"] for entry in chart.sent[0]["entry"]] == ["POST"] * 5
    assert all("ifNoneExist" in e["request"] for e in chart.sent[0]["entry"][:4])
    group = outcome.stored[-1].resource
    members = [stored.reference for stored in outcome.stored[:3]]
    assert [member["reference"] for member in group["hasMember"]] == members
    assert outcome.provenance == f"Provenance/{chart.of_type('Provenance')[0]['id']}"


def test_an_amendment_is_written_onto_the_version_that_was_seen(session, chart, amendment):
    assert save(session, amendment).complete
    requested = [e["request"] for e in chart.sent[0]["entry"] if e["request"]["method"] == "PUT"]
    assert [request["ifMatch"] for request in requested] == ['W/"3"', 'W/"3"']


def test_a_lost_answer_is_found_out_by_looking(session, chart, new_stage):
    chart.fault = lost
    outcome = save(session, new_stage)
    assert outcome.complete
    assert len(outcome.stored) == 4


def test_a_request_that_never_arrived_stored_nothing(session, chart, new_stage):
    chart.fault = dropped
    outcome = save(session, new_stage)
    assert outcome.nothing
    assert len(outcome.missing) == 4


def test_sending_again_after_a_lost_answer_makes_no_second_copy(session, chart, new_stage):
    chart.fault = lost
    save(session, new_stage)
    chart.fault = None
    assert save(session, new_stage).complete
    assert len(chart.of_type("Observation")) == len(clinical_stage()) + 4


def test_where_the_chart_cannot_be_read_the_outcome_is_called_unknown(session, chart, new_stage):
    def fault(chart, bundle):
        chart.reading_fails = True
        lost(chart, bundle)

    chart.fault = fault
    with pytest.raises(OutcomeUnknown):
        save(session, new_stage)


def test_nothing_sent_is_told_as_such(ehr, session, new_stage):
    ehr.add(responses.POST, BASE, body=requests.ConnectTimeout())
    with pytest.raises(Unreachable) as raised:
        save(session, new_stage)
    assert raised.value.sent is False


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Refused), (403, Forbidden), (409, Conflict), (412, Conflict), (422, Refused)],
)
def test_a_refusal_is_told_in_the_ehr_s_words_and_nothing_counts_as_saved(
    session, chart, new_stage, status, error
):
    chart.fault = refused(status, "Staging is closed")
    outcome = save(session, new_stage)
    assert outcome.nothing
    assert isinstance(outcome.error, error)
    assert outcome.error.issues == ["Staging is closed"]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_half_applied_transaction_is_told_apart_and_completed(session, chart, new_stage, count):
    chart.fault = half(count)
    outcome = save(session, new_stage)
    assert len(outcome.stored) == count
    assert len(outcome.missing) == 4 - count
    chart.fault = None
    rest = remaining(new_stage, outcome)
    assert save(session, rest).complete
    assert settle(session, new_stage).complete
    group = next(r for r in chart.of_type("Observation") if "hasMember" in r and r["id"] != "group")
    names = {f"Observation/{r['id']}" for r in chart.of_type("Observation")}
    assert len(group["hasMember"]) == 3
    assert {member["reference"] for member in group["hasMember"]} <= names


@pytest.mark.parametrize("status", [409, 412])
def test_somebody_else_s_change_is_a_conflict_and_stays(session, chart, amendment, status):
    chart.stored["Observation/t"]["meta"]["versionId"] = "4"
    chart.stored["Observation/t"]["valueCodeableConcept"] = {"text": "cT4, by another"}
    chart.fault = refused(status)
    outcome = save(session, amendment)
    assert outcome.nothing
    assert isinstance(outcome.error, Conflict)
    assert [write.label for write in outcome.different] == ["Primary tumor (T)"]
    assert chart.stored["Observation/t"]["valueCodeableConcept"] == {"text": "cT4, by another"}


def test_a_value_that_the_ehr_rewrites_is_not_called_saved(session, chart, new_stage):
    def rewrite(chart, bundle):
        for entry in bundle["entry"]:
            if "valueCodeableConcept" in entry["resource"]:
                entry["resource"]["valueCodeableConcept"] = {"text": "pTX"}

    chart.fault = rewrite
    outcome = save(session, new_stage)
    assert not outcome.complete
    assert len(outcome.different) == 4


def test_an_element_that_was_to_go_and_stayed_is_not_called_saved(session, chart, amendment):
    # A new date drops the extension of the old one; here the EHR keeps it.
    write = amendment.writes[0]
    write.after.pop("_effectiveDateTime")
    chart.fault = lambda chart, bundle: (
        [
            entry["resource"].update(_effectiveDateTime={"extension": []})
            for entry in bundle["entry"]
            if entry["resource"].get("id") == "t"
        ]
        and None
    )
    assert [w.label for w in save(session, amendment).different] == ["Primary tumor (T)"]


def test_a_part_of_an_element_that_was_to_go_and_stayed_is_not_called_saved(session, chart):
    # Somebody takes "<" away from a result; here the EHR says "200 OK" and keeps what it held.
    group = next(r for r in clinical_stage() if r["id"] == "group")
    before = {**group, "status": "amended", "valueQuantity": {"comparator": "<", "value": 5}}
    after = {**before, "valueQuantity": {"value": 5}}
    write = Write("Marker", "amended", "Observation/group", after, before)
    chart.stored["Observation/group"] = before
    chart.fault = lambda *_: (200, {}, json.dumps({"resourceType": "Bundle", "entry": [_OK]}))
    outcome = save(session, Plan("Marker", "Nancy Nurse", "2026-11-24", (write,), None))
    assert not outcome.stored
    assert outcome.missing == (write,)


_OK = {"response": {"status": "200", "location": "Observation/group/_history/4"}}


@pytest.mark.parametrize("stays", ["urn:uuid:nowhere", "Observation/of-another-entry"])
def test_parts_that_do_not_refer_to_one_another_are_not_called_saved(
    session, chart, new_stage, stays
):
    def tie(chart, bundle):
        for entry in bundle["entry"]:
            for member in entry["resource"].get("hasMember", ()):
                member["reference"] = stays

    chart.fault = tie
    outcome = save(session, new_stage)
    assert [write.label for write in outcome.different] == ["TNM stage group"]


def test_what_a_server_adds_is_no_change(session, chart, new_stage):
    def add(chart, bundle):
        for entry in bundle["entry"]:
            entry["resource"]["text"] = {"status": "generated", "div": "<div/>"}
            entry["resource"].setdefault("extension", []).append({"url": "urn:added"})

    chart.fault = add
    assert save(session, new_stage).complete


@pytest.fixture
def without_transactions(ehr, session):
    statement = {
        "resourceType": "CapabilityStatement",
        "rest": [{"mode": "server", "interaction": [{"code": "batch"}], "resource": []}],
    }
    ehr.replace(responses.GET, f"{BASE}/metadata", body=json.dumps(statement))
    return session


def test_a_server_without_transactions_gets_ordered_conditional_creates(
    without_transactions, chart, new_stage
):
    assert save(without_transactions, new_stage).complete
    kinds = [sent["resource"].get("hasMember") is not None for sent in chart.sent]
    assert kinds == [False, False, False, True, False]
    assert [m["reference"][:12] for m in chart.sent[3]["resource"]["hasMember"]] == [
        "Observation/"
    ] * 3


def test_a_failure_between_ordered_writes_is_completed_without_a_second_copy(
    without_transactions, chart, new_stage
):
    def third_fails(chart, bundle):
        return refused(500)(chart, bundle) if len(chart.sent) == 3 else None

    chart.fault = third_fails
    outcome = save(without_transactions, new_stage)
    assert len(outcome.stored) == 2
    chart.fault = None
    assert save(without_transactions, remaining(new_stage, outcome)).complete
    assert len(chart.of_type("Observation")) == len(clinical_stage()) + 4


def test_a_connection_that_fails_between_ordered_writes_is_not_told_as_nothing_sent(
    without_transactions, chart, new_stage
):
    def third_is_not_sent(chart, bundle):
        if len(chart.sent) == 3:
            raise requests.ConnectTimeout

    chart.fault = third_is_not_sent
    outcome = save(without_transactions, new_stage)
    assert len(outcome.stored) == 2
    assert isinstance(outcome.error, Unreachable)
