"""Adverse events by CTCAE on HAPI FHIR, and their retraction by the status of FHIR R5."""

import uuid

import pytest
import requests

from app.mcode.retraction import retracted
from tests.interop.upstream import ONCOLOGIST
from tests.mcode.conformance.resources import NCIT, concept, grade, sound

pytestmark = [pytest.mark.interop, pytest.mark.network]


@pytest.fixture
def event(hapi):
    """Store a conforming adverse event, whose suspect was given to the same patient."""
    patient = {"reference": f"Patient/{hapi.chart.new_patient()}"}
    drug = {
        "resourceType": "MedicationAdministration",
        "id": f"given-{uuid.uuid4().hex[:12]}",
        "status": "completed",
        "medicationCodeableConcept": {"text": "doxorubicin"},
        "subject": patient,
        "effectiveDateTime": "2026-06-01",
    }
    hapi.chart.put(drug)
    adverse = sound("ctc-adverse-event")
    adverse["suspectEntity"][0]["instance"] = {
        "reference": f"MedicationAdministration/{drug['id']}"
    }
    return hapi.chart.put(
        adverse
        | {
            "id": f"event-{uuid.uuid4().hex[:12]}",
            "identifier": {"system": "urn:test", "value": uuid.uuid4().hex},
            "subject": patient,
            "recorder": {"reference": f"Practitioner/{ONCOLOGIST}"},
        }
    )


def test_it_conforms_as_entered_and_as_retracted(hapi, validator, passes, event):
    reference = f"AdverseEvent/{event['id']}"
    passes([reference])
    taken_back = hapi.chart.put(retracted(event))
    assert taken_back["modifierExtension"][0]["valueCode"] == "entered-in-error"
    passes([reference])


def _status(code):
    def change(event):
        event["modifierExtension"] = retracted(event)["modifierExtension"]
        event["modifierExtension"][0]["valueCode"] = code

    return change


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda event: event.pop("extension"), "extension:grade"),
        (lambda event: event.update(extension=[grade("6")]), "ctcae-grade"),
        (lambda event: event.update(severity={"text": "bad"}), "AdverseEvent.severity"),
        (lambda event: event.update(event=concept(NCIT, "C0")), "C0"),
        (lambda event: event.update(event={"text": "tired"}), "AdverseEvent.event.coding"),
        (_status("banana"), "banana"),
    ],
    ids=["no grade", "grade", "severity", "event", "event in words", "status"],
)
def test_the_validator_finds_an_event_that_was_spoilt(validator, event, spoil, words):
    assert validator.judge(event).faults == []
    spoil(event)
    faults = validator.judge(event).faults
    assert any(words in fault for fault in faults), faults


@pytest.mark.parametrize("query", ["identifier=urn:test|x", "patient=p"])
def test_no_server_finds_it_by_what_r4_does_not_name(hapi, query):
    answer = requests.get(f"{hapi.chart.base}/AdverseEvent?{query}", timeout=60)
    assert answer.status_code == 400
    assert "Unknown search parameter" in answer.text
