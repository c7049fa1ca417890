"""What the EHR says that it stored and does not show: neither saved nor not saved."""

import json
import re

import pytest
import requests

from app.fhir.errors import Forbidden, Refused
from app.forms._pages.workspace import new_workspace
from app.forms._saving.outcome import OutcomeUnknown
from app.forms._saving.plan import plan_entry
from app.forms._saving.save import remaining, save
from app.forms._saving.sending import NotSaved, keep_plan, save_draft, summary_of
from app.forms.tnm_stage import TnmStage
from app.store import Receipt
from tests.forms.chart import half, lost, refused

OWNER = "owner"
EMPTY = json.dumps({"resourceType": "Bundle", "type": "searchset"})


def words(text):
    issue = {"severity": "error", "diagnostics": text}
    return json.dumps({"resourceType": "OperationOutcome", "issue": [issue]})


def forbidden(name, query):
    """Let nobody read an observation."""
    return (403, {}, words("not for you")) if name.startswith("Observation") else None


def hidden(name, query):
    """Act as though there were no observation."""
    if name == "Observation":
        return 200, {}, EMPTY
    return (404, {}, "{}") if name.startswith("Observation/") else None


def not_by_search(name, query):
    """Find nothing by the identifier, and give out what is asked for by its id."""
    return (200, {}, EMPTY) if "identifier" in query else None


def slow(name, query):
    """Answer no read."""
    raise requests.ReadTimeout


@pytest.fixture
def plan(make_subject, answers, author):
    work = new_workspace(TnmStage, make_subject(), None, answers())
    assert work.validate()
    return plan_entry(work.form, work.subject, author, "draft-1")


@pytest.fixture
def draft(store, make_subject, answers, author):
    subject = make_subject()
    kept = store.drafts.start(OWNER, "tnm-stage", "new:breast", answers())
    work = new_workspace(TnmStage, subject, kept, None)
    assert work.validate()
    keep_plan(store, OWNER, kept, plan_entry(work.form, subject, author, kept.id))
    return store.drafts.get(OWNER, kept.id)


@pytest.mark.parametrize(
    ("look", "reason"),
    [
        (forbidden, "the EHR does not let you read it"),
        (hidden, "the EHR does not show it"),
        (slow, "it could not be read"),
    ],
)
def test_what_was_stored_and_is_not_shown_is_neither_saved_nor_not_saved(
    session, chart, plan, look, reason
):
    chart.look = look
    outcome = save(session, plan)
    assert (outcome.stored, outcome.missing, outcome.different) == ((), (), ())
    assert not outcome.complete
    assert not outcome.nothing
    assert [one.write for one in outcome.unseen] == list(plan.writes)
    assert {one.reason for one in outcome.unseen} == {reason}
    assert {one.reference for one in outcome.unseen} == {
        f"Observation/{r['id']}" for r in chart.of_type("Observation")
    }


def test_what_is_found_by_its_id_alone_is_saved(session, chart, plan):
    chart.look = not_by_search
    assert save(session, plan).complete


def test_a_part_that_is_not_shown_is_told_from_one_that_is(session, chart, plan):
    first = plan.writes[0]

    def one_hidden(name, query):
        resource = chart.stored.get(name)
        return (403, {}, "{}") if resource and first.identifier in resource["identifier"] else None

    chart.look = one_hidden
    outcome = save(session, plan)
    assert [one.write for one in outcome.unseen] == [first]
    told = summary_of(NotSaved(outcome, unknown=True))
    assert told == {
        "saved": "unknown",
        "stored": [stored.reference for stored in outcome.stored],
    }
    # The group names the hidden part by the address that the EHR told.
    assert [stored.write for stored in outcome.stored] == list(plan.writes[1:])


def test_without_the_ehr_s_word_what_cannot_be_looked_for_is_unknown(session, chart, plan):
    chart.look = forbidden
    chart.fault = lost
    with pytest.raises(OutcomeUnknown) as raised:
        save(session, plan)
    assert isinstance(raised.value.error, Forbidden)


