from decimal import Decimal

import pytest

from app.mcode.calculators.myeloma_results import (
    amount,
    is_above_normal,
    lesion_found,
    myeloma_results,
)
from app.mcode.content import ASSERTED_DATE

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
DIAGNOSED = "2025-01-14"


def quantity(value, unit, **more):
    return {"value": value, "unit": unit, "system": UCUM, "code": unit, **more}


def measured(value, unit, **more):
    return {"valueQuantity": quantity(value, unit, **more)}


def told(code, system=INTERPRETATION):
    return {"interpretation": [{"coding": [{"system": system, "code": code}]}]}


def coded(code, system=SNOMED):
    return {"valueCodeableConcept": {"coding": [{"system": system, "code": code}]}}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("microglobulin", measured(Decimal("4.10"), "mg/L"), "4.10"),
        ("microglobulin", measured(4100, "ug/L"), "4.1"),
        ("microglobulin", measured(Decimal("4.1"), "ug/mL"), "4.1"),
        ("microglobulin", measured(Decimal("0.41"), "mg/dL"), "4.1"),
        ("albumin", measured(Decimal("3.2"), "g/dL"), "3.2"),
        ("albumin", measured(32, "g/L"), "3.2"),
        ("albumin", {"valueQuantity": {"value": 32, "unit": "g/L"}}, "3.2"),
    ],
)
def test_an_amount_comes_in_the_unit_of_its_formula(name, value, expected):
    assert amount(name, value) == Decimal(expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("microglobulin", measured(340, "nmol/L")),
        ("microglobulin", measured(4, "g/dL")),
        ("albumin", measured(480, "umol/L")),
        ("albumin", measured(32, "mg/L")),
        ("albumin", {"valueQuantity": {"value": 32}}),
        ("albumin", {"valueQuantity": {"value": 32, "code": "g/L", "system": "urn:local"}}),
        ("microglobulin", measured(3, "mg/L", comparator="<")),
        ("microglobulin", {"valueString": "4.1 mg/L"}),
        ("microglobulin", measured("4.1", "mg/L")),
        ("microglobulin", measured(True, "mg/L")),
        ("microglobulin", {}),
    ],
)
def test_what_is_not_sure_is_no_amount(name, value):
    assert amount(name, value) is None


def limits(high, unit="U/L"):
    return {"referenceRange": [{"low": quantity(125, unit), "high": quantity(high, unit)}]}


@pytest.mark.parametrize(
    ("observation", "expected"),
    [
        ({**measured(221, "U/L"), **limits(220)}, True),
        ({**measured(219, "U/L"), **limits(220)}, False),
        ({**measured(220, "U/L"), **limits(220)}, None),
        ({**measured(300, "U/L"), **limits(4, "ukat/L")}, None),
        ({**measured(300, "U/L"), "referenceRange": [{"high": {"value": 220}}]}, None),
        ({**measured(300, "U/L", comparator=">"), **limits(220)}, None),
        ({**measured(300, "U/L"), **told("H")}, True),
        ({**measured(200, "U/L"), **told("N")}, False),
        # The laboratory's limit counts before its word.
        ({**measured(219, "U/L"), **limits(220), **told("H")}, False),
        (measured(300, "U/L"), None),
        ({}, None),
    ],
)
def test_ldh_is_judged_by_its_own_laboratory_alone(observation, expected):
    assert is_above_normal(observation) is expected


@pytest.mark.parametrize(
    ("observation", "expected"),
    [
        (coded("10828004"), True),
        (coded("260385009"), False),
        (coded("LA9633-4", LOINC), True),
        ({"valueString": "not detected"}, False),
        ({"valueString": "Detected"}, True),
        ({"valueBoolean": False}, False),
        (told("POS"), True),
        ({"valueString": "38 % of nuclei"}, None),
        ({**coded("260385009"), **told("POS")}, None),
        ({"valueString": "see report", **told("NEG")}, None),
        ({}, None),
    ],
)
def test_a_lesion_is_there_only_where_the_result_says_so(observation, expected):
    assert lesion_found(observation) is expected


