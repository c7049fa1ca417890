from __future__ import annotations

import copy

import pytest

from app.forms._saving.retraction import retracted
from app.mcode.compartment import is_retracted
from app.mcode.conformance import problems
from tests.forms.cases import concept
from tests.forms.patient import CHART
from tests.forms.treating import MCODE

VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"

STOPPED = {
    "resourceType": "MedicationRequest",
    "meta": {"profile": [f"{MCODE}cancer-related-medication-request"]},
    "status": "stopped",
    "intent": "plan",
    "medicationCodeableConcept": {"text": "paclitaxel"},
    "subject": {"reference": "Patient/pat"},
}


def condition(**more):
    return {
        "resourceType": "Condition",
        "id": "c",
        "meta": {
            "profile": [
                "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-primary-cancer-condition"
            ]
        },
        "clinicalStatus": {"coding": [{"system": CLINICAL, "code": "remission"}]},
        "verificationStatus": {"coding": [{"system": VERIFICATION, "code": "confirmed"}]},
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/condition-category",
                        "code": "problem-list-item",
                    }
                ]
            }
        ],
        "code": {"text": "Cancer"},
        "subject": {"reference": "Patient/pat"},
        **more,
    }


def test_a_condition_is_entered_in_error_and_has_no_clinical_status_and_no_end():
    before = condition(
        abatementDateTime="2026-03",
        _abatementDateTime={"extension": [{"url": "urn:x", "valueString": "about"}]},
        note=[{"text": "kept"}],
    )
    after = retracted(before)
    coding = {"system": VERIFICATION, "code": "entered-in-error"}
    expected = {**condition(note=[{"text": "kept"}]), "verificationStatus": {"coding": [coding]}}
    del expected["clinicalStatus"]
    assert after == expected
    assert problems(after) == []
    assert is_retracted(after)


def test_a_body_structure_is_taken_out_of_use():
    before = next(r for r in CHART if r["resourceType"] == "BodyStructure")
    after = retracted(before)
    assert after == {**before, "active": False}
    assert is_retracted(after)


@pytest.mark.parametrize("type_", ["Observation", "Specimen", "Procedure", "MedicationRequest"])
def test_what_has_a_status_is_entered_in_error(type_):
    after = retracted({"resourceType": type_, "id": "x", "status": "final"})
    assert after == {"resourceType": type_, "id": "x", "status": "entered-in-error"}
    assert is_retracted(after)


def test_the_resource_that_was_read_is_left_as_it_is():
    before = condition()
    kept = copy.deepcopy(before)
    retracted(before)
    assert before == kept


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (concept("407563006", "Neuropathy"), "Neuropathy"),
        (
            {
                "coding": [
                    {"system": "http://snomed.info/sct", "code": "77386006", "display": "Pregnancy"}
                ]
            },
            "Pregnancy",
        ),
    ],
)
def test_of_the_reason_for_stopping_the_words_stay(reason, words):
    before = {**STOPPED, "statusReason": reason}
    assert problems(before) == []
    after = retracted(before)
    assert after == {**before, "status": "entered-in-error", "statusReason": {"text": words}}
    assert problems(after) == []
    assert before["statusReason"] == reason


def test_of_an_administration_each_reason_keeps_its_words():
    before = {
        "resourceType": "MedicationAdministration",
        "status": "stopped",
        "statusReason": [concept("407563006", "Neuropathy"), {"text": "Rash"}],
    }
    assert retracted(before)["statusReason"] == [{"text": "Neuropathy"}, {"text": "Rash"}]


def test_a_reason_of_another_status_is_left_alone():
    held = {**STOPPED, "status": "on-hold", "statusReason": concept("165517008", "Neutropenia")}
    assert retracted(held) == {**held, "status": "entered-in-error"}
