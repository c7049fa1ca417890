import copy

import pytest

from app.fhir.check import check_structure
from app.fhir.resource_types import RESOURCE_TYPES
from app.mcode.conformance import problems
from app.mcode.retraction import is_retracted, retracted
from tests.forms.cases import concept
from tests.forms.patient import CHART
from tests.forms.treating import MCODE

VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"

R5_STATUS = "http://hl7.org/fhir/5.0/StructureDefinition/extension-AdverseEvent.status"
ERROR = "entered-in-error"
CONDITION = {"resourceType": "Condition"}
ADVERSE_EVENT = {
    "resourceType": "AdverseEvent",
    "id": "ae",
    "actuality": "actual",
    "event": {"text": "Nausea"},
    "subject": {"reference": "Patient/pat"},
}


def adverse_event(**more):
    return {**ADVERSE_EVENT, **more}


STOPPED = {
    "resourceType": "MedicationRequest",
    "meta": {"profile": [f"{MCODE}cancer-related-medication-request"]},
    "status": "stopped",
    "intent": "plan",
    "medicationCodeableConcept": {"text": "paclitaxel"},
    "subject": {"reference": "Patient/pat"},
}

# What FHIR R4 asks of a type, beside the patient.
NAMED = {"code": {"text": "x"}}
DRUG = {"medicationCodeableConcept": {"text": "x"}}
MANDATORY = {
    "Observation": {"status": "final", **NAMED},
    "DiagnosticReport": {"status": "final", **NAMED},
    "Procedure": {"status": "completed"},
    "MedicationRequest": {"status": "active", "intent": "order", **DRUG},
    "MedicationAdministration": {
        "status": "completed",
        "effectiveDateTime": "2026",
        **DRUG,
    },
    "MedicationStatement": {"status": "active", **DRUG},
    "FamilyMemberHistory": {
        "status": "completed",
        "relationship": {"text": "Mother"},
    },
    "AdverseEvent": {"actuality": "actual"},
    "CarePlan": {"status": "active", "intent": "plan"},
    "Encounter": {"status": "finished", "class": {"code": "AMB"}},
    "Immunization": {
        "status": "completed",
        "vaccineCode": {"text": "x"},
        "occurrenceDateTime": "2026",
    },
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


def test_what_has_a_status_in_r5_only_gets_that_by_extension():
    after = retracted(ADVERSE_EVENT)
    extension = {"url": R5_STATUS, "valueCode": "entered-in-error"}
    assert after == {**ADVERSE_EVENT, "modifierExtension": [extension]}
    assert retracted(after) == after


def test_other_modifiers_stay_and_an_earlier_status_does_not():
    other = {"url": "urn:x", "valueBoolean": True}
    earlier = {"url": R5_STATUS, "valueCode": "completed"}
    after = retracted({**ADVERSE_EVENT, "modifierExtension": [earlier, other]})
    extension = {"url": R5_STATUS, "valueCode": "entered-in-error"}
    assert after["modifierExtension"] == [other, extension]


@pytest.mark.parametrize(
    "row", [row for row in RESOURCE_TYPES.values() if row.status], ids=lambda row: row.name
)
def test_each_type_has_a_way_that_is_understood_and_keeps_its_structure(row):
    whose = {row.subject: {"reference": "Patient/pat"}} if row.subject else {}
    before = {"resourceType": row.name, **whose, **MANDATORY.get(row.name, {})}
    after = retracted(before)
    assert not is_retracted(before)
    assert is_retracted(after)
    assert check_structure(before) == []
    assert check_structure(after) == []


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


@pytest.mark.parametrize(
    ("resource", "retracted"),
    [
        ({"resourceType": "BodyStructure"}, False),
        ({"resourceType": "BodyStructure", "active": True}, False),
        ({"resourceType": "BodyStructure", "active": False}, True),
        ({"resourceType": "Procedure", "status": "entered-in-error"}, True),
        ({"resourceType": "Procedure", "status": "stopped"}, False),
        ({"resourceType": "Observation", "status": "cancelled"}, True),
        ({"resourceType": "MedicationRequest", "status": "cancelled"}, False),
        (CONDITION | {"verificationStatus": {"coding": [{"code": "refuted"}]}}, True),
        (
            CONDITION
            | {"verificationStatus": {"coding": [{"code": "local"}, {"code": "refuted"}]}},
            True,
        ),
        (CONDITION | {"status": "entered-in-error"}, False),
        (ADVERSE_EVENT, False),
        (adverse_event(modifierExtension=[{"url": "urn:x", "valueCode": ERROR}]), False),
        (adverse_event(modifierExtension=[{"url": R5_STATUS, "valueCode": "completed"}]), False),
        (adverse_event(modifierExtension=[{"url": R5_STATUS, "valueCode": ERROR}]), True),
        (
            adverse_event(
                modifierExtension=[
                    {"url": R5_STATUS, "valueCode": "completed"},
                    {"url": R5_STATUS, "valueCode": ERROR},
                ]
            ),
            True,
        ),
        (adverse_event(extension=[{"url": R5_STATUS, "valueCode": ERROR}]), False),
    ],
)
def test_what_is_taken_out_of_use_is_no_fact(resource, retracted):
    assert is_retracted(resource) is retracted
