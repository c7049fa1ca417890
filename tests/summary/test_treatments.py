"""Treatments of all kinds: what counts against the cancer, and in which order they stand."""

from app.summary.treatments import treatments
from tests.summary.resources import condition, intent, order, record, surgery


def rows(*resources):
    return treatments(record(condition(), *resources))


def test_supportive_and_planned_drugs_are_not_against_the_cancer():
    supportive, planned, real = (
        rows(order(**more))[0]
        for more in (intent("Supportive - procedure intent"), {"intent": "plan"}, {})
    )
    assert (supportive.is_against_cancer, planned.is_against_cancer, real.is_against_cancer) == (
        False,
        False,
        True,
    )


def test_the_newest_comes_first_and_the_undated_last():
    undated = order(id_="x", drug="undated", authoredOn=None)
    shown = rows(undated, surgery(on="2025-01-01"), order())
    assert [row.name for row in shown] == ["doxorubicin", "Lumpectomy of breast", "undated"]
