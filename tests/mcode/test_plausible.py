"""What a chart says and can hardly be true: days outside of a life, amounts that nobody has."""

from datetime import date
from decimal import Decimal

import pytest

from app.fhir.quantity import Quantity
from app.mcode.assembly import assemble
from app.mcode.plausible import Doubt, doubtful_amount, doubtful_dose, doubts_about, outside_life
from app.mcode.profiles import EXTENSION

TODAY = date(2026, 11, 24)
PATIENT = {
    "resourceType": "Patient",
    "id": "p",
    "birthDate": "1960-05-05",
    "deceasedDateTime": "2026-06-10T08:00:00Z",
}
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


@pytest.mark.parametrize(
    ("day", "doubts"),
    [
        ("2026-06-10", set()),
        ("2026-06", set()),
        ("1960", set()),
        ("2026-06-11", {Doubt.DEATH}),
        ("2026-07", {Doubt.DEATH}),
        ("1960-05-04", {Doubt.BIRTH}),
        ("1959", {Doubt.BIRTH}),
        ("2026-11-26", {Doubt.DEATH, Doubt.FUTURE}),
    ],
)
def test_a_day_is_outside_of_the_life_where_that_is_sure(day, doubts):
    assert outside_life(PATIENT, day, TODAY) == doubts


def test_without_a_death_only_the_future_is_in_doubt():
    alive = {"birthDate": "1960"}
    assert outside_life(alive, "2026-11-25", TODAY) == set()
    assert outside_life(alive, "2026-11-26", TODAY) == {Doubt.FUTURE}
    assert outside_life({}, "1800", TODAY) == set()


@pytest.mark.parametrize(
    ("amount", "doubt"),
    [
        (("-1", "mg"), Doubt.NEGATIVE),
        (("0", "mg"), None),
        (("101", "%"), Doubt.PERCENT),
        (("100", "%"), None),
        (("30001", "mg"), None),
    ],
)
def test_an_amount_is_in_doubt_below_zero_and_beyond_the_whole(amount, doubt):
    assert doubtful_amount(Quantity(Decimal(amount[0]), amount[1])) == doubt


@pytest.mark.parametrize(
    ("dose", "doubt"),
    [
        (("-5", "mg/m2"), Doubt.NEGATIVE),
        (("30001", "mg"), Doubt.DOSE),
        (("61", "GBq"), Doubt.DOSE),
        (("18000000", "[iU]"), None),
    ],
)
def test_a_dose_is_in_doubt_beyond_any_in_use(dose, doubt):
    assert doubtful_dose(Quantity(Decimal(dose[0]), dose[1])) == doubt


def fact(type_="Observation", **more):
    date_of = {"Observation": "effectiveDateTime", "Procedure": "performedDateTime"}
    when = {date_of[type_]: "2026-03-20"} if type_ in date_of else {}
    return {
        "resourceType": type_,
        "id": "x",
        "status": "final",
        "subject": {"reference": "Patient/p"},
        **when,
        **more,
    }


def measured(loinc, value, unit, **more):
    code = {"coding": [{"system": LOINC, "code": loinc}]}
    return fact(code=code, valueQuantity={"value": value, "unit": unit, "code": unit}, **more)


def drug(value, unit, **more):
    rate = {"doseQuantity": {"value": value, "unit": unit, "code": unit}}
    coded = {"coding": [{"system": RXNORM, "code": "3639"}]}
    return fact(
        "MedicationRequest",
        medicationCodeableConcept=coded,
        dosageInstruction=[{"doseAndRate": [rate]}],
        **more,
    )


def radiation(value, unit="cGy"):
    total = {"url": "totalDoseDelivered", "valueQuantity": {"value": value, "unit": unit}}
    delivered = {"url": EXTENSION["volume"], "extension": [total]}
    return fact("Procedure", code={"text": "Radiotherapy"}, extension=[delivered])


@pytest.mark.parametrize(
    ("resource", "doubts"),
    [
        (measured("85337-4", 95, "%"), []),
        (measured("85337-4", 150, "%"), [Doubt.PERCENT]),
        (measured("2857-1", -4, "ng/mL"), [Doubt.NEGATIVE]),
        (measured("21889-1", 21, "mm"), []),
        (measured("21889-1", 900, "cm"), [Doubt.SIZE]),
        (measured("8302-2", 165, "cm"), []),
        (measured("8302-2", 1650, "cm"), [Doubt.BODY]),
        (measured("29463-7", -70, "kg"), [Doubt.NEGATIVE, Doubt.BODY]),
        (measured("29463-7", 70, "stone"), []),
        (measured("8277-6", 18, "m2"), [Doubt.BODY]),
        (measured("718-7", -3, "g/dL"), [Doubt.NEGATIVE]),
        # A base excess, a temperature, a change: these may be below zero, and beyond the whole.
        (measured("1925-7", -3, "mmol/L"), []),
        (measured("8310-5", -1, "Cel"), []),
        (measured("0000-0", 140, "%"), []),
        (fact(code={"coding": [{"system": LOINC, "code": "89243-0"}]}, valueInteger=150), "score"),
        (fact(code={"coding": [{"system": LOINC, "code": "89247-1"}]}, valueInteger=7), "score"),
        (fact(code={"coding": [{"system": LOINC, "code": "89247-1"}]}, valueInteger=2), []),
        (drug(60, "mg/m2"), []),
        (drug(-60, "mg/m2"), [Doubt.NEGATIVE]),
        (drug(900000, "mg"), [Doubt.DOSE]),
        (radiation(5000), []),
        (radiation(-5000), [Doubt.NEGATIVE]),
        (radiation(5000, "Gy"), [Doubt.DOSE]),
        (measured("85337-4", 95, "%", effectiveDateTime="2026-07-01"), [Doubt.DEATH]),
        (fact("Procedure", performedDateTime="2026-07-01", code={"text": "x"}), [Doubt.DEATH]),
        (drug(60, "mg", authoredOn="1950-01-01"), [Doubt.BIRTH]),
        (fact("Condition", code={"text": "Gout"}, onsetDateTime="1950"), [Doubt.BIRTH]),
        # Words, when it was recorded, and when it was issued tell no day of the content.
        (fact("Condition", code={"text": "Gout"}, onsetString="in youth"), []),
        (fact("Condition", code={"text": "Gout"}, recordedDate="2026-07-01"), []),
        (fact(code={"text": "CRP"}, effectiveDateTime=None, issued="2026-07-01T08:00:00Z"), []),
    ],
)
def test_what_a_fact_says_is_held_against_what_can_be(resource, doubts):
    record = assemble(PATIENT, [resource])
    expected = [Doubt.SCORE] if doubts == "score" else doubts
    assert list(doubts_about(record, resource, TODAY)) == expected


def test_what_is_planned_may_be_in_the_future():
    planned = fact("Procedure", status="preparation", code={"text": "x"})
    planned["performedDateTime"] = "2026-12-20"
    alive = {k: v for k, v in PATIENT.items() if k != "deceasedDateTime"}
    assert not list(doubts_about(assemble(alive, [planned]), planned, TODAY))
    done = {**planned, "status": "completed"}
    assert list(doubts_about(assemble(alive, [done]), done, TODAY)) == [Doubt.FUTURE]