def test_an_entry_that_a_transaction_refuses_by_itself_is_named_with_the_ehr_s_words(
    session, chart, plan
):
    def second_refused(chart, bundle):
        entries = bundle["entry"]
        kept = {"entry": [entry for number, entry in enumerate(entries) if number != 1]}
        answers = chart.apply(kept)
        refusal = {"status": "403 Forbidden", "outcome": json.loads(words("not this kind"))}
        answers.insert(1, {"response": refusal})
        return 200, {}, json.dumps({"resourceType": "Bundle", "entry": answers})

    chart.fault = second_refused
    outcome = save(session, plan)
    assert outcome.missing == (plan.writes[1],)
    assert isinstance(outcome.refusal(plan.writes[1]), Forbidden)
    assert outcome.refusal(plan.writes[1]).issues == ["not this kind"]
    assert outcome.refusal(plan.writes[0]) is None
    assert not outcome.unseen


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("Bundle.entry[1]", "Regional nodes (N)"),
        ("Bundle.entry[3].resource.code", "TNM stage group"),
        ("Bundle.entry[4]", "the authorship (Provenance)"),
        ("Bundle.entry[9]", "Bundle.entry[9]"),
    ],
)
@pytest.mark.parametrize("status", [403, 422])
def test_a_refusal_that_names_an_entry_names_its_record(
    session, chart, plan, expression, told, status
):
    issue = {"severity": "error", "diagnostics": "no right", "expression": [expression]}
    outcome = {"resourceType": "OperationOutcome", "issue": [issue]}
    chart.fault = lambda *_: (status, {}, json.dumps(outcome))
    result = save(session, plan)
    assert isinstance(result.error, Forbidden if status == 403 else Refused)
    assert result.error.issues == [f"no right ({told})"]
    assert result.nothing


@pytest.mark.parametrize("look", [forbidden, hidden])
def test_it_is_looked_for_again_and_never_sent_again(store, draft, chart, session, look):
    chart.look = look
    result = save_draft(store, OWNER, "launch", draft, session)
    assert isinstance(result, NotSaved)
    assert result.unknown
    assert not result.hidden
    for _ in range(2):
        kept = store.drafts.get(OWNER, draft.id)
        assert (kept.state, kept.values) == ("unknown", draft.values)
        again = save_draft(store, OWNER, "launch", kept, session)
        assert len(again.outcome.unseen) == 4
        assert len(chart.sent) == 1
    chart.look = None
    receipt = save_draft(store, OWNER, "launch", store.drafts.get(OWNER, draft.id), session)
    assert isinstance(receipt, Receipt)
    assert len(receipt.data["records"]) == 4
    assert len(chart.sent) == 1


def test_a_copy_that_nobody_sees_is_not_called_missing_when_the_ehr_refuses_another(
    store, draft, chart, session
):
    """The answer is lost, the search shows nothing, and a second create is not allowed."""

    def once(chart, bundle):
        if len(chart.sent) == 1:
            return lost(chart, bundle)
        return refused(403, "There is one that you may not see")(chart, bundle)

    chart.fault, chart.look = once, hidden
    first = save_draft(store, OWNER, "launch", draft, session)
    assert first.outcome.nothing
    kept = store.drafts.get(OWNER, draft.id)
    result = save_draft(store, OWNER, "launch", kept, session, absent=True)
    assert result.unknown
    assert result.hidden
    assert result.error.issues == ["There is one that you may not see"]
    assert store.drafts.get(OWNER, draft.id).state == "unknown"
    assert len(chart.of_type("Observation")) == 4


def test_a_forbidden_write_is_not_saved_and_keeps_the_draft(store, draft, chart, session):
    chart.fault = refused(403, "Staging is closed")
    result = save_draft(store, OWNER, "launch", draft, session)
    assert result.outcome.nothing
    assert not result.unknown
    assert result.error.issues == ["Staging is closed"]
    kept = store.drafts.get(OWNER, draft.id)
    assert (kept.state, kept.values, kept.plan) == ("open", draft.values, draft.plan)


def test_the_rest_of_a_half_seen_save_refers_to_what_is_not_shown(session, chart, plan):
    """Two were stored one by one and are hidden; the others name them by their told address."""

    def third_fails(chart, bundle):
        return refused(500)(chart, bundle) if len(chart.sent) == 3 else None

    statement = {
        "resourceType": "CapabilityStatement",
        "rest": [{"mode": "server", "interaction": [{"code": "batch"}], "resource": []}],
    }
    session.capability()._rest = statement["rest"][0]
    chart.fault, chart.look = third_fails, forbidden_once_stored(chart)
    outcome = save(session, plan)
    assert len(outcome.unseen) == 2
    assert len(outcome.missing) == 2
    rest = remaining(plan, outcome)
    members = [member["reference"] for member in rest.writes[-1].after["hasMember"]]
    assert members[:2] == [one.reference for one in outcome.unseen]
    assert re.match("urn:uuid:", members[2])


def forbidden_once_stored(chart):
    return lambda name, query: (403, {}, "{}") if name in chart.stored else None


def test_half_a_transaction_is_still_told_apart(session, chart, plan):
    chart.fault = half(2, 403)
    outcome = save(session, plan)
    assert len(outcome.stored) == len(outcome.missing) == 2
    assert isinstance(outcome.error, Forbidden)
    assert not outcome.unseen
