"""Performance status by scale, newest first."""

import pytest

from app.summary.panels.performance import performance_rows
from tests.summary.resources import LOINC, NCIT, coded, condition, ecog, observation, record


def rows(*resources):
    return performance_rows(record(condition(), *resources))


def test_the_newest_is_first_with_its_meaning():
    meaning = {"interpretation": [{"text": "Fully active"}]}
    shown = rows(ecog(1, "2026-09-29"), {**ecog(0), **meaning})
    assert [(row.name, row.value, row.date) for row in shown] == [
        ("ECOG", "0", "02-Nov-2026"),
        ("ECOG", "1", "29-Sep-2026"),
    ]
    assert shown[0].detail == "Fully active"


@pytest.mark.parametrize(
    ("code", "scale"),
    [(coded(LOINC, "89243-0"), "Karnofsky"), (coded(NCIT, "C38144"), "Lansky")],
)
def test_each_scale_has_its_name(code, scale):
    assert rows(observation("x", code, 80))[0].name == scale


@pytest.mark.parametrize("meaning", [{"text": "ECOG 0"}, {"coding": [{"code": "LA9622-7"}]}])
def test_words_that_say_nothing_more_are_left_out(meaning):
    assert rows({**ecog(0), "interpretation": [meaning]})[0].detail is None
