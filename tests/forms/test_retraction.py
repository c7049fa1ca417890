from __future__ import annotations

import pytest

from app.forms._retraction import retracted
from app.mcode.conformance import problems
from tests.forms.cases import concept
from tests.forms.treating import MCODE

STOPPED = {
    "resourceType": "MedicationRequest",
    "meta": {"profile": [f"{MCODE}cancer-related-medication-request"]},
    "status": "stopped",
    "intent": "plan",
    "medicationCodeableConcept": {"text": "paclitaxel"},
    "subject": {"reference": "Patient/pat"},
}


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
