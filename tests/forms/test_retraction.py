from __future__ import annotations

import copy

import pytest

from app.forms._retraction import retracted
from app.mcode.compartment import is_retracted
from app.mcode.conformance import problems
from tests.forms.patient import CHART

VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"


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
