from datetime import UTC, datetime

import pytest

from app.smart.context import read_context
from app.smart.errors import NoPatient

BASE = "https://ehr.example/fhir"


def test_everything_that_an_ehr_may_say_is_kept():
    context = {
        "patient": "elena",
        "encounter": "visit-1",
        "need_patient_banner": False,
        "intent": "tnm",
        "tenant": "a",
        "smart_style_url": "https://ehr.example/style",
        "fhirContext": [
            {"reference": "Condition/1"},
            {"canonical": "http://x", "role": "http://role", "type": "Questionnaire"},
            {"identifier": {"value": "1"}},
        ],
        "__private": 1,
        "https://vendor.example/key": {},
    }
    assert read_context(context) == {
        "patient": "elena",
        "encounter": "visit-1",
        "need_patient_banner": False,
        "intent": "tnm",
        "tenant": "a",
        "smart_style_url": "https://ehr.example/style",
        "fhir_context": [
            {"reference": "Condition/1", "role": "launch"},
            {"canonical": "http://x", "role": "http://role", "type": "Questionnaire"},
            {"identifier": {"value": "1"}, "role": "launch"},
        ],
    }


def test_the_longest_text_is_kept_and_what_follows_an_odd_item_too():
    reference = f"Condition/{'x' * 1990}"
    said = {"patient": "x" * 64, "intent": "x" * 2000}
    said["fhirContext"] = [7, None, {"role": "x"}, {"reference": reference}]
    kept = read_context(said)
    assert (kept["patient"], kept["intent"]) == ("x" * 64, "x" * 2000)
    assert kept["fhir_context"] == [{"reference": reference, "role": "launch"}]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"patient": 7, "encounter": 8, "tenant": 9}, ("7", "8", "9")),
        ({"patient": "Patient/a", "encounter": "Encounter/b"}, ("a", "b", None)),
        ({"patient": f"{BASE}/Patient/a", "encounter": f"{BASE}/Encounter/b"}, ("a", "b", None)),
        ({"patient": "a", "encounter": "Patient/b", "tenant": True}, ("a", None, None)),
    ],
)
def test_an_id_may_be_a_number_or_a_reference(said, kept):
    context = read_context(said, BASE)
    assert (context["patient"], context["encounter"], context["tenant"]) == kept


EMPTY = {
    "patient": "elena",
    "encounter": None,
    "need_patient_banner": True,
    "intent": None,
    "tenant": None,
    "smart_style_url": None,
    "fhir_context": [],
}


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"encounter": 7.5, "intent": [], "tenant": {}, "smart_style_url": "", "fhirContext": {}},
        {"encounter": "a/b", "need_patient_banner": None, "fhirContext": [7, {}, {"role": "x"}]},
        {"need_patient_banner": "false", "intent": "x" * 2001},
        {"tenant": "\ud800", "intent": "a\nb", "fhirContext": [{"reference": "\ud800"}]},
        {"need_patient_banner": 0, "fhirContext": [{"reference": 7}]},
    ],
)
def test_what_is_missing_or_malformed_is_left_out(said):
    assert read_context({"patient": "elena", **said}) == EMPTY


@pytest.mark.parametrize(
    "patient", [None, "", 7.5, True, ["elena"], "a/b", "a b", ".", "..", "elena\n", "é"]
)
def test_every_launch_has_a_patient(patient):
    with pytest.raises(NoPatient):
        read_context({"patient": patient})


def test_a_launch_says_what_the_ehr_said(ehr, launch, app, browser):
    ehr.token = {"encounter": "visit-1", "need_patient_banner": False, "intent": "tnm"}
    launch_id = launch()
    key = browser.get_cookie("__Host-oncoform", domain="app.example").value
    opened = app.extensions["smart"].find_launch(launch_id, key)
    assert opened.id == launch_id
    assert opened.ehr.name == "Example EHR"
    assert (opened.patient_id, opened.encounter_id) == ("elena", "visit-1")
    assert (opened.user.reference, opened.user.name) == ("Practitioner/owen", "Dr Owen Hale")
    assert opened.scopes.permits("c", "Observation")
    assert opened.need_patient_banner is False
    assert opened.intent == "tnm"
    assert opened.can_refresh
    assert 3500 < (opened.expires_at - datetime.now(UTC)).total_seconds() <= 3600


def test_the_owner_is_the_same_person_with_the_same_patient(ehr, launch, app, browser):
    def owner(**change):
        ehr.claims = {key: value for key, value in change.items() if key == "fhirUser"}
        ehr.token = {key: value for key, value in change.items() if key != "fhirUser"}
        launch_id = launch()
        key = browser.get_cookie("__Host-oncoform", domain="app.example").value
        return app.extensions["smart"].find_launch(launch_id, key).owner

    first = owner()
    assert owner() == first
    assert owner(patient="bob") != first
    assert owner(fhirUser="Practitioner/nancy") != first
    tenants = [owner(tenant="north"), owner(tenant="south")]
    assert len({first, *tenants}) == 3
    assert owner(tenant="north") == tenants[0]
    unknown = {"scope": "launch", "id_token": None}
    assert owner(**unknown) != owner(**unknown)
