import pytest

from app.store.decisions import MOST, TooManyDecisions

CHART = ("https://ehr.example/fhir", "elena", "")


def test_what_was_said_of_a_chart_is_kept_in_order_and_for_that_chart_alone(store):
    first = store.decisions.add(CHART, "Condition/a", ["Condition/b"], same=True, by="Nancy")
    second = store.decisions.add(CHART, "Condition/c", ["Condition/a"], same=False, by="Owen")
    assert store.decisions.list(CHART) == [first, second]
    assert (first.one, first.others, first.same, first.by) == (
        "Condition/a",
        ("Condition/b",),
        True,
        "Nancy",
    )
    for other in (("https://ehr.example/fhir", "elena", "tenant"), ("elsewhere", "elena", "")):
        assert store.decisions.list(other) == []
        store.decisions.take_back(other, first.id)
    store.decisions.take_back(CHART, first.id)
    assert store.decisions.list(CHART) == [second]


def test_no_script_fills_the_store(store, monkeypatch):
    monkeypatch.setattr("app.store.decisions.MOST", 2)
    for number in range(2):
        store.decisions.add(CHART, f"Condition/{number}", ["Condition/b"], same=True, by="")
    with pytest.raises(TooManyDecisions):
        store.decisions.add(CHART, "Condition/c", ["Condition/b"], same=True, by="")
    assert MOST > 100