@pytest.fixture
def myeloma(chart):
    """Read a chart of a myeloma with results: `myeloma(("1952-1", value, date), ...)`."""

    def make(*results, treatments=(), diagnosed=DIAGNOSED, **more):
        asserted = [{"url": ASSERTED_DATE, "valueDateTime": diagnosed}]
        cancer = chart.condition("m", "C90.00", extension=asserted)
        lab = {"category": [{"coding": [{"code": "laboratory"}]}], **more}
        found = [
            chart.observation(f"{code}-{date}", code, system=LOINC, date=date, **value, **lab)
            for code, value, date in results
        ]
        record = chart.read(cancer, *found, *treatments)
        return myeloma_results(record, record.primary("m"))

    return make


MICROGLOBULIN = ("1952-1", measured(Decimal("4.1"), "mg/L"), "2025-01-13")
ALBUMIN = ("1751-7", measured(Decimal("3.2"), "g/dL"), "2025-01-13")
LDH = ("2532-0", {**measured(189, "U/L"), **limits(220)}, "2025-01-13")
NO_DELETION = ("81746-0", coded("260385009"), "2025-01-20")
NO_4_14 = ("72726-3", coded("260385009"), "2025-01-20")
NO_14_16 = ("77033-9", coded("260385009"), "2025-01-20")


def test_the_results_at_diagnosis_make_both_stages(myeloma):
    found = myeloma(MICROGLOBULIN, ALBUMIN, LDH, NO_DELETION, NO_4_14, NO_14_16)
    assert (found.iss, found.riss) == ("II", "II")
    assert list(found.found) == [
        *("microglobulin", "albumin", "ldh", "del(17p)", "t(4;14)", "t(14;16)"),
    ]
    assert [r["id"] for r in found.of_iss.values()] == ["1952-1-2025-01-13", "1751-7-2025-01-13"]


@pytest.mark.parametrize(
    ("lesions", "revised"),
    [
        ((NO_DELETION, NO_4_14, NO_14_16), "I"),
        # A lesion that was not looked for may be there.
        ((NO_DELETION, NO_4_14), None),
        ((NO_DELETION, ("72726-3", coded("10828004"), "2025-01-20")), "II"),
    ],
)
def test_standard_risk_needs_all_three_lesions_and_high_risk_one(myeloma, lesions, revised):
    low = ("1952-1", measured(2, "mg/L"), "2025-01-13")
    found = myeloma(low, ("1751-7", measured(4, "g/dL"), "2025-01-13"), LDH, *lesions)
    assert (found.iss, found.riss) == ("I", revised)


def test_the_result_nearest_to_the_diagnosis_counts(myeloma):
    later = ("1751-7", measured(4, "g/dL"), "2025-03-20")
    assert myeloma(MICROGLOBULIN, later, ALBUMIN).found["albumin"]["id"] == "1751-7-2025-01-13"


@pytest.mark.parametrize(
    "albumin",
    [
        ("1751-7", measured(4, "g/dL"), "2025-04-15"),
        ("1751-7", measured(4, "g/dL"), "2024-10-15"),
        ("1751-7", measured(4, "g/dL"), "2025-01"),
        ("1747-5", measured(4, "g/dL"), "2025-01-13"),
    ],
)
def test_other_times_and_other_tests_do_not_count(myeloma, albumin):
    found = myeloma(MICROGLOBULIN, albumin)
    assert "albumin" not in found.found
    assert found.iss is None


def test_results_after_the_first_treatment_do_not_count(myeloma, chart):
    drug = {"medicationCodeableConcept": {"text": "bortezomib"}, "status": "active"}
    order = chart.resource("MedicationRequest", "o", authoredOn="2025-01-13", **drug)
    assert myeloma(MICROGLOBULIN, ALBUMIN, treatments=[order]).iss == "II"
    earlier = {**order, "authoredOn": "2025-01-12"}
    assert myeloma(MICROGLOBULIN, ALBUMIN, treatments=[earlier]).found == {}
    # It may have begun on the month's first day.
    assert (
        myeloma(MICROGLOBULIN, ALBUMIN, treatments=[{**order, "authoredOn": "2025-01"}]).iss is None
    )


@pytest.mark.parametrize("status", ["preliminary", "registered", "unknown"])
def test_results_that_are_not_final_do_not_count(myeloma, status):
    assert myeloma(MICROGLOBULIN, ALBUMIN, status=status).found == {}


def test_nothing_counts_where_the_day_of_diagnosis_is_not_known(myeloma):
    assert myeloma(MICROGLOBULIN, ALBUMIN, diagnosed="2025-01").found == {}
