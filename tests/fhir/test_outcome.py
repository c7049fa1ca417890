"""An OperationOutcome in words: what it says, and about which entry of a transaction."""

import pytest

from app.fhir.errors import issues_of


def outcome(**issue):
    return {"resourceType": "OperationOutcome", "issue": [{"severity": "error", **issue}]}


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        (["Bundle.entry[3]"], "No right to create (Bundle.entry[3])"),
        (
            ["Bundle.entry[0].resource.ofType(Observation).code"],
            "No right to create (Bundle.entry[0])",
        ),
        (["Observation.code"], "No right to create"),
        ([], "No right to create"),
        ("Bundle.entry[3]", "No right to create"),
        ([7], "No right to create"),
        (None, "No right to create"),
    ],
)
def test_the_entry_of_a_transaction_is_told(expression, words):
    assert issues_of(outcome(diagnostics="No right to create", expression=expression)) == [words]


def test_an_entry_that_the_words_name_is_not_named_twice():
    said = outcome(
        diagnostics="Bundle.entry[3] is refused", expression=["Bundle.entry[3].resource"]
    )
    assert issues_of(said) == ["Bundle.entry[3] is refused"]


def test_a_place_alone_says_nothing():
    assert issues_of(outcome(expression=["Bundle.entry[3]"])) == []
