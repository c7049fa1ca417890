"""The curve of a marker: every number at its place, and none where numbers cannot be compared."""

import pytest

from app.summary.measures import HEIGHT, WIDTH, sparkline
from tests.summary.resources import LOINC, coded, observation

MONTHS = ("2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01")


def results(*values, unit="ng/mL", days=MONTHS, **more):
    """Return results, the newest first."""
    found = [
        observation(
            day,
            coded(LOINC, "2857-1"),
            {"valueQuantity": {"unit": unit, **(v if isinstance(v, dict) else {"value": v})}},
            day,
            **more,
        )
        for day, v in zip(days, values, strict=False)
    ]
    return found[::-1]


def test_the_points_rise_with_the_values_from_the_oldest_to_the_newest():
    curve = sparkline(results(0.2, 0.7, 1.6, 3.1))
    xs, ys = zip(*curve.points, strict=True)
    assert list(xs) == sorted(xs)
    assert list(ys) == sorted(ys, reverse=True)
    assert curve.label == "4 results from 01-Jan-2026 to 01-Apr-2026, between 0.2 and 3.1"
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in curve.points)


@pytest.mark.parametrize(
    "few",
    [
        results(1, 2),
        results(1, 2, {"value": 3, "unit": "ug/L"}),
        results(1, 2, {"value": "high"}),
        results(1, 2, 3, days=("2026-01-01",) * 3),
        results(1, 2, 3, days=("2026-01-01", None, "2026-02-01")),
        [],
    ],
)
def test_what_cannot_be_drawn_is_not_drawn(few):
    assert sparkline(few) is None


def test_equal_results_are_a_level_line():
    assert len({y for _, y in sparkline(results(1, 1, 1)).points}) == 1


def test_a_result_below_a_limit_is_drawn_at_the_limit():
    below = sparkline(results({"value": 0.1, "comparator": "<"}, 1, 2))
    assert below.points == sparkline(results(0.1, 1, 2)).points


@pytest.mark.parametrize(
    ("range_", "inside"),
    [
        ({"low": {"value": 1}, "high": {"value": 3}}, [False, True, True, False]),
        ({"high": {"value": 3}}, [True, True, True, False]),
        ({"low": {"value": 1}}, [False, True, True, True]),
        ({"high": {"value": 3, "unit": "ng/mL"}}, [True, True, True, False]),
    ],
)
def test_the_band_holds_the_results_in_the_reference_range(range_, inside):
    curve = sparkline(results(0.5, 1, 3, 4, referenceRange=[range_]))
    top, height = curve.band
    assert [top <= y <= round(top + height, 1) for _, y in curve.points] == inside


@pytest.mark.parametrize(
    "range_", [{"text": "see report"}, {"high": {"value": 3, "unit": "ug/dL"}}, "0 to 4"]
)
def test_without_a_range_in_the_same_unit_there_is_no_band(range_):
    assert sparkline(results(1, 2, 3, referenceRange=[range_])).band is None
