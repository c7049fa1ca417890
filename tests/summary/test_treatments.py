"""Treatments: an order and its administrations are one row; dates are told as far as known."""

import pytest

from app.mcode.profiles import EXTENSION, STRUCTURES
from app.summary.treatments import treatments
from tests.summary.resources import (
    SNOMED,
    coded,
    condition,
    given,
    intent,
    order,
    record,
    surgery,
)


def rows(*resources):
    return treatments(record(condition(), *resources))


def bounded(start=None, end=None):
    bounds = {key: value for key, value in (("start", start), ("end", end)) if value}
    return {
        "dosageInstruction": [{"text": "60 mg/m2", "timing": {"repeat": {"boundsPeriod": bounds}}}]
    }


def test_an_order_and_its_administrations_are_one_row():
    (row,) = rows(order(status="completed"), given("2026-05-18"), given("2026-06-29"))
    assert (row.name, row.detail, row.lane) == ("doxorubicin", "given 2 ×", "Systemic")
    assert row.period == ("18-May-2026", "to 29-Jun-2026")


def test_administrations_without_an_order_are_grouped_by_drug():
    shown = rows(given("2026-05-18", of="lost"), given("2026-06-01", of="lost"))
    assert [(row.detail, row.period) for row in shown] == [
        ("given 2 ×", ("18-May-2026", "to 01-Jun-2026"))
    ]


def test_two_orders_of_one_drug_stay_two_rows():
    shown = rows(order(id_="a"), order(id_="b"), given("2026-05-18", of="b"))
    assert sorted(row.detail for row in shown) == ["", "given 1 ×"]


@pytest.mark.parametrize(
    ("more", "period", "state"),
    [
        ({}, ("14-May-2026", "onwards"), "under way"),
        (bounded("2026-05-18"), ("18-May-2026", "onwards"), "under way"),
        (bounded("2026-05", "2026-06"), ("May-2026", "to Jun-2026"), "under way"),
        ({"status": "completed"}, ("14-May-2026", "end unknown"), "completed"),
        ({"authoredOn": None}, ("no date", ""), "under way"),
        (
            {"status": "stopped", "statusReason": {"text": "toxicity"}},
            ("14-May-2026", "end unknown"),
            "stopped: toxicity",
        ),
        ({"intent": "plan"}, ("14-May-2026", "end unknown"), "planned"),
        ({"status": "on-hold"}, ("14-May-2026", "end unknown"), "on hold"),
    ],
)
def test_period_and_state_of_an_order(more, period, state):
    (row,) = rows(order(**more))
    assert (row.period, row.state) == (period, state)


def test_an_administration_that_was_not_done_is_not_counted():
    shown = rows(order(), given("2026-05-18"), given("2026-06-01", status="not-done"))
    assert "given 1 ×" in [row.detail for row in shown]


def test_an_operation_has_its_day_site_and_surgeon():
    (row,) = rows(
        surgery(
            performer=[{"actor": {"display": "Dr Sofia"}}],
            bodySite=[{"text": "Left breast"}],
            **intent("Curative - procedure intent"),
        )
    )
    assert (row.lane, row.period, row.detail) == ("Surgery", ("21-Apr-2026", ""), "Left breast")
    assert (row.intent, row.by, row.diagnostic) == ("Curative", "Dr Sofia", False)
    assert row.reasons == {"Condition/c"}


@pytest.mark.parametrize(
    "more", [{"words": "Core needle biopsy"}, {"words": "Excision", **intent("Diagnostic intent")}]
)
def test_a_biopsy_is_no_resection(more):
    assert rows(surgery(**more))[0].diagnostic


def test_radiotherapy_has_dose_and_fractions_for_each_volume():
    volume = {
        "resourceType": "BodyStructure",
        "id": "v",
        "patient": {"reference": "Patient/p"},
        "description": "PTV left breast",
    }
    dose = {
        "url": EXTENSION["volume"],
        "extension": [
            {"url": "volume", "valueReference": {"reference": "BodyStructure/v"}},
            {"url": "totalDoseDelivered", "valueQuantity": {"value": 5000, "unit": "cGy"}},
            {"url": "fractionsDelivered", "valueUnsignedInt": 25},
        ],
    }
    technique = {
        "url": f"{STRUCTURES}mcode-radiotherapy-modality-and-technique",
        "extension": [
            {
                "url": f"{STRUCTURES}mcode-radiotherapy-modality",
                "valueCodeableConcept": {"text": "Photons"},
            }
        ],
    }
    course = surgery(
        code=coded(SNOMED, "1217123003", "Breast radiotherapy"),
        performedDateTime=None,
        performedPeriod={"start": "2026-10-08"},
        status="in-progress",
        extension=[dose, technique],
    )
    (row,) = rows(course, volume)
    assert row.detail == "PTV left breast: 5000 cGy in 25 fractions · Photons"
    assert (row.lane, row.period) == ("Radiotherapy", ("08-Oct-2026", "onwards"))


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
