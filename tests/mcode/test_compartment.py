from __future__ import annotations

import pytest

from app.mcode.compartment import is_retracted


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
    ],
)
def test_what_is_taken_out_of_use_is_no_fact(resource, retracted):
    assert is_retracted(resource) is retracted
