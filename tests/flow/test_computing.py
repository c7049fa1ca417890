"""A surface that is computed on the server, seen, reviewed and saved."""

import re

import pytest

from tests.live import Chart

pytestmark = pytest.mark.server


def test_a_surface_is_computed_anew_shown_and_written_with_what_it_is_from(running, clinician):
    clinician.launch("elena-martinez", "oncologist-owen").open("forms/body-surface-area/new")
    shown = clinician.inputs()
    assert (shown["height"], shown["weight"], shown["area"]) == ("163", "69.0", "1.77")
    clinician.send(weight="72", act="compute")
    assert clinician.page.status_code == 200
    # The root of 163 * 72 / 3600 is 1.8055.
    assert clinician.inputs()["area"] == "1.81"
    assert "computed: Mosteller formula, from 163 cm and 72 kg" in clinician.text
    clinician.send(**{"date-day": "20", "date-month": "11", "date-year": "2026"})
    assert "Review before saving" in clinician.text
    clinician.send("save")
    assert "Saved to the chart" in clinician.text
    saved = Chart(running, "elena-martinez").read(
        re.search(r"Observation/[\w.-]+", clinician.text)[0]
    )
    assert saved["valueQuantity"]["value"] == 1.81
    assert saved["method"] == {"text": "Mosteller formula"}
    assert [source["reference"] for source in saved["derivedFrom"]] == [
        "Observation/elena-martinez-height-2026-11-02"
    ]


def test_what_cannot_be_computed_says_what_is_missing(clinician):
    clinician.launch("theo-lindgren", "oncologist-owen").open("forms/body-surface-area/new")
    clinician.send(height="", area="", act="compute")
    assert clinician.page.status_code == 422
    assert "Enter the height that the formula needs" in clinician.text
    assert "Enter the body surface area" in clinician.text


def test_an_entry_without_its_measures_says_what_its_surface_is_computed_from(clinician):
    clinician.launch("elena-martinez", "oncologist-owen")
    clinician.open("forms/body-surface-area/elena-martinez-bsa-2026-11-02")
    clinician.send(weight="72", act="compute")
    assert clinician.page.status_code == 422
    assert "choose the formula and enter the height and weight" in clinician.text
