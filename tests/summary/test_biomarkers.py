"""Biomarkers: one row for each test, with its reading in words."""

import pytest

from app.mcode.profiles import EXTENSION
from app.summary.biomarkers import marker_rows, reading
from tests.summary.resources import (
    CANCER,
    LOINC,
    SNOMED,
    coded,
    concept_value,
    condition,
    observation,
    record,
)

ABOUT = {"extension": [{"url": EXTENSION["related-condition"], "valueReference": CANCER}]}
INTERPRETATIONS = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"


def percent(value):
    return {"valueQuantity": {"value": value, "unit": "%"}}


def marker(
    id_="er", code="85329-1", words="Estrogen receptor", value=None, on="2026-03-14", **more
):
    lab = {"category": [{"coding": [{"code": "laboratory"}]}]}
    return observation(id_, coded(LOINC, code, words), value, on, **ABOUT, **lab, **more)


def rows(*resources):
    found = record(condition(), *resources)
    return marker_rows(found, found.primaries[0].biomarkers)


def interpreted(code):
    return {"interpretation": [coded(INTERPRETATIONS, code)]}


def test_a_row_has_result_reading_specimen_and_date():
    specimen = {
        "resourceType": "Specimen",
        "id": "s",
        "subject": {"reference": "Patient/p"},
        "type": {"text": "Core biopsy"},
    }
    of = {"specimen": {"reference": "Specimen/s"}}
    (row,) = rows(marker(value=percent(95), **interpreted("POS"), **of), specimen)
    assert (row.name, row.result, row.date) == ("Estrogen receptor", "95 %", "14-Mar-2026")
    assert (row.reading.text, row.reading.sign, row.specimen) == ("Positive", "+", "Core biopsy")


def test_several_results_of_one_test_are_one_row_with_the_newest_first():
    (row,) = rows(
        marker("a", value=percent(10), on="2026-03"),
        marker("b", value=percent(20), on="2026-05-01"),
    )
    assert (row.result, row.earlier) == ("20 %", (("Mar-2026", "10 %"),))


def test_different_tests_stay_apart_though_their_words_are_the_same():
    shown = rows(marker("a", words="HER2"), marker("b", code="85319-2", words="HER2"))
    assert len(shown) == 2


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (interpreted("NEG"), "Negative"),
        (interpreted("H"), "High"),
        ({"interpretation": [{"text": "borderline"}]}, "borderline"),
        (concept_value("present", SNOMED, "10828004"), "Positive"),
        (concept_value("1+", SNOMED, "0"), None),
        ({"interpretation": "high"}, None),
        ({}, None),
    ],
)
def test_a_reading_is_the_laboratorys_or_what_the_value_says_and_never_guessed(more, words):
    found = reading(marker(**more))
    assert (found and found.text) == words


@pytest.mark.parametrize(
    ("range_", "words"),
    [
        ({"low": {"value": 0}, "high": {"value": 30}}, "0 to 30"),
        ({"high": {"value": 4.5}}, "up to 4.5"),
        ({"low": {"value": 2}}, "from 2"),
        ({"text": "see report"}, None),
    ],
)
def test_the_reference_range_stands_beside_the_result(range_, words):
    assert rows(marker(referenceRange=[range_]))[0].reference == words


def test_a_missing_result_says_why():
    reason = {"dataAbsentReason": {"text": "Not performed"}}
    assert [row.result for row in rows(marker(**reason))] == ["No data (not performed)"]
    assert rows(marker())[0].result == "No data"
