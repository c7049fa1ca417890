from __future__ import annotations

import pytest

from app.terminology.words import concept_text

SNOMED = "http://snomed.info/sct"


@pytest.mark.parametrize(
    ("concept", "words"),
    [
        ({"text": "Own words", "coding": [{"display": "Term"}]}, "Own words"),
        ({"coding": [{"code": "1"}, {"display": "Term"}]}, "Term"),
        ({"coding": [{"code": "1"}]}, "1"),
        ({"coding": [{"system": SNOMED, "display": "Myeloma (disorder)"}]}, "Myeloma"),
        ({"coding": [{"system": "http://other", "display": "X (disorder)"}]}, "X (disorder)"),
        ({"coding": [{"system": SNOMED, "display": "Tumor (left)"}]}, "Tumor (left)"),
        ({"text": "  "}, None),
        ({}, None),
        ("text", None),
        (None, None),
    ],
)
def test_a_concept_is_said_in_its_own_words_first(concept, words):
    assert concept_text(concept) == words
