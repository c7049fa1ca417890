"""Events as AuditEvents: each type is sound FHIR, and says who, whose, what and how it ended."""

import base64
from datetime import UTC, datetime
from typing import get_args

import pytest

from app.fhir.check import check_structure
from app.smart.trail_fhir import audit_event
from app.store import Event, EventType, Recorded

AT = datetime(2026, 11, 24, 12, 30, 1, 250000, tzinfo=UTC)
EHR = "https://ehr.example/fhir"
CREATE = {"method": "POST", "target": "Observation", "onto": None, "once": "urn:ietf|urn:uuid:1"}
UPDATE = {"method": "PUT", "target": "Observation/7", "onto": "3", "once": None}
DETAILS = {
    "launch-opened": {"name": "Dr Owen Hale", "encounter": None, "scopes": "launch patient/*.rs"},
    "launch-refused": {"why": "Denied", "words": ["access_denied"]},
    "access-refused": {"why": "WrongPatient"},
    "read": {
        "page": "summary.page",
        "path": "/",
        "method": "GET",
        "status": 200,
        "asked": [["Patient/elena", 200, 1], ["Observation?patient&code", 200, 2]],
    },
    "write-sent": {"writes": [CREATE, UPDATE]},
    "write-answered": {
        "writes": [CREATE, UPDATE],
        "status": 200,
        "failure": None,
        "unknown": False,
        "stored": ["Observation/9/_history/1", "Observation/7/_history/4"],
    },
    "save-checked": {
        "saved": "all",
        "stored": ["Observation/9/_history/1"],
        "authorship": "Provenance/8",
    },
    "draft-discarded": {"form": "tnm-stage", "about": "new:c1"},
    "diagnoses-joined": {"one": "Condition/1", "others": ["Condition/2"]},
    "product-downloaded": {"product": "mcode-bundle", "about": "record", "file": "bundle.json"},
    "diagnoses-parted": {"one": "Condition/1", "others": ["Condition/2"]},
    "decision-taken-back": {"decision": "x"},
    "trail-read": {"by": "root", "format": "fhir", "asked_for": {"patient": "elena"}},
}


def event(event_type, **details):
    return Event(
        event_type,
        "example",
        EHR,
        "0123456789abcdef",
        "Practitioner/owen",
        "elena",
        DETAILS.get(event_type, {}) | details,
    )


def made(event_type, **details):
    return audit_event(Recorded(5, AT, event(event_type, **details)))


def references(resource):
    return [entity["what"]["reference"] for entity in resource["entity"] if "what" in entity]


@pytest.mark.parametrize("event_type", get_args(EventType))
def test_every_event_type_is_sound_fhir_and_says_who_whose_when_and_where(event_type):
    resource = made(event_type)
    assert check_structure(resource) == []
    assert resource["recorded"] == "2026-11-24T12:30:01.250+00:00"
    assert resource["source"]["observer"] == {"display": "Oncoform"}
    person, app, ehr = resource["agent"]
    assert person["who"] == {"reference": f"{EHR}/Practitioner/owen"}
    assert [agent["requestor"] for agent in resource["agent"]] == [True, False, False]
    assert app["who"] == {"display": "Oncoform"}
    assert ehr["network"] == {"address": EHR, "type": "5"}
    patient = resource["entity"][0]
    assert patient["what"] == {"reference": f"{EHR}/Patient/elena"}
    assert patient["role"]["code"] == "1"
    assert patient["detail"] == [{"type": "launch", "valueString": "0123456789abcdef"}]
    assert resource["outcomeDesc"].startswith(event_type)


@pytest.mark.parametrize("event_type", get_args(EventType))
def test_every_event_type_is_sound_where_nobody_is_known(event_type):
    resource = audit_event(Recorded(5, AT, Event(event_type)))
    assert check_structure(resource) == []
    assert "who" not in resource["agent"][0]
    assert resource["agent"][0]["requestor"] is True


