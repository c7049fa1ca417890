"""A type that no server searches by identifier (R4, AdverseEvent), and that has no status."""

import copy
import json

import pytest
import requests

from app.fhir.check import check_structure
from app.fhir.resource_types import resource_type
from app.forms._definition import EntryForm, Part
from app.forms._new import new_resource
from app.forms._saving.plan import Plan, Write, plan_entry
from app.forms._saving.review import names_of, record_rows
from app.forms._saving.save import save
from app.forms._saving.sending import NotSaved, keep_plan, save_draft
from app.mcode.kinds import Kind
from app.mcode.retraction import is_retracted, retracted
from app.store import Receipt
from tests.forms.chart import lost

OWNER = "owner"
PROFILE = "http://hl7.org/fhir/us/ctcae/StructureDefinition/ctc-adverse-event"
IDENTIFIER = {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:one"}
RECORDED = "2026-03-20T10:00:00+00:00"


def event(**more):
    resource = {
        "resourceType": "AdverseEvent",
        "actuality": "actual",
        "event": {"text": "Nausea"},
        "subject": {"reference": "Patient/pat"},
        "date": "2026-03-12",
        **more,
    }
    resource_type(resource).identify(resource, IDENTIFIER)
    return resource


def plan_of(**write):
    return Plan("Adverse event", "Dr A", RECORDED, (Write("Adverse event", **write),), None)


@pytest.fixture
def new():
    return plan_of(act="new", full_url="urn:uuid:x", after=event(), identifier=IDENTIFIER)


@pytest.fixture
def chart(chart):
    """A chart that refuses what FHIR R4 does not know, and holds another event."""

    def strict(name, query):
        if name == "AdverseEvent" and "subject" not in query:
            return 400, {}, json.dumps({"resourceType": "OperationOutcome"})
        return None

    other = event(id="other", meta={"versionId": "1"})
    other["identifier"] = {"value": "urn:uuid:other"}
    chart.stored["AdverseEvent/other"] = other
    chart.look = strict
    return chart


@pytest.fixture
def draft(store, new):
    kept = store.drafts.start(OWNER, "adverse-event", "new:patient", {})
    keep_plan(store, OWNER, kept, new)
    return store.drafts.get(OWNER, kept.id)


class Nausea(EntryForm):
    """A form for a type outside mCODE that says nothing of its own."""

    slug, title = "nausea", "Nausea"
    parts = (Part("main", "Nausea", PROFILE, "AdverseEvent"),)
    kinds = (Kind.ADVERSE_EVENT,)
    rows = ()

    def new_resource(self, part, subject, author):
        said = {"actuality": "actual", "event": {"text": "Nausea"}}
        return new_resource(part, subject, author) | said


def test_a_form_needs_no_more_than_the_row(make_subject, author, session, chart):
    subject = make_subject()
    plan = plan_entry(Nausea(), subject, author, "draft-1")
    (write,) = plan.writes
    assert write.after == {
        "resourceType": "AdverseEvent",
        "meta": {"profile": [PROFILE]},
        "subject": {"reference": "Patient/pat"},
        "encounter": {"reference": "Encounter/visit"},
        "recorder": {"reference": "Practitioner/nancy", "display": "Nancy Nurse"},
        "recordedDate": "2026-11-24",
        "identifier": write.identifier,
        "actuality": "actual",
        "event": {"text": "Nausea"},
    }
    assert check_structure(write.after) == []
    (row,) = record_rows(plan, {})
    assert row.after == "Nausea"
    assert "Whether it happened" not in {line.label for line in row.lines}
    assert save(session, plan).complete
    stored = next(r for r in chart.of_type("AdverseEvent") if r["id"] != "other")
    record = make_subject(stored).record
    assert Nausea.matches(record, record.find(f"AdverseEvent/{stored['id']}"))
    assert names_of(record)[f"AdverseEvent/{stored['id']}"] == "Nausea, 24-Nov-2026"
    assert not make_subject(retracted(stored)).record.adverse_events


def test_it_is_created_without_a_condition_that_servers_refuse(session, chart, new):
    assert save(session, new).complete
    (entry,) = chart.sent[0]["entry"]
    assert "ifNoneExist" not in entry["request"]
    assert entry["resource"]["identifier"] == IDENTIFIER


def test_after_a_lost_answer_it_is_found_among_the_patients(session, chart, new):
    chart.fault = lost
    outcome = save(session, new)
    assert outcome.complete
    assert outcome.stored[0].resource["identifier"] == IDENTIFIER
    assert len(chart.of_type("AdverseEvent")) == 2


def test_what_arrives_late_is_looked_for_before_it_is_sent_again(store, draft, chart, session):
    late = []

    def slow(chart, bundle):
        late.append(copy.deepcopy(bundle))
        raise requests.ReadTimeout

    chart.fault = slow
    result = save_draft(store, OWNER, "launch", draft, session)
    assert isinstance(result, NotSaved)
    chart.fault = None
    chart.apply(late[0])
    again = store.drafts.get(OWNER, draft.id)
    assert again.state == "unknown"
    assert isinstance(save_draft(store, OWNER, "launch", again, session), Receipt)
    assert len(chart.sent) == 1
    assert len(chart.of_type("AdverseEvent")) == 2


def test_after_a_lost_answer_it_is_found_although_the_server_adds_to_its_identifier(
    session, chart, new
):
    def adds(chart, bundle):
        bundle["entry"][0]["resource"]["identifier"]["use"] = "official"
        lost(chart, bundle)

    chart.fault = adds
    assert save(session, new).complete


@pytest.mark.parametrize("status", [400, 404])
def test_it_can_be_closed_where_the_ehr_does_not_search_the_type(
    store, draft, chart, session, status
):
    """Asked again and again it would keep every other entry of the form from being begun."""
    chart.fault = lost
    chart.look = lambda name, query: (status, {}, "{}") if query else None
    result = save_draft(store, OWNER, "launch", draft, session)
    assert result.unknown
    assert result.hidden
    assert store.drafts.get(OWNER, draft.id).state == "unknown"


def test_its_retraction_is_read_back_and_reviewed_in_words(session, chart):
    before = event(id="one", meta={"versionId": "1"})
    chart.stored["AdverseEvent/one"] = before
    plan = plan_of(
        act="retracted", full_url="AdverseEvent/one", before=before, after=retracted(before)
    )
    (row,) = record_rows(plan, {})
    assert (row.before, row.after) == ("Nausea", "Entered in error")
    assert [(line.label, line.after) for line in row.lines] == [("Status", "entered-in-error")]
    assert save(session, plan).complete
    assert is_retracted(chart.stored["AdverseEvent/one"])


def test_a_retraction_that_the_chart_did_not_keep_is_not_called_saved(session, chart):
    before = event(id="one", meta={"versionId": "1"})
    chart.stored["AdverseEvent/one"] = before
    plan = plan_of(
        act="retracted", full_url="AdverseEvent/one", before=before, after=retracted(before)
    )

    def forgetful(chart, bundle):
        del bundle["entry"][0]["resource"]["modifierExtension"]

    chart.fault = forgetful
    assert not save(session, plan).complete
