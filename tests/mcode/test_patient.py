from __future__ import annotations

from datetime import date

import pytest

from app.mcode.patient import is_at_least, is_deceased

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        ("2010-11-24", True),
        ("2010-11-25", False),
        ("1964-02-14", True),
        ("2010-10", True),
        ("2010-11", None),
        ("2010-12", False),
        ("2009", True),
        ("2010", None),
        ("2011", False),
        ("unknown", None),
        (None, None),
    ],
)
def test_an_age_is_told_only_where_the_birth_date_tells_it(born, expected):
    assert is_at_least({"birthDate": born}, 16, TODAY) is expected


def test_a_leap_day_is_reached_on_the_day_after():
    born = {"birthDate": "2008-02-29"}
    assert is_at_least(born, 17, date(2025, 2, 28)) is False
    assert is_at_least(born, 17, date(2025, 3, 1)) is True


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, False),
        ({"deceasedBoolean": False}, False),
        ({"deceasedBoolean": True}, True),
        ({"deceasedDateTime": "2026-05"}, True),
    ],
)
def test_a_death_is_told_as_a_flag_or_a_date(said, expected):
    assert is_deceased(said) is expected
