from decimal import Decimal

import pytest

from app.mcode.values import Value, component_value, observation_value, reference_range


@pytest.mark.parametrize(
    ("observation", "value"),
    [
        (
            {"valueQuantity": {"value": Decimal("10.50"), "unit": "ng/mL"}},
            Value("10.50", "ng/mL", 10.5),
        ),
        ({"valueQuantity": {"value": 3, "comparator": "<", "code": "%"}}, Value("<3", "%", 3.0)),
        ({"valueInteger": 0}, Value("0", None, 0.0)),
        ({"valueBoolean": False}, Value("No")),
        ({"valueString": "positive"}, Value("positive")),
        ({"valueCodeableConcept": {"text": "Positive"}}, Value("Positive")),
        (
            {
                "valueRatio": {
                    "numerator": {"value": 2},
                    "denominator": {"value": 10, "unit": "HPF"},
                }
            },
            Value("2 / 10 HPF"),
        ),
        (
            {"valueRange": {"low": {"value": 1, "unit": "cm"}, "high": {"value": 2}}},
            Value("1 to 2", "cm"),
        ),
        (
            {"dataAbsentReason": {"coding": [{"code": "not-performed"}]}},
            Value(absent="Not performed"),
        ),
        (
            {"valueInteger": 1, "interpretation": [{"text": "Restricted"}]},
            Value("1", None, 1.0, "Restricted"),
        ),
        ({}, Value()),
        ({"valueQuantity": "10"}, Value("10")),
        ({"valueQuantity": {"value": Decimal("1E+400")}}, Value()),
        ({"valueQuantity": {"value": 10**400}}, Value()),
        ({"valueQuantity": {"value": "10"}}, Value()),
    ],
)
def test_every_type_of_result_is_read(observation, value):
    assert observation_value(observation) == value


def test_a_component_is_found_by_its_code():
    coding = {"system": "http://loinc.org", "code": "33728-7"}
    size = {"code": {"coding": [coding]}, "valueQuantity": {"value": 1, "unit": "cm"}}
    observation = {"component": [{"code": {}}, size]}
    assert component_value(observation, "http://loinc.org", "33728-7") == Value("1", "cm", 1.0)
    assert component_value(observation, "http://loinc.org", "33729-5") is None


def test_a_reference_range_may_have_one_end():
    assert reference_range({"referenceRange": [{"high": {"value": Decimal("4.0")}}]}) == (None, 4.0)
    assert reference_range({}) == (None, None)
