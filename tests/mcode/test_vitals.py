from datetime import date
from decimal import Decimal

import pytest

from app.fhir.quantity import Quantity
from app.mcode.assembly import assemble
from app.mcode.vitals import is_vital, newest_vital

TODAY = date(2026, 11, 24)
PATIENT = {"resourceType": "Patient", "id": "pat"}


def vital(id_, loinc, value, unit, day, **more):
    return {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": loinc}], "text": id_},
        "subject": {"reference": "Patient/pat"},
        "effectiveDateTime": day,
        "valueQuantity": {"value": value, "unit": unit, "code": unit},
        **more,
    }


def weight(id_="w", value=64, unit="kg", day="2026-11-02", **more):
    return vital(id_, "29463-7", value, unit, day, **more)


def record(*resources):
    return assemble(PATIENT, resources)


def test_the_newest_of_each_is_found_with_its_day_its_digits_and_its_source():
    found = record(
        weight("old", 70, day="2026-03-01"),
        weight("new", Decimal("64.0"), day="2026-11-02T08:30:00Z"),
        vital("tall", "8302-2", 168, "cm", "2026-03-01"),
        vital("lying", "8306-3", 66, "[in_i]", "2026-05-01"),
    )
    newest = newest_vital(found, "weight", TODAY)
    assert newest.amount == Quantity(Decimal("64.0"), "kg")
    assert (newest.date, newest.reference) == ("2026-11-02", "Observation/new")
    assert newest_vital(found, "height", TODAY).amount == Quantity(Decimal(66), "[in_i]")


def test_nothing_is_found_where_nothing_was_measured():
    assert (
        newest_vital(record(vital("tall", "8302-2", 168, "cm", "2026-03-01")), "weight", TODAY)
        is None
    )
    assert newest_vital(record(), "height", TODAY) is None


@pytest.mark.parametrize(
    "odd",
    [
        {"status": "preliminary"},
        {"status": "entered-in-error"},
        {"effectiveDateTime": "2026-11"},
        {"effectiveDateTime": "2027-11-02"},
        {"effectiveDateTime": None},
        {"valueQuantity": {"value": 60, "unit": "stone"}},
        {"valueQuantity": {"value": 60}},
        {"valueQuantity": {"value": 60, "comparator": "<", "code": "kg"}},
        {"valueQuantity": {"value": 6400, "code": "kg"}},
        {"valueQuantity": {"value": True, "code": "kg"}},
        {"valueQuantity": "60 kg"},
        {"valueQuantity": None},
    ],
)
def test_what_a_formula_cannot_take_gives_way_to_an_older_one_that_it_can(odd):
    usable = weight("usable", day="2026-03-01")
    found = record(usable, {**weight("odd"), **odd})
    assert newest_vital(found, "weight", TODAY).reference == "Observation/usable"


def test_a_stated_weight_is_none_that_was_measured():
    stated = vital("stated", "3142-7", 64, "kg", "2026-11-02")
    assert newest_vital(record(stated), "weight", TODAY) is None
    assert [
        is_vital(stated, "weight"),
        is_vital(weight(), "weight"),
        is_vital(weight(), "height"),
    ] == [False, True, False]
