import pytest

from app.terminology.concept import Concept, concept_text


def test_the_code_systems_own_term_is_the_codings_display():
    concept = Concept("s", "c", "Term")
    assert concept.codeable() == {
        "coding": [{"system": "s", "code": "c", "display": "Term"}],
        "text": "Term",
    }
    assert concept.key == "s|c"


def test_a_short_form_is_text_only():
    assert Concept("s", "c", "cT2", official=False).codeable() == {
        "coding": [{"system": "s", "code": "c"}],
        "text": "cT2",
    }


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
