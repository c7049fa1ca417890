"""Body surface area, newest first, with what it was computed from."""

from app.summary.panels.surface import surface_rows
from tests.summary.resources import LOINC, coded, condition, observation, record


def surface(id_, value, date, **more):
    return observation(id_, coded(LOINC, "8277-6", "Body surface area"), value, date, **more)


def rows(*resources):
    return surface_rows(record(condition(), *resources))


def area(value, **unit):
    return {"valueQuantity": {"value": value, **unit}}


def measure(value, unit):
    return {"code": {"text": "measure"}, "valueQuantity": {"value": value, "unit": unit}}


def test_the_newest_is_first_with_its_method_and_measures():
    computed = {
        **area(1.77, unit="square meter", code="m2"),
        "method": {"text": "Mosteller formula"},
        "component": [measure(163, "cm"), measure(69, "kg")],
    }
    shown = rows(
        surface("before", area(1.79, unit="m2"), "2026-03-14"),
        surface("now", computed, "2026-11-02"),
    )
    assert [(row.value, row.detail, row.date) for row in shown] == [
        ("1.77 m²", "Mosteller formula, 163 cm and 69 kg", "02-Nov-2026"),
        ("1.79 m2", "", "14-Mar-2026"),
    ]
    assert [row.key for row in shown] == ["Observation/now", "Observation/before"]


def test_a_surface_without_a_value_says_why():
    missing = {"dataAbsentReason": {"text": "Not done"}}
    assert [row.value for row in rows(surface("x", missing, "2026-11-02"))] == [
        "No data (not done)"
    ]


def test_other_measures_are_none():
    assert rows(observation("w", coded(LOINC, "29463-7", "Body weight"), 69)) == ()


def test_the_page_shows_it_with_the_ones_before(summary_page):
    page = summary_page(
        record(
            condition(),
            surface("now", area(1.77, code="m2"), "2026-11-02"),
            surface("before", area(1.79, code="m2"), "2026-03-14"),
        ),
        edit_forms={"Observation/now": ("body-surface-area", "now")},
    )
    words, links = page.sections()["Body surface area"]
    assert "1.77 m² 02-Nov-2026" in words
    assert "1 earlier body surface area 1.79 m² 14-Mar-2026" in words
    assert links == ["/l/l/forms/body-surface-area/now"]
    assert "Body surface area" not in summary_page(record(condition())).sections()
