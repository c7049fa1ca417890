"""A dosage in words, and its text where it says something else than what is coded."""

import pytest

from app.mcode.dosage_text import contradictions
from app.mcode.dosages import dosage_display, timing_display
from app.mcode.treatments import dosage_text
from tests.forms.cases import concept


def amount(value, unit):
    return {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}


def step(text=None, dose=None, route=None, **more):
    found = {"doseAndRate": [{"doseQuantity": amount(*dose)}]} if dose else {}
    found |= {"route": {"text": route}} if route else {}
    return {**({"text": text} if text else {}), **found, **more}


def often(frequency, period, unit, **more):
    return {
        "timing": {"repeat": {"frequency": frequency, "period": period, "periodUnit": unit, **more}}
    }


def test_every_element_of_a_dosage_is_in_its_words():
    whole = {
        "sequence": 1,
        "doseAndRate": [
            {
                "type": {"text": "ordered"},
                "doseRange": {"low": amount(50, "mg"), "high": amount(75, "mg")},
                "rateRatio": {"numerator": amount(100, "mL"), "denominator": amount(1, "h")},
            }
        ],
        "route": {"text": "Intravenous"},
        "method": {"text": "Infusion"},
        "site": {"text": "Port"},
        **often(1, 14, "d", count=4, duration=30, durationUnit="min", timeOfDay=["08:00:00"]),
        "asNeededCodeableConcept": {"text": "pain"},
        "maxDosePerAdministration": amount(150, "mg"),
        "additionalInstruction": [{"text": "With cold cap"}],
        "patientInstruction": "Drink a lot",
    }
    assert dosage_display(whole) == (
        "50 to 75 mg, ordered, at 100 mL / 1 h, ordered, Intravenous, Infusion, Port, "
        "every 14 days, over 30 minutes, 4 times in all, at 08:00, as needed for pain, "
        "at most 150 mg at a time, With cold cap, Drink a lot"
    )


@pytest.mark.parametrize(
    ("timing", "words"),
    [
        ({"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}, "once a day"),
        ({"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}}, "twice a day"),
        ({"repeat": {"frequency": 3, "period": 1, "periodUnit": "wk"}}, "3 times a week"),
        ({"repeat": {"period": 3, "periodUnit": "wk"}}, "every 3 weeks"),
        ({"repeat": {"frequency": 1, "period": 1, "periodUnit": "h"}}, "once an hour"),
        ({"repeat": {"frequency": 2, "period": 3, "periodUnit": "wk"}}, "twice in 3 weeks"),
        ({"repeat": {"frequency": 1, "frequencyMax": 2, "period": 1, "periodUnit": "d"}},
         "1 to 2 times a day"),
        ({"repeat": {"boundsPeriod": {"start": "2026-05-18"}}}, "from 18-May-2026"),
        ({"repeat": {"boundsDuration": {"value": 12, "unit": "wk"}}}, "for 12 wk"),
        ({"repeat": {"dayOfWeek": ["mon", "thu"], "when": ["ACM"], "offset": 30}},
         "on Mon, Thu, before breakfast, 30 minutes from it"),
        ({"event": ["2026-05-18"], "code": {"text": "BID"}}, "BID, on 18-May-2026"),
        ({"repeat": "daily"}, ""),
        (None, ""),
    ],
)  # fmt: skip
def test_a_timing_is_said_as_people_say_it(timing, words):
    assert timing_display(timing) == words


@pytest.mark.parametrize(
    ("dosage", "labels"),
    [
        (step("1000 mg/m2 by mouth", (8000, "mg"), "Intrathecal route"), ["Dose", "Route"]),
        (step("60 mg/m2 IV", (60, "mg/m2"), "Intravenous"), []),
        (step("60 mg/m² iv on day 1", (60, "mg/m2"), "Intravenous"), []),
        (step("1 g po", (1000, "mg"), "Oral"), []),
        (step("1,000 mg orally", (1000, "mg"), "By mouth"), []),
        (step("0.5 g", (5000, "mg")), ["Dose"]),
        (step("102 mg (60 mg/m2)", (102, "mg")), []),
        (step("60 mg/m2", (60, "mg/kg")), ["Dose"]),
        (step("50-75 mg", (60, "mg")), []),
        (step("10 mL of 20 mg/mL", (200, "mg")), []),
        (step("4 mg SC", (4, "mg"), "Subcutaneous"), []),
        (step("4 mg s.c.", (4, "mg"), "Intramuscular"), ["Route"]),
        (step("give it today", (4, "mg"), "Intravenous"), []),
        (step("12 mg IT", (12, "mg"), "Intravenous"), ["Route"]),
        (step("IV then PO", None, "Oral"), []),
        (step("weekly", **often(1, 7, "d")), []),
        (step("weekly", **often(1, 1, "d")), ["How often"]),
        (step("twice daily", **often(2, 1, "d")), []),
        (step("2 times a day", **often(1, 12, "h")), []),
        (step("BID", **often(1, 1, "d")), ["How often"]),
        (step("q3w", **often(1, 21, "d")), []),
        (step("every 3 weeks", **often(1, 2, "wk")), ["How often"]),
        (step("daily for 5 days every 4 weeks", **often(1, 4, "wk")), []),
        (step("once a day", timing={"code": concept("BID", "BID")}), ["How often"]),
        (step("as directed", (8000, "mg"), "Intrathecal"), []),
        (step(None, (8000, "mg"), "Intrathecal"), []),
        ({"text": "142 mg orally", "dose": amount(14.2, "mg"), "route": {"text": "Oral"}},
         ["Dose"]),
        ({"text": "at 50 mL/h", "rateQuantity": amount(500, "mL/h")}, ["Rate"]),
    ],
)  # fmt: skip
def test_a_text_contradicts_what_is_coded_where_it_names_another_dose_route_or_interval(
    dosage, labels
):
    assert [found.label for found in contradictions(dosage)] == labels


def test_the_summary_has_what_is_coded_beside_a_text_that_contradicts_it():
    dosage = step("1000 mg/m2 by mouth", (8000, "mg"), "Intrathecal")
    assert dosage_text({"dosageInstruction": [dosage]}) == (
        "1000 mg/m2 by mouth (coded: 8000 mg, Intrathecal)"
    )
    # The digits of a dose that is smaller stand in the text too.
    smaller = step("80 mg by mouth", (8, "mg"), "Oral")
    assert dosage_text({"dosageInstruction": [smaller]}) == ("80 mg by mouth (coded: 8 mg, Oral)")
