"""Numbers that can be compared: quotients only of what has one unit."""

import pytest

from app.summary.measures import measure, quotient, ratio_text


def ratio(above, below):
    return {"valueRatio": {"numerator": above, "denominator": below}}


def mg(value, **more):
    return {"value": value, "unit": "mg/L", **more}


@pytest.mark.parametrize(
    ("observation", "found"),
    [
        (ratio(mg(10), mg(4)), 2.5),
        (ratio(mg(10), {"value": 4, "unit": "g/L"}), None),
        (ratio({"value": 1}, {"value": 128}), None),
        (ratio(mg(10), mg(0)), None),
        (ratio(mg(10, comparator="<"), mg(4)), None),
        (ratio(mg("ten"), mg(4)), None),
        (ratio("10", None), None),
        ({"valueRatio": "10:4"}, None),
        ({}, None),
    ],
)
def test_a_quotient_needs_two_numbers_of_one_unit(observation, found):
    assert quotient(observation) == found


@pytest.mark.parametrize(
    ("number", "words"),
    [(5.547, "5.5"), (50.86, "50.9"), (1.649, "1.65"), (0.26, "0.26"), (0.0123, "0.012")],
)
def test_a_quotient_keeps_the_digits_that_tell(number, words):
    assert ratio_text(number) == words


@pytest.mark.parametrize("value", [None, "3", {"value": "3"}, {"value": True}, {"unit": "mg/L"}])
def test_what_is_no_number_is_not_measured(value):
    assert measure({"valueQuantity": value}) is None
