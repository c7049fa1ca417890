"""What a terminology server may answer."""

import pytest

from app.fhir.errors import BadAnswer
from app.fhir.terms import Term, terms_of, verdict_of


def expansion(*contains):
    return {"resourceType": "ValueSet", "expansion": {"contains": list(contains)}}


def entry(code, **more):
    return {"system": "s", "code": code, "display": code.upper(), **more}


def test_terms_come_in_the_order_of_the_server_and_out_of_their_groups():
    found = terms_of(
        expansion(
            entry("a"),
            {"abstract": True, **entry("group"), "contains": [entry("b"), entry("c")]},
            entry("d", contains=[entry("e")]),
        )
    )
    assert [term.code for term in found] == ["a", "b", "c", "d", "e"]


def test_what_cannot_be_shown_or_recorded_is_left_out():
    bad = [
        entry("old", inactive=True),
        {"system": "s", "code": "x"},
        {"code": "x", "display": "X"},
        {"system": "s", "display": "X"},
        {"system": "s", "code": 5, "display": "X"},
        {"system": "s", "code": "x", "display": ["X"]},
        "text",
        None,
    ]
    assert list(terms_of(expansion(*bad, entry("a")))) == [Term("s", "a", "A")]


def test_an_expansion_may_be_empty():
    assert list(terms_of({"resourceType": "ValueSet", "expansion": {"total": 0}})) == []


@pytest.mark.parametrize(
    "answer",
    [None, [], "x", {}, {"resourceType": "ValueSet"}, {"resourceType": "Bundle", "expansion": {}}],
)
def test_what_is_no_expansion_is_a_bad_answer(answer):
    with pytest.raises(BadAnswer):
        list(terms_of(answer))


@pytest.mark.parametrize("verdict", [True, False])
def test_a_verdict_is_the_result_parameter(verdict):
    parameters = [
        {"name": "message", "valueString": "x"},
        {"name": "result", "valueBoolean": verdict},
    ]
    assert verdict_of({"resourceType": "Parameters", "parameter": parameters}) is verdict


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {"resourceType": "Parameters"},
        {"resourceType": "Parameters", "parameter": [{"name": "result", "valueBoolean": "true"}]},
        {"resourceType": "Bundle", "parameter": [{"name": "result", "valueBoolean": True}]},
    ],
)
def test_without_a_result_there_is_no_verdict(answer):
    with pytest.raises(BadAnswer):
        verdict_of(answer)
