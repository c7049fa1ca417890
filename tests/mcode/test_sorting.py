from pathlib import Path

import pytest

from app.fhir import wire
from app.mcode.assembly import assemble
from app.mcode.sorting import is_wellformed

DATA = sorted((Path(__file__).resolve().parents[2] / "app/sandbox/data").glob("*.json"))
STAGE = {
    "resourceType": "Observation",
    "id": "s",
    "status": "final",
    "subject": {"reference": "Patient/p"},
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "399588009"}]},
}


@pytest.mark.parametrize("path", DATA, ids=lambda path: path.stem)
def test_what_charts_hold_is_wellformed(path):
    for entry in wire.loads(path.read_bytes())["entry"]:
        assert is_wellformed(entry["resource"]), entry["resource"]["id"]


@pytest.mark.parametrize(
    "odd",
    [
        {"status": ["final"]},
        {"meta": "1"},
        {"effectiveDateTime": 2026},
        {"valueQuantity": {"value": "28"}},
        {"valueQuantity": {"value": True}},
        {"valueCodeableConcept": ["x"]},
        {"valueCodeableConcept": {"coding": [{"code": 1}]}},
        {"valueCodeableConcept": {"coding": [{"system": [1], "code": "1"}]}},
        {"component": [{"valueQuantity": {"value": 1, "unit": {}}}]},
        {"hasMember": ["Observation/t"]},
    ],
)
def test_an_odd_resource_is_shown_as_it_is_and_not_read(odd):
    resource = {**STAGE, **odd}
    assert not is_wellformed(resource)
    record = assemble({"resourceType": "Patient", "id": "p"}, [resource])
    assert record.not_interpreted == (resource,)
    assert record.unlinked.stages == ()


R5_STATUS = "http://hl7.org/fhir/5.0/StructureDefinition/extension-AdverseEvent.status"
COMPLETED = {"url": R5_STATUS, "valueCode": "completed"}
EVENT = {
    "resourceType": "AdverseEvent",
    "id": "e",
    "subject": {"reference": "Patient/p"},
    "event": {"text": "Nausea"},
}


@pytest.mark.parametrize(
    "resource",
    [
        {**EVENT, "modifierExtension": [COMPLETED, {"url": "urn:not", "valueBoolean": True}]},
        {**EVENT, "modifierExtension": "not"},
        {**EVENT, "modifierExtension": [{"url": R5_STATUS, "valueCodeableConcept": {}}]},
        {**EVENT, "suspectEntity": [{"modifierExtension": [{"url": "urn:not"}]}]},
        # A type with a status of its own has no other.
        {
            **STAGE,
            "modifierExtension": [
                {**COMPLETED, "url": R5_STATUS.replace("AdverseEvent", "Observation")}
            ],
        },
        {**STAGE, "modifierExtension": [{"url": "urn:not", "valueBoolean": True}]},
    ],
)
def test_what_changes_the_meaning_in_an_unknown_way_is_shown_as_it_is_and_no_fact(resource):
    record = assemble({"resourceType": "Patient", "id": "p"}, [resource])
    assert record.facts() == ()
    assert record.not_interpreted == (resource,)


def test_the_status_that_only_r5_has_is_understood():
    event = {**EVENT, "modifierExtension": [COMPLETED]}
    record = assemble({"resourceType": "Patient", "id": "p"}, [event])
    assert record.adverse_events == (event,)
