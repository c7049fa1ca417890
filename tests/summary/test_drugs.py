"""Drugs: an order and its administrations are one row; what was left out says why."""

import pytest

from app.summary.treatments import treatments
from tests.summary.resources import CANCER, condition, given, order, record


def rows(*resources):
    return treatments(record(condition(), *resources))


def bounded(start=None, end=None):
    bounds = {key: value for key, value in (("start", start), ("end", end)) if value}
    return {
        "dosageInstruction": [{"text": "60 mg/m2", "timing": {"repeat": {"boundsPeriod": bounds}}}]
    }


def test_an_order_and_its_administrations_are_one_row():
    (row,) = rows(order(status="completed"), given("2026-05-18"), given("2026-06-29"))
    assert (row.name, row.detail, row.lane) == ("doxorubicin", "", "Systemic")
    assert row.notes == ("2 administrations in this chart",)
    assert row.period == ("18-May-2026", "to 29-Jun-2026")


def test_administrations_without_an_order_are_grouped_by_drug():
    shown = rows(given("2026-05-18", of="lost"), given("2026-06-01", of="lost"))
    assert [(row.notes, row.period) for row in shown] == [
        (("2 administrations in this chart",), ("18-May-2026", "to 01-Jun-2026"))
    ]


def test_two_orders_of_one_drug_stay_two_rows():
    shown = rows(order(id_="a"), order(id_="b"), given("2026-05-18", of="b"))
    assert sorted(row.notes for row in shown) == [
        (),
        ("1 administration in this chart, the last on 18-May-2026",),
    ]


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


@pytest.mark.parametrize(
    ("status", "planned", "end", "last"),
    [
        ("completed", "2026-09-07", "to 07-Sep-2026", ", the last on 01-Jun-2026"),
        ("completed", "2026-05", "to 01-Jun-2026", ""),
        ("completed", "2026-06-01", "to 01-Jun-2026", ""),
        ("stopped", "2026-06-08", "to 08-Jun-2026", ", the last on 01-Jun-2026"),
        ("active", "2026-05-25", "to 25-May-2026", ", the last on 01-Jun-2026"),
    ],
)
def test_the_end_is_that_of_the_order_unless_more_was_charted(status, planned, end, last):
    ordered = order(status=status, **bounded("2026-05-18", planned))
    (row,) = rows(ordered, given("2026-05-18"), given("2026-06-01"))
    assert row.period == ("18-May-2026", end)
    assert row.notes == (f"2 administrations in this chart{last}",)


def test_an_administration_over_several_days_ends_with_its_last_one():
    days = {"effectivePeriod": {"start": "2026-05-18", "end": "2026-05-20"}}
    (row,) = rows(order(status="completed"), given("x", effectiveDateTime=None, **days))
    assert row.period == ("18-May-2026", "to 20-May-2026")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"statusReason": [{"text": "Neuropathy"}]}, "Neuropathy"),
        ({"note": [{"text": "Patient away"}]}, "Patient away"),
        ({}, "reason not recorded"),
    ],
)
def test_a_dose_that_was_not_given_stands_with_its_order_and_says_why(more, why):
    (row,) = rows(
        order(status="completed"),
        given("2026-05-18"),
        given("2026-06-08", status="not-done", **more),
    )
    assert row.notes == ("1 administration in this chart", f"not given 08-Jun-2026: {why}")
    assert row.period == ("18-May-2026", "")


@pytest.mark.parametrize(
    ("drug", "reason", "shown"),
    [
        ("doxorubicin", [], ["not done"]),
        ("an unknown drug", [CANCER], ["not done"]),
        ("amoxicillin", [], []),
    ],
)
def test_a_dose_without_an_order_that_was_not_given_is_shown_if_it_is_for_the_cancer(
    drug, reason, shown
):
    found = rows(given("2026-06-08", "lost", drug, status="not-done", reasonReference=reason))
    assert [row.state for row in found] == shown
    assert not any(row.happened for row in found)
    assert all(row.notes == ("not given 08-Jun-2026: reason not recorded",) for row in found)


@pytest.mark.parametrize(
    ("status", "notes"),
    [("active", ()), ("not-taken", ("not taken 18-May-2026: reason not recorded",))],
)
def test_what_a_patient_says_about_a_drug_is_no_administration(status, notes):
    said = given("2026-05-18", resourceType="MedicationStatement", status=status)
    assert rows(order(), said)[0].notes == notes


def test_each_dose_is_told_with_what_was_noted_and_by_its_key():
    given_ = given("2026-05-18", dosage={"dose": {"value": 106, "unit": "mg"}})
    left_out = given("2026-06-01", status="not-done", note=[{"text": "Neutropenia"}])
    (row,) = rows(order(), given_, left_out)
    assert [(part.title, part.detail, part.key) for part in row.parts] == [
        ("01-Jun-2026", "not done · Neutropenia", "MedicationAdministration/given-2026-06-01"),
        ("18-May-2026", "completed · 106 mg", "MedicationAdministration/given-2026-05-18"),
    ]
    assert row.key == "MedicationRequest/order"


def test_doses_without_an_order_part_where_they_pause():
    days = ("2025-01-06", "2025-01-27", "2025-02-17", "2026-02-02", "2026-02-23")
    shown = rows(*(given(day, of="lost") for day in days))
    assert [(row.period, row.notes) for row in shown] == [
        (("02-Feb-2026", "to 23-Feb-2026"), ("2 administrations in this chart",)),
        (("06-Jan-2025", "to 17-Feb-2025"), ("3 administrations in this chart",)),
    ]


def test_a_depot_of_half_a_year_is_one_treatment():
    days = ("2025-01-06", "2025-07-07", "2026-01-05")
    (row,) = rows(*(given(day, of="lost") for day in days))
    assert row.notes == ("3 administrations in this chart",)


def test_a_pause_under_one_order_is_told():
    (row,) = rows(order(), given("2026-01-05"), given("2026-01-26"), given("2026-06-01"))
    assert "none in this chart between 26-Jan-2026 and 01-Jun-2026" in row.notes


def taken(id_, when, status="completed", **more):
    name = "effectivePeriod" if isinstance(when, dict) else "effectiveDateTime"
    found = given("2026-01-01", **more)
    del found["effectiveDateTime"], found["request"]
    return {**found, "resourceType": "MedicationStatement", "id": id_, "status": status, name: when}


def test_uses_that_name_their_order_keep_their_spans():
    by_order = {"basedOn": [{"reference": "MedicationRequest/order"}]}
    uses = [
        taken("one", {"start": "2026-01-05", "end": "2026-02-05"}) | by_order,
        taken("two", {"start": "2026-06-01"}, "active") | by_order,
    ]
    (row,) = rows(order(), *uses)
    assert [part.title for part in row.parts] == ["01-Jun-2026", "05-Jan-2026 to 05-Feb-2026"]
    assert row.parts_name == "As taken"
    assert "none in this chart between 05-Feb-2026 and 01-Jun-2026" in row.notes


def test_a_day_on_which_a_drug_is_taken_does_not_end_an_order():
    statement = taken("one", "2026-06-01") | {"basedOn": [{"reference": "MedicationRequest/order"}]}
    (row,) = rows(order(status="completed"), statement)
    assert row.period == ("01-Jun-2026", "end unknown")
