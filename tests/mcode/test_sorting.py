from __future__ import annotations

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
