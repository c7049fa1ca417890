from __future__ import annotations

from app.terminology.concept import Concept


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
