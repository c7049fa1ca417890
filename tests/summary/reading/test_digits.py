"""Numbers, units and ranges are shown as they were written."""

from decimal import Decimal

import pytest

from tests.summary.reading.charts import chart, marker
from tests.summary.resources import order


def quantity(value, unit="ng/mL", **more):
    return {"value": Decimal(value), "unit": unit, "code": unit, **more}


def psa(value=None, **more):
    held = {"valueQuantity": value} if value else {}
    return chart(marker("psa", "2857-1", held, words="PSA", **more))


@pytest.mark.parametrize(
    ("written", "shown"),
    [("1.2E+2", "120 ng/mL"), ("1.20E-3", "0.00120 ng/mL"), ("4.10", "4.10 ng/mL")],
)
def test_a_number_has_no_exponent_and_all_its_digits(read, written, shown):
    assert shown in read(psa(quantity(written))).row("Observation/psa")
    parts = [{"code": {"text": "free"}, "valueQuantity": quantity(written)}]
    assert f"free: {shown}" in read(psa(component=parts)).row("Observation/psa")
    limits = {"low": quantity(written), "high": quantity("1E+3")}
    row = read(psa(quantity("1"), referenceRange=[limits])).row("Observation/psa")
    assert f"reference {shown.partition(' ')[0]} to 1000" in row


def test_components_stand_beside_the_value_each_with_its_unit(read):
    parts = [
        {"code": {"text": "free"}, "valueQuantity": quantity("0.50")},
        {
            "code": {"text": "ratio"},
            "valueQuantity": quantity("12", "%"),
            "interpretation": [{"text": "Low"}],
        },
        {"code": {"text": "bound"}, "dataAbsentReason": {"text": "Not performed"}},
    ]
    row = read(psa(quantity("4.0"), component=parts)).row("Observation/psa")
    assert "4.0 ng/mL; free: 0.50 ng/mL; ratio: 12 %, Low" in row
    assert "bound: No data (not performed)" in row


def test_reference_ranges_are_told_apart_by_type_and_by_whom_they_are_for(read):
    ranges = [
        {"type": {"coding": [{"code": "treatment"}]}, "high": quantity("0.10")},
        {"low": quantity("0.00"), "high": quantity("4.00"), "appliesTo": [{"text": "men"}]},
        {"text": "0.00-2.50 ng/mL after 12 weeks"},
    ]
    row = read(psa(quantity("3.10"), referenceRange=ranges)).row("Observation/psa")
    assert (
        "reference treatment: up to 0.10; 0.00 to 4.00, men; 0.00-2.50 ng/mL after 12 weeks" in row
    )


def test_a_curve_is_shaded_by_the_range_of_the_healthy_alone(read):
    treated = {"type": {"coding": [{"code": "treatment"}]}, "high": quantity("0.10")}
    results = [
        marker(f"p{n}", "2857-1", {"valueQuantity": quantity(str(n))}, f"2026-0{n}-01", "PSA")
        for n in (1, 2, 3)
    ]
    for result in results:
        result["referenceRange"] = [treated]
    assert "shaded: reference range" not in read(chart(*results)).words
    for result in results:
        result["referenceRange"] = [treated, {"high": quantity("4.0")}]
    assert "shaded: reference range" in read(chart(*results)).words


@pytest.mark.parametrize(
    ("steps", "shown"),
    [
        (
            [
                {"sequence": 2, "text": "40 mg/m2 days 8 and 15"},
                {"sequence": 1, "doseAndRate": [{"doseQuantity": quantity("80", "mg/m2")}]},
            ],
            "80 mg/m2; 40 mg/m2 days 8 and 15",
        ),
        ([{"text": "first"}, {"text": "second"}, {"text": "third"}], "first; second; third"),
        (
            [
                {"sequence": 10, "text": "40 mg"},
                {"sequence": 9, "text": "80 mg"},
                {"text": "as needed"},
            ],
            "80 mg; 40 mg; as needed",
        ),
    ],
)
def test_a_dose_has_all_its_steps_in_their_order(read, steps, shown):
    taken = {**order(id_="taken", dosage=steps), "resourceType": "MedicationStatement"}
    page = read(chart(order(dosageInstruction=steps), taken))
    assert shown in page.row("MedicationRequest/order")
    assert shown in page.row("MedicationStatement/taken")


def test_a_coded_dose_that_the_words_do_not_name_stands_beside_them(read):
    step = {
        "text": "1000 mg/m2 by mouth",
        "route": {"text": "intrathecal"},
        "doseAndRate": [{"doseQuantity": quantity("8000", "mg")}],
    }
    row = read(chart(order(dosageInstruction=[step]))).row("MedicationRequest/order")
    assert "1000 mg/m2 by mouth (coded: 8000 mg, intrathecal)" in row


def test_a_tumor_size_is_written_without_exponent(read):
    def part(value):
        return {"code": {"text": "d"}, "valueQuantity": quantity(value, "mm")}

    size = marker("size", "21889-1", {}, component=[part("1.2E+2"), part("30")])
    assert "120 × 30 mm" in read(chart(size)).row("Observation/size")


@pytest.mark.parametrize(
    "type_", ["MedicationRequest", "MedicationStatement", "MedicationAdministration"]
)
def test_a_drug_named_twice_and_not_alike_has_both_names(read, type_):
    drug = {"resourceType": "Medication", "id": "d", "code": {"text": "letrozole"}}
    both = order(medicationReference={"reference": "Medication/d"})
    page = read([*chart({**both, "resourceType": type_}), drug])
    assert "doxorubicin; letrozole" in page.card("Treatments")
