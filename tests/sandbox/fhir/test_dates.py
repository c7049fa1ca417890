import pytest

from app.sandbox.fhir.dates import span


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2026", "2026-01-01T00:00:00.000000Z", "2026-12-31T23:59:59.999999Z"),
        ("2024-02", "2024-02-01T00:00:00.000000Z", "2024-02-29T23:59:59.999999Z"),
        ("2026-12", "2026-12-01T00:00:00.000000Z", "2026-12-31T23:59:59.999999Z"),
        ("2026-12-31", "2026-12-31T00:00:00.000000Z", "2026-12-31T23:59:59.999999Z"),
        ("2026-03-01T09:30Z", "2026-03-01T09:30:00.000000Z", "2026-03-01T09:30:59.999999Z"),
        ("2026-03-01T01:00:00+02:00", "2026-02-28T23:00:00.000000Z", "2026-02-28T23:00:00.999999Z"),
        ("2026-03-01T00:00:00.12Z", "2026-03-01T00:00:00.120000Z", "2026-03-01T00:00:00.129999Z"),
    ],
)
def test_a_date_covers_all_that_its_precision_leaves_open(text, low, high):
    assert span(text) == (low, high)


@pytest.mark.parametrize(
    "text", ["", "26", "2026-13", "2026-02-30", "2026-1-1", "today", "2026-03-01T25:00Z"]
)
def test_what_is_no_date_covers_nothing(text):
    assert span(text) is None
