from decimal import Decimal

import pytest

from app.fhir.check import check_structure

GOOD = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"text": "Weight"},
    "effectiveDateTime": "2026-03",
    "valueQuantity": {"value": Decimal("10.50"), "unit": "kg"},
}


def test_a_sound_resource_has_no_problems_and_is_not_changed():
    assert check_structure(GOOD) == []
    assert GOOD["valueQuantity"]["value"] == Decimal("10.50")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"status": None}, "status"),
        ({"code": "text"}, "code"),
        ({"banana": 1}, "banana"),
        ({"valueQuantity": {"value": "10"}}, "value"),
        ({"resourceType": "Banana"}, "Banana"),
        ({"hasMember": {"reference": "Observation/1"}}, "hasMember"),
    ],
)
def test_each_problem_is_named_without_the_programs_own_words(change, word):
    resource = {name: value for name, value in {**GOOD, **change}.items() if value is not None}
    problems = check_structure(resource)
    assert any(word in problem for problem in problems)
    assert not any("object at" in problem or "fhirclient" in problem for problem in problems)