@pytest.mark.parametrize(
    ("event_type", "details", "type_", "subtypes", "action", "outcome"),
    [
        ("launch-opened", {}, "110114", ["110122"], "E", "0"),
        ("launch-refused", {}, "110114", ["110122"], "E", "4"),
        ("signed-out", {}, "110114", ["110123"], "E", "0"),
        ("access-extended", {}, "110114", [], "E", "0"),
        ("access-not-extended", {}, "110114", [], "E", "4"),
        ("access-refused", {}, "110113", [], "E", "4"),
        ("refusals-left-out", {}, "110113", [], "E", "4"),
        ("draft-discarded", {}, "110110", [], "D", "0"),
        ("trail-read", {}, "110101", [], "R", "0"),
        ("trail-purged", {}, "110101", [], "D", "0"),
        ("sending-queued", {}, "110106", [], "R", "0"),
        ("sending-answered", {"state": "accepted"}, "110106", [], "R", "0"),
        ("sending-answered", {"state": "refused", "status": 400}, "110106", [], "R", "4"),
        ("sending-answered", {"state": "unknown", "status": None}, "110106", [], "R", "8"),
        ("read", {}, "rest", ["read", "search-type"], "R", "0"),
        ("read", {"asked": [["Observation?code", 200, 1]]}, "rest", ["search-type"], "R", "0"),
        ("read", {"asked": [["Patient/elena", 404, 1]], "status": 404}, "rest", ["read"], "R", "4"),
        ("read", {"status": 504}, "rest", ["read", "search-type"], "R", "8"),
        ("write-sent", {}, "rest", ["transaction"], "E", "0"),
        ("write-sent", {"writes": [CREATE]}, "rest", ["create"], "C", "0"),
        ("write-sent", {"writes": [UPDATE]}, "rest", ["update"], "U", "0"),
        ("write-sent", {"writes": [CREATE, CREATE]}, "rest", ["transaction"], "C", "0"),
        ("write-answered", {"status": 409}, "rest", ["transaction"], "E", "4"),
        ("write-answered", {"status": 500}, "rest", ["transaction"], "E", "8"),
        ("write-answered", {"status": None, "unknown": True}, "rest", ["transaction"], "E", "8"),
        ("save-checked", {}, "rest", ["read"], "R", "0"),
        ("save-checked", {"saved": "in part"}, "rest", ["read"], "R", "4"),
        ("save-checked", {"saved": "nothing"}, "rest", ["read"], "R", "4"),
        ("save-checked", {"saved": "unknown"}, "rest", ["read"], "R", "8"),
    ],
)
def test_what_was_done_and_how_it_ended(event_type, details, type_, subtypes, action, outcome):
    resource = made(event_type, **details)
    assert resource["type"]["code"] == type_
    assert [subtype["code"] for subtype in resource.get("subtype", [])] == subtypes
    assert (resource["action"], resource["outcome"]) == (action, outcome)


def test_what_was_sent_names_its_receiver_as_the_destination():
    resource = made("sending-attempted", receiver="registry", address="https://r.example/Bundle")
    destination = resource["agent"][2]
    assert destination["who"] == {"display": "registry"}
    assert destination["network"]["address"] == "https://r.example/Bundle"


def test_a_read_names_what_was_read_and_how_was_searched():
    resource = made("read")
    assert references(resource)[1:] == [f"{EHR}/Patient/elena"]
    query = resource["entity"][2]
    assert base64.b64decode(query["query"]).decode() == "Observation?patient&code"
    assert query["role"]["code"] == "24"
    assert "name" not in query


def test_a_write_names_what_is_to_be_replaced_and_what_is_to_be_made():
    created, updated = made("write-sent")["entity"][1:]
    assert created["name"] == "Observation"
    assert created["detail"] == [{"type": "once", "valueString": "urn:ietf|urn:uuid:1"}]
    assert updated["what"] == {"reference": f"{EHR}/Observation/7"}
    assert updated["detail"] == [{"type": "onto", "valueString": "3"}]


def test_an_answered_write_names_the_versions_that_were_stored():
    assert references(made("write-answered"))[1:] == [
        f"{EHR}/Observation/9/_history/1",
        f"{EHR}/Observation/7/_history/4",
    ]
    refused = made("write-answered", status=409, failure="Conflict", stored=[])
    assert references(refused)[1:] == [f"{EHR}/Observation/7"]
    assert "failure: Conflict" in refused["outcomeDesc"]


def test_who_came_in_is_named_and_who_read_the_trail_by_the_account():
    assert made("launch-opened")["agent"][0]["name"] == "Dr Owen Hale"
    assert made("trail-read")["agent"][0]["altId"] == "root"


def test_an_event_that_cannot_be_opened_says_so():
    resource = audit_event(Recorded(5, AT, Event("read", "example", details={"unreadable": True})))
    assert check_structure(resource) == []
    assert "unreadable: True" in resource["outcomeDesc"]
