"""Biomarkers: one row for each test, with its reading in words."""

import pytest

from app.mcode.profiles import EXTENSION
from app.summary.biomarkers import marker_rows, reading
from app.summary.display import Row
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
    assert (row.name, row.value, row.date) == ("Estrogen receptor", "95 %", "14-Mar-2026")
    assert (row.reading.text, row.reading.sign, row.specimen) == ("Positive", "+", "Core biopsy")


def test_several_results_of_one_test_are_one_row_with_the_newest_first():
    (row,) = rows(
        marker("a", value=percent(10), on="2026-03"),
        marker("b", value=percent(20), on="2026-05-01"),
    )
    assert (row.value, row.earlier) == (
        "20 %",
        (Row(row.name, "10 %", "Mar-2026", "Observation/a"),),
    )


def test_different_tests_stay_apart_though_their_words_are_the_same():
    shown = rows(marker("a", words="HER2"), marker("b", code="85319-2", words="HER2"))
    assert len(shown) == 2


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (interpreted("NEG"), "Negative"),
        (interpreted("H"), "High"),
        (interpreted("N"), "In reference range"),
        ({"interpretation": [{"text": "borderline"}]}, "borderline"),
        (concept_value("present", SNOMED, "10828004"), "Positive"),
        (concept_value("negative", LOINC, "LA6577-6"), "Negative"),
        (concept_value("found", LOINC, "LA11882-0"), "Detected"),
        (concept_value("1+", SNOMED, "0"), None),
        (concept_value("1+", LOINC, "10828004"), None),
        ({"interpretation": "high"}, None),
        ({}, None),
    ],
)
def test_a_reading_is_the_laboratorys_or_what_the_value_says_and_never_guessed(more, words):
    found = reading(marker(**more))
    assert (found and found.text) == words


def test_a_result_in_its_reference_range_is_not_told_as_good():
    assert reading(marker(**interpreted("N"))).tone == "neutral"


def measured(*values):
    """Return the results of one marker, a month between them, the newest last."""
    return [
        marker(str(month), value={"valueQuantity": value}, on=f"2026-{month:02}-12")
        for month, value in enumerate(values, 1)
    ]


def ng(value, **more):
    return {"value": value, "unit": "ng/mL", **more}


@pytest.mark.parametrize(
    ("previous", "newest", "change"),
    [
        (ng(1.6), ng(3.1), ("▲", "higher")),
        (ng(0.3), ng(0.2), ("▼", "lower")),
        (ng(0.2), ng(0.2), ("=", "unchanged")),
        (ng(0.1, comparator="<"), ng(0.2), ("▲", "higher")),
        (ng(0.2), ng(0.1, comparator="<"), ("▼", "lower")),
        (ng(9, comparator=">"), ng(2), ("▼", "lower")),
        (ng(0.1, comparator="<"), ng(0.1, comparator="<"), ("=", "unchanged")),
        (ng(0.1, comparator="<"), ng(0.05), None),
        (ng(9, comparator=">"), ng(12), None),
        (ng(1.6), {"value": 3.1, "unit": "ug/dL"}, None),
    ],
)
def test_the_newest_result_is_compared_with_the_one_before(previous, newest, change):
    (row,) = rows(*measured(previous, newest))
    assert row.earlier[0].date == "12-Jan-2026"
    found = row.change
    assert (found and (found.sign, found.text)) == change


def test_without_an_earlier_result_there_is_nothing_before():
    row = rows(marker(value=percent(10)))[0]
    assert (row.earlier, row.change) == ((), None)


def test_a_ratio_of_one_unit_has_its_quotient_and_is_compared_by_it():
    def ratio(above, below):
        units = {"numerator": {"value": above, "unit": "mg/L"}}
        return {"valueRatio": {**units, "denominator": {"value": below, "unit": "mg/L"}}}

    (row,) = rows(
        marker("a", value=ratio(412.0, 8.1), on="2025-01-13"),
        marker("b", value=ratio(64.9, 11.7), on="2026-10-27"),
    )
    assert row.value == "64.9 mg/L / 11.7 mg/L · ratio 5.5"
    assert row.earlier[0].value == "412.0 mg/L / 8.1 mg/L · ratio 50.9"
    assert row.change.text == "lower"


