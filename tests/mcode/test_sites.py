from __future__ import annotations

import pytest

from app.mcode.model import PrimaryCancer
from app.mcode.sites import is_lymphoma

ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"


def primary(words, code=None):
    coding = [{"system": ICD10CM, "code": code}] if code else []
    return PrimaryCancer(condition={"id": "c", "code": {"text": words, "coding": coding}})


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        ("Hodgkin lymphoma", "C81.10", True),
        ("Mycosis fungoides", "C84.00", True),
        ("MALT lymphoma of the stomach", "C88.40", True),
        ("Waldenström macroglobulinemia", "C88.00", False),
        ("Multiple myeloma", "C90.00", False),
        ("Breast cancer", "C50.412", False),
        ("Follicular lymphoma (disorder)", None, True),
        ("Hodgkin's disease", None, True),
        ("Acute myeloid leukemia", None, False),
    ],
)
def test_lymphomas_are_told_by_code_and_without_one_by_words(words, code, expected):
    assert is_lymphoma(primary(words, code)) is expected
