"""The conditions of granular scopes."""

import pytest

from app.sandbox.scopes import conditions_of

OBSERVATION = {
    "resourceType": "Observation",
    "status": "final",
    "category": [
        {"coding": [{"system": "http://x/category", "code": "laboratory"}]},
        {"coding": [{"system": "http://x/category", "code": "exam"}]},
    ],
    "code": {"coding": [{"system": "http://a", "code": "1"}, {"code": "bare"}]},
}


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("code=http://a|1", True),
        ("code=1", True),
        ("code=http://a|", True),
        ("code=|bare", True),
        ("code=|1", False),
        ("code=http://b|1", False),
        ("code=http://a|2", False),
        ("code=http://b|1,http://a|1", True),
        ("code=http%3A%2F%2Fa%7C1", True),
        ("category=http://x/category|exam", True),
        ("category=http://x/category|vital-signs", False),
        ("status=final", True),
        ("status=http://hl7.org/fhir/observation-status|final", True),
        ("status=amended", False),
        ("clinical-status=active", False),
        ("code=1&status=amended", False),
        ("code=1&status=final", True),
    ],
)
def test_a_condition_looks_at_the_codings(query, holds):
    assert all(condition.holds(OBSERVATION) for condition in conditions_of(query)) is holds


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("actuality=actual", True),
        ("actuality=potential", False),
        ("seriousness=http://ncit|C41335", True),
        ("event=http://ncit|C143481&seriousness=http://ncit|C41336", False),
        ("severity=mild", False),
    ],
)
def test_a_condition_looks_at_what_adverse_events_have(query, holds):
    event = {
        "resourceType": "AdverseEvent",
        "actuality": "actual",
        "event": {"coding": [{"system": "http://ncit", "code": "C143481"}]},
        "seriousness": {"coding": [{"system": "http://ncit", "code": "C41335"}]},
    }

    assert all(condition.decidable for condition in conditions_of(query))
    assert all(condition.holds(event) for condition in conditions_of(query)) is holds


@pytest.mark.parametrize(
    "code", [None, 7, "1", [], {}, {"coding": 7}, {"coding": [None, "x", {"code": 1}]}]
)
def test_odd_elements_fulfil_nothing_and_break_nothing(code):
    (condition,) = conditions_of("code=http://a|2")

    assert condition.holds({"resourceType": "Observation", "code": code}) is False
