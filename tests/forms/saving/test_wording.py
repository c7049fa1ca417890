from __future__ import annotations

import pytest

from app.forms._elements import TUMOR_IDENTIFIER
from app.forms._saving.wording import elements_of, headline_of
from tests.forms.cases import concept

NUMBER = {**TUMOR_IDENTIFIER, "system": "urn:radiology", "value": "Tumor 1"}
OWN = {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:1"}


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        ({"component": [{"valueQuantity": {"value": 28, "unit": "mm"}}] * 2}, "28 mm, 28 mm"),
        ({"hasMember": [{"reference": "Observation/h"}]}, "1 finding"),
        ({"hasMember": [{"reference": "Observation/h"}] * 2}, "2 findings"),
        ({"dataAbsentReason": {"text": "Not known"}, "component": [{}]}, "Not known"),
        ({}, "No data"),
    ],
)
def test_what_has_no_value_of_its_own_is_told_by_what_it_is_made_of(resource, words):
    assert headline_of({"resourceType": "Observation", **resource}) == words


def test_of_identifiers_only_the_number_of_a_tumor_is_told():
    specimen = {
        "resourceType": "Specimen",
        "identifier": [OWN, {**TUMOR_IDENTIFIER, **OWN}, NUMBER],
        "type": concept("TISS", "Tissue"),
    }
    assert elements_of(specimen, {}) == {"Number of the tumor": "Tumor 1"}


def test_a_volume_is_told_by_its_name():
    volume = {
        "resourceType": "BodyStructure",
        "identifier": [OWN, {"use": "usual", "value": "PTV 50"}],
        "location": concept("76752008", "Breast"),
    }
    assert headline_of(volume) == "Breast"
    assert elements_of(volume, {}) == {"Name": "PTV 50"}
    del volume["location"]
    assert headline_of(volume) == "PTV 50"
