"""Who signs a new resource, as its profile allows."""

from __future__ import annotations

import pytest

from app.forms._definition import Author
from app.forms.medication_request import MedicationRequest
from tests.forms.treating import subject_with


@pytest.mark.parametrize(
    ("reference", "signed"),
    [
        (
            "Practitioner/nancy",
            {"requester": {"display": "Nancy", "reference": "Practitioner/nancy"}},
        ),
        (
            "PractitionerRole/nurse",
            {
                "requester": {"display": "Nancy"},
                "recorder": {"display": "Nancy", "reference": "PractitionerRole/nurse"},
            },
        ),
        ("RelatedPerson/aunt", {"requester": {"display": "Nancy"}}),
        (None, {"requester": {"display": "Nancy"}}),
    ],
)
def test_an_order_names_whom_the_profile_lets_order(reference, signed):
    part = MedicationRequest.parts[0]
    author = Author(reference, "Nancy")
    resource = MedicationRequest().new_resource(part, subject_with(), author)
    found = {name: resource[name] for name in ("requester", "recorder") if name in resource}
    assert found == signed
