from __future__ import annotations

import pytest

from app.mcode.assembly import assemble
from app.mcode.course import has_moved_on, is_later, was_operated_first

SNOMED = "http://snomed.info/sct"
INTENT = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-procedure-intent"
PROFILE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-cancer-related-surgical-procedure"
ME = {"reference": "Patient/p"}
CANCER = {
    "resourceType": "Condition",
    "id": "c",
    "subject": ME,
    "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C50.412"}]},
}


def operation(**changes):
    return {
        "resourceType": "Procedure",
        "id": "op",
        "meta": {"profile": [PROFILE]},
        "status": "completed",
        "subject": ME,
        "code": {"text": "Lumpectomy"},
        "reasonReference": [{"reference": "Condition/c"}],
        "performedDateTime": "2026-04-21",
        **changes,
    }


DRUG = {
    "resourceType": "MedicationRequest",
    "id": "drug",
    "status": "active",
    "intent": "order",
    "subject": ME,
    "medicationCodeableConcept": {"text": "a drug"},
    "reasonReference": [{"reference": "Condition/c"}],
    "authoredOn": "2026-05-01",
}


def record(*resources):
    return assemble({"resourceType": "Patient", "id": "p"}, [CANCER, *resources])


@pytest.mark.parametrize(
    ("changes", "operated"),
    [
        ({}, True),
        ({"status": "in-progress"}, True),
        ({"performedDateTime": "2026-05-02"}, False),
        ({"status": "preparation"}, False),
        ({"status": "not-done"}, False),
        ({"reasonReference": [{"reference": "Condition/other"}]}, False),
        ({"extension": [{"url": INTENT, "valueCodeableConcept": {"text": "Diagnostic"}}]}, False),
    ],
)
def test_an_operation_counts_when_it_was_done_for_this_cancer_and_first(changes, operated):
    found = record(operation(**changes), DRUG)
    assert was_operated_first(found, found.primaries[0]) is operated


def status(code, date):
    return {
        "resourceType": "Observation",
        "id": date,
        "subject": ME,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "97509-4"}]},
        "focus": [{"reference": "Condition/c"}],
        "effectiveDateTime": date,
        "valueCodeableConcept": {"coding": [{"system": SNOMED, "code": code}]},
    }


@pytest.mark.parametrize(
    ("codes", "moved_on"),
    [((), False), (("271299001",), True), (("271299001", "268910001"), False)],
)
def test_only_the_newest_status_says_whether_it_has_moved_on(codes, moved_on):
    statuses = [status(code, f"2026-0{month + 1}-01") for month, code in enumerate(codes)]
    assert has_moved_on(record(*statuses).primaries[0]) is moved_on


@pytest.mark.parametrize(
    ("one", "other", "later"),
    [
        ("2026-04-02", "2026-04-01", True),
        ("2026-04-01", "2026-04-01", False),
        ("2026-04", "2026-04-30", False),
        ("2026", "2025-12-31", True),
        ("2026-04-01T23:00:00+02:00", "2026-04-01", False),
    ],
)
def test_partial_dates_are_compared_as_far_as_both_go(one, other, later):
    assert is_later(one, other) is later