def test_a_long_name_of_loinc_is_cut_and_stands_in_full_below():
    full = "Lactate dehydrogenase [Enzymatic activity/volume] in Serum or Plasma"
    (row,) = rows(marker(words=full))
    assert (row.name, row.detail) == ("Lactate dehydrogenase", full)


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
    assert [row.value for row in rows(marker(**reason))] == ["No data (not performed)"]
    assert rows(marker())[0].value == "No data"


def in_words(id_, words, value="Negative", on="2026-05-01", system=None):
    """A result that the laboratory has no code of LOINC for."""
    code = {"text": words, **({"coding": [{"system": system, "code": "L7"}]} if system else {})}
    kept = marker(id_, on=on, valueCodeableConcept={"text": value})
    return {**kept, "code": code}


@pytest.mark.parametrize(
    ("code", "name", "words"),
    [
        ("85337-4", "Estrogen receptor", "ER"),
        ("16112-5", "Estrogen receptor", "Oestrogen receptor status"),
        ("85339-0", "Progesterone receptor", "PgR (IHC)"),
        ("85319-2", "HER2", "HER-2/neu"),
        ("31150-6", "HER2 by FISH", "HER2 FISH"),
        ("81695-9", "Microsatellite instability", "MSI status"),
        ("62862-8", "MSI", "Microsatellite instability (PCR)"),
    ],
)
@pytest.mark.parametrize("system", [None, "urn:example:lab"])
@pytest.mark.parametrize("is_newer", [True, False])
def test_a_result_in_words_is_of_the_same_test_as_a_coded_one(code, name, words, system, is_newer):
    older, newer = "2025-01-10", "2026-05-01"
    said = in_words("words", words, on=newer if is_newer else older, system=system)
    positive = concept_value("Positive", SNOMED, "10828004")
    known = marker("code", code, name, on=older if is_newer else newer, **positive)
    (row,) = rows(said, known)
    assert row.value == ("Negative" if is_newer else "Positive")
    assert [earlier.value for earlier in row.earlier] == ["Positive" if is_newer else "Negative"]


@pytest.mark.parametrize(
    ("code", "name", "words"),
    [
        ("85337-4", "Estrogen receptor", "PR"),
        ("85337-4", "Estrogen receptor", "ER Allred score"),
        ("85337-4", "Estrogen receptor", "ER staining intensity"),
        ("85337-4", "Estrogen receptor", "Hormone receptors ER/PR"),
        ("85319-2", "HER2", "HER2 in serum"),
        ("85319-2", "HER2", "HER2 copy number"),
        ("81695-9", "Microsatellite instability", "Mismatch repair proteins"),
    ],
)
def test_words_that_ask_something_else_have_a_row_of_their_own(code, name, words):
    assert len(rows(in_words("words", words), marker("code", code, name))) == 2


def test_a_number_in_words_goes_with_the_coded_numbers_of_its_name_and_unit():
    known = marker("code", value=percent(90), on="2025-01-10")
    said = {**in_words("words", "estrogen receptor"), **percent(5)}
    del said["valueCodeableConcept"]
    (row,) = rows(said, known)
    assert (row.value, row.earlier[0].value, row.change.text) == ("5 %", "90 %", "lower")
    other = {**said, "valueQuantity": {"value": 5, "unit": "fmol/mg"}}
    assert len(rows(other, known)) == 2


def test_another_marker_in_words_goes_with_the_coded_one_of_its_name():
    psa = {"valueQuantity": {"value": 4, "unit": "ng/mL"}}
    known = marker("code", "2857-1", "PSA", on="2025-01-10", **psa)
    (row,) = rows({**marker("words", on="2026-05-01", **psa), "code": {"text": "psa"}}, known)
    assert (row.date, row.change.text) == ("01-May-2026", "unchanged")
