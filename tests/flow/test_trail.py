"""The audit trail of a whole morning: opened, read, written, refused, closed."""

import re

import pytest

from app.store import EventFilter
from tests.flow.answers import PATHOLOGIC
from tests.live import Chart

pytestmark = pytest.mark.server

NURSE = "nurse-nancy"


@pytest.fixture
def told(running):
    """The events about a patient, in their order."""
    audit = running.flask.extensions["store"].audit
    return lambda patient: [found.event for found in audit.find(EventFilter(patient=patient))]


def kinds(events):
    return [event.type for event in events]


def test_a_save_is_told_from_the_launch_to_the_chart(running, clinician, told):
    clinician.launch("elena-martinez", NURSE).open("forms/tnm-stage/new")
    clinician.send(**PATHOLOGIC).send("save")
    written = clinician.written()
    events = told("elena-martinez")
    assert {event.user for event in events} == {f"Practitioner/{NURSE}"}
    assert {event.issuer for event in events} == {running.fhir}
    assert len({event.launch for event in events}) == 1
    assert kinds(events)[:3] == ["launch-opened", "read", "read"]
    assert [k for k in kinds(events) if k != "read"] == [
        "launch-opened",
        "write-sent",
        "write-answered",
        "save-checked",
    ]
    by_kind = {event.type: event.details for event in events}
    onto = [(write["method"], write["target"]) for write in by_kind["write-sent"]["writes"]]
    assert onto == [("POST", "Observation")] * 4 + [("POST", "Provenance")]
    answered = by_kind["write-answered"]
    assert (answered["status"], answered["unknown"]) == (200, False)
    assert [stored.partition("/_history/")[0] for stored in answered["stored"]] == written
    checked = by_kind["save-checked"]
    assert checked["saved"] == "all"
    assert [*checked["stored"], checked["authorship"]] == [*answered["stored"][:4], written[4]]


def test_the_summary_is_one_event_that_names_what_was_asked_and_nothing_found(clinician, told):
    clinician.launch("colm-doherty", NURSE)
    opened, read = told("colm-doherty")
    assert opened.details["name"]
    assert read.details["page"] == "summary.page"
    assert read.details["path"] == "/"
    asked = [what for what, _, _ in read.details["asked"]]
    assert {what for what in asked if what.startswith("Condition")} == {
        "Condition?patient&_count",
        "Condition?patient&category&_count",
    }
    assert ["Patient/colm-doherty", 200, 1] in read.details["asked"]
    assert "Doherty" not in repr(read)


def test_a_change_that_met_a_newer_version_is_told_as_refused(running, clinician, told):
    clinician.launch("samuel-adeyemi", NURSE)
    group = re.search(r'forms/tnm-stage/([\w.-]+)"', clinician.page.text)[1]
    clinician.open(f"forms/tnm-stage/{group}").send(note="mine")
    chart = Chart(running, "samuel-adeyemi")
    theirs = {**chart.read(f"Observation/{group}"), "note": [{"text": "theirs"}]}
    assert chart.put(theirs).status_code == 200
    clinician.send("save")
    assert clinician.page.status_code == 409
    # The newer version is met where the chart is read before anything is sent.
    (checked,) = [e for e in told("samuel-adeyemi") if "-" in e.type][1:]
    assert checked.details == {"saved": "nothing", "stored": []}


def test_a_page_of_another_patient_and_a_discarded_draft_are_told(running, clinician, told):
    clinician.launch("elena-martinez", NURSE).open("forms/tnm-stage/new")
    before = len(told("elena-martinez"))
    clinician.send(patient="colm-doherty")
    assert clinician.page.status_code == 409
    refused = next(e for e in told("elena-martinez")[before:] if e.type == "access-refused")
    assert refused.details == {"why": "WrongPatient"}
    clinician.open("forms/tnm-stage/new").send(**{**PATHOLOGIC, "t": ""})
    clinician.open("forms/tnm-stage/new").send("discard")
    discarded = [event for event in told("elena-martinez") if event.type == "draft-discarded"]
    assert [event.details["form"] for event in discarded] == ["tnm-stage"]
    clinician.http.post(f"{clinician.home}sign-out", headers={"Origin": running.app}, timeout=30)
    assert told("elena-martinez")[-1].type == "signed-out"
