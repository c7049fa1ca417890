from __future__ import annotations

import pytest

from app.mcode.sites import is_paired

ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"


@pytest.mark.parametrize(
    ("diagnosis", "paired"),
    [
        ({"coding": [{"system": ICD10CM, "code": "C50.919"}]}, True),
        ({"coding": [{"system": ICD10CM, "code": "C34.10"}]}, True),
        ({"coding": [{"system": ICD10CM, "code": "C18.7"}]}, False),
        ({"text": "Malignant tumor of lung"}, True),
        ({"text": "Malignant tumor of sigmoid colon"}, False),
        ({}, False),
    ],
)
def test_organs_that_come_in_pairs_are_told_by_code_or_words(diagnosis, paired):
    assert is_paired(diagnosis) is paired
