from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mcode.calculators.body_surface import (
    body_mass_index,
    centimeters,
    dubois,
    kilograms,
    mosteller,
)

D = Decimal


@pytest.mark.parametrize(
    ("height", "weight", "expected"),
    [
        # The roots are whole: 180 * 80 / 3600 = 4, 144 * 25 / 3600 = 1, 100 * 9 / 3600 = 1/4.
        ("180", "80", "2.00"),
        ("144", "25", "1.00"),
        ("100", "9", "0.50"),
        # 160 * 60 / 3600 = 2.666..., of which the root is 1.63299.
        ("160", "60", "1.63"),
    ],
)
def test_mosteller_is_the_root_of_a_sixtieth(height, weight, expected):
    assert mosteller(D(height), D(weight)) == D(expected)
    assert str(mosteller(D(height), D(weight))) == expected


@pytest.mark.parametrize(
    ("height", "weight", "logarithm"),
    # log10 of 0.007184 is -2.143634, by tables: + 0.725 log10 height + 0.425 log10 weight.
    [("170", "70", 0.257608), ("110", "24", -0.077034), ("150", "90", 0.264586)],
)
def test_dubois_is_a_product_of_powers(height, weight, logarithm):
    assert float(dubois(D(height), D(weight))) == pytest.approx(10**logarithm, abs=0.005)
    assert dubois(D(height), D(weight)).as_tuple().exponent == -2


def test_the_body_mass_index_is_weight_over_height_twice():
    assert body_mass_index(D(200), D(100)) == D("25.0")
    assert body_mass_index(D("165"), D("51.05")) == D("18.8")


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("168", "cm", "168"),
        ("1.68", "m", "168.00"),
        ("1680", "mm", "168.0"),
        ("66", "[in_i]", "167.64"),
        ("5.5", "[ft_i]", "167.640"),
        ("20", "cm", "20"),
        ("260", "cm", "260"),
        ("19.9", "cm", None),
        ("260.1", "cm", None),
        ("1.68", "cm", None),
        ("168", "m", None),
        ("168", "kg", None),
        ("NaN", "cm", None),
    ],
)
def test_heights_are_converted_within_what_people_measure(value, unit, expected):
    assert centimeters(D(value), unit) == (expected and D(expected))


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("64", "kg", "64"),
        ("3400", "g", "3.400"),
        ("141", "[lb_av]", "63.95652417"),
        ("120", "[oz_av]", "3.401942775"),
        ("0.3", "kg", "0.3"),
        ("450", "kg", "450"),
        ("0.29", "kg", None),
        ("451", "kg", None),
        ("-64", "kg", None),
        ("64", "cm", None),
        ("64", "", None),
    ],
)
def test_weights_are_converted_within_what_people_weigh(value, unit, expected):
    assert kilograms(D(value), unit) == (expected and D(expected))


@given(
    st.decimals(20, 260, places=1),
    st.decimals(D("0.3"), 450, places=1),
    st.decimals(1, 5, places=1),
)
def test_who_is_taller_or_heavier_has_more_surface(height, weight, more):
    for formula in (mosteller, dubois):
        assert formula(height + more, weight) >= formula(height, weight)
        assert formula(height, weight + more) >= formula(height, weight)


@given(st.decimals(120, 200, places=1), st.decimals(30, 120, places=1))
def test_the_two_formulas_differ_by_less_than_15_percent_for_most_people(height, weight):
    one, other = mosteller(height, weight), dubois(height, weight)
    assert abs(one - other) / one < D("0.15")
