"""FHIR data types read as clinicians write them."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from app.formatting import (
    age,
    conditions_in_words,
    date_time,
    either,
    first_day,
    human_name,
    join,
    partial_date,
    parts,
    pretty_json,
    quantity,
)

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("2026-03-12", "12-Mar-2026"),
        ("2026-03", "Mar-2026"),
        ("2026", "2026"),
        ("2026-03-12T23:30:00-11:00", "12-Mar-2026"),
        (date(2026, 3, 2), "02-Mar-2026"),
        ("spring 2026", "spring 2026"),
        ("2026-13-01", "2026-13-01"),
        ("", "no date"),
        (None, "no date"),
        (7, "no date"),
    ],
)
def test_a_partial_date_shows_what_is_known_and_no_more(value, words):
    assert partial_date(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (datetime(2026, 3, 12, 10, 44, tzinfo=UTC), "12-Mar-2026 10:44 UTC"),
        (
            datetime(2026, 3, 12, 23, 0, tzinfo=timezone(-timedelta(hours=4))),
            "13-Mar-2026 03:00 UTC",
        ),
        ("2026-03-12T10:44:00Z", "12-Mar-2026 10:44 UTC"),
        ("2026-03", "Mar-2026"),
        ("2026-03-12T99:99", "2026-03-12T99:99"),
        (None, "no date"),
    ],
)
def test_a_moment_has_its_time_and_zone(value, words):
    assert date_time(value) == words


@pytest.mark.parametrize(
    ("born", "words"),
    [
        ("1964-02-14", "62y"),
        ("1964-11-25", "61y"),
        ("1964-11-24", "62y"),
        ("1964-11", "62y"),
        ("1964", "about 62y"),
        ("2018-08-24", "8y 3m"),
        ("2018-11-24", "8y"),
        ("2025-09-20", "14m"),
        ("2026-10-13", "6w"),
        ("2026-11-21", "3d"),
        ("2026-11-24", "0d"),
        ("2026-11-25", None),
        ("2030", None),
        ("unknown", None),
        (None, None),
    ],
)
def test_age_is_told_as_finely_as_it_matters(born, words):
    assert age(born, TODAY) == words


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([{"family": "Martinez", "given": ["Elena"], "prefix": ["Ms"]}], "MARTINEZ, Elena (Ms)"),
        ({"family": "Martinez"}, "MARTINEZ"),
        ([{"given": ["Elena", "Rosa"]}], "Elena Rosa"),
        ([{"text": "Elena M."}], "Elena M."),
        (
            [
                {"use": "maiden", "family": "Lopez", "given": ["Elena"]},
                {"use": "usual", "family": "Martinez", "given": ["Elena"]},
            ],
            "MARTINEZ, Elena",
        ),
        ([{"use": "old", "text": "E. Lopez"}, {"text": "Elena M."}], "Elena M."),
        ([{}], "Name not recorded"),
        (["Elena"], "Name not recorded"),
        (None, "Name not recorded"),
    ],
)
def test_a_name_has_the_family_in_capitals_first(names, words):
    assert human_name(names, date(2026, 11, 24)) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"value": 95, "unit": "%"}, "95 %"),
        ({"value": Decimal("10.50"), "code": "mg/dL"}, "10.50 mg/dL"),
        ({"value": Decimal("1E+3"), "unit": "U"}, "1000 U"),
        ({"value": 0, "comparator": "<", "unit": "ng/mL"}, "< 0 ng/mL"),
        ({"value": 2, "code": "1"}, "2"),
        ({"value": Decimal("1.77"), "unit": "square meter", "code": "m2"}, "1.77 m²"),
        ({"unit": "mm"}, "No data"),
        ("28 mm", "No data"),
    ],
)
def test_a_quantity_keeps_its_digits_and_unit(value, words):
    assert quantity(value) == words


def test_parts_that_say_nothing_leave_no_separator():
    assert join(["AJCC 8", None, "", "20-Mar-2026"]) == "AJCC 8 · 20-Mar-2026"


def test_parts_in_html_are_escaped():
    assert parts(["<b>", None]) == '<span class="nowrap">&lt;b&gt;</span>'


def test_json_is_shown_with_the_digits_it_was_read_with():
    shown = pretty_json({"value": Decimal("10.50"), "note": ["é", {}], "ok": True, "none": None})
    assert shown.splitlines() == [
        "{",
        '  "value": 10.50,',
        '  "note": [',
        '    "é",',
        "    {}",
        "  ],",
        '  "ok": true,',
        '  "none": null',
        "}",
    ]


@pytest.mark.parametrize("born", ["2026-02-30", "2026-09-31", "0000", "9999-12-31"])
def test_a_birth_date_that_cannot_be_gives_no_age_and_no_fault(born):
    age(born, TODAY)
    assert age("2026-09-31", TODAY) is None


@pytest.mark.parametrize(
    ("said", "words"), [(["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")]
)
def test_an_enumeration_ends_with_or(said, words):
    assert either(said) == words


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ([[("category", "http://x|laboratory")]], "category laboratory"),
        ([[("code", "http://x|1-8,2-6")]], "code 1-8 or 2-6"),
        ([[("category", "a"), ("status", "final")]], "category a and status final"),
        ([[("category", "a")], [("_tag", "http://x|")]], "category a; _tag http://x|"),
    ],
)
def test_conditions_of_scopes_are_told_without_their_systems(conditions, words):
    assert conditions_in_words(conditions) == words


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-03-12T10:00:00Z", date(2026, 3, 12)),
        ("2026-03", date(2026, 3, 1)),
        ("2026", date(2026, 1, 1)),
        ("2026-03-12", date(2026, 3, 12)),
        ("2026-02-30", None),
        ("20260312", None),
        ("2026-W11-4", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_the_first_day_a_partial_date_can_mean(value, day):
    assert first_day(value) == day
