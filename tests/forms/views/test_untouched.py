"""Silent change: an odd answer of the chart that nobody touches stays as it is."""

import copy

import pytest

from app.forms._registry import form_of
from tests.forms.views.clinician import main_of


def quantity(**value):
    return lambda resource: resource.update(valueQuantity=value)


def dose(**value):
    return lambda resource: resource["dosage"].update(dose=value)


def sizes(*numbers):
    """Return the change to a tumor of these dimensions in mm, as the chart has them."""

    def change(resource):
        sized = [c for c in resource["component"] if "valueQuantity" in c]
        for component, number in zip(sized, numbers, strict=True):
            component["valueQuantity"]["value"] = number

    return change


ODD = {
    "an area without a unit": ("body-surface-area", quantity(value=1.73)),
    "an area with a bound": (
        "body-surface-area",
        quantity(value=1.7, comparator=">", code="m2"),
    ),
    "an area in another unit": ("body-surface-area", quantity(value=17300, code="cm2")),
    "a dose without a unit": ("medication-administration", dose(value=142)),
    "a marker without a unit": ("tumor-marker-test", quantity(value=38.4)),
    "a marker of 300 digits": ("tumor-marker-test", quantity(value=1e300, unit="banana/wk")),
    "the longest dimension last": ("tumor-size", sizes(21, 28)),
    "a dimension of nothing": ("tumor-size", sizes(28, 0)),
    "a dimension of six digits": ("tumor-size", sizes(123456, 28)),
}


@pytest.mark.parametrize(("slug", "change"), ODD.values(), ids=ODD)
def test_what_nobody_touches_comes_back_as_it_was_shown(nancy, chart, slug, change):
    form_class = form_of(slug)
    nancy.saved(nancy.review(form_class))
    main = main_of(chart, form_class)
    change(main)
    before = copy.deepcopy(chart.stored)
    path = f"forms/{slug}/{main['id']}"
    shown = nancy.open(path)
    if nancy.post(path, shown).status_code == 303:
        nancy.get(nancy.page.location)
    assert "Nothing is changed" in nancy.words
    # A change of something else goes through, and leaves it alone too.
    nancy.saved(nancy.enter(path, {**shown, "note": "seen again"}))
    now = main_of(chart, form_class)
    kept = ("valueQuantity", "dosage", "component")
    held = before[f"{main['resourceType']}/{main['id']}"]
    assert {name: now.get(name) for name in kept} == {name: held.get(name) for name in kept}


@pytest.mark.parametrize("date", ["2026-13", "2026-00", "2026-02-00"])
def test_a_date_that_there_is_not_never_becomes_another_one(nancy, chart, date):
    form_class = form_of("tumor-size")
    nancy.saved(nancy.review(form_class))
    main = main_of(chart, form_class)
    main["effectiveDateTime"] = date
    path = f"forms/tumor-size/{main['id']}"
    shown = nancy.open(path)
    assert nancy.post(path, {**shown, "note": "seen again"}).status_code == 422
    assert "Enter the month as a number" in nancy.words or "Enter a day from 1" in nancy.words
