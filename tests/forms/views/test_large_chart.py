"""A chart of more records than a page has room for: the pages of entry have an end, and say so."""

import copy
import re
import time

import pytest

from tests.forms.views.test_one_cancer import visit

pytestmark = pytest.mark.fuzz
LONG = "<&\"'" * 700
MOST = 3_000_000
VOLUME = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-radiotherapy-volume"
LEFT_OUT = "more of the chart have no room on this page"


def grow(chart, type_: str, number: int, profile=None) -> None:
    """Give the chart many copies of its resources of a type, each with a long name of its own."""
    found = [one for name, one in chart.stored.items() if name.startswith(f"{type_}/")]
    for n in range(number):
        grown = copy.deepcopy(found[n % len(found)]) | {"id": f"grown-{n}"}
        name = grown.get("medicationCodeableConcept") or grown.setdefault("code", {})
        name["text"] = f"{LONG}{n}"
        if profile:
            grown["meta"] = {**grown["meta"], "profile": [profile]}
        chart.stored[f"{type_}/grown-{n}"] = grown


@pytest.mark.parametrize(
    ("type_", "slug", "left_out"),
    [
        ("MedicationAdministration", "adverse-event", 1200),
        ("MedicationRequest", "medication-administration", 1200),
        ("BodyStructure", "radiotherapy-course", 1200),
        ("BodyStructure", "specimen", 1200),
        ("Specimen", "tumor-size", 1200),
    ],
)
def test_a_field_offers_so_many_records_and_says_how_many_it_does_not(
    nancy, chart, type_, slug, left_out
):
    grow(chart, type_, 1500, VOLUME if slug == "radiotherapy-course" else None)
    page = nancy.get(f"forms/{slug}/new?about=breast")
    assert page.status_code == 200
    assert len(page.data) < MOST
    said = [int(words.split()[-1]) for words in nancy.words.split(LEFT_OUT)[:-1]]
    assert said
    assert all(left_out <= number <= left_out + 100 for number in said)


def test_an_amended_result_with_a_thousand_components_is_asked_about_at_once(nancy, chart):
    parts = [{"code": {"text": f"Part {n} {LONG[:900]}"}, "valueString": LONG} for n in range(1000)]
    chart.stored["Observation/before"] = {
        "resourceType": "Observation",
        "id": "before",
        "meta": {"versionId": "1"},
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "6875-9"}]},
        "subject": {"reference": "Patient/pat"},
        "effectiveDateTime": "2026-10-01",
        "valueQuantity": {"value": 38, "unit": "U/mL"},
        "component": parts,
    }
    shown = nancy.open("forms/tumor-marker-test/before")
    before = len(nancy.page.data)
    assert before < 200_000
    assert "further parts" in nancy.words
    began = time.process_time()
    asked = nancy.post("forms/tumor-marker-test/before", {**shown, "number": "12"})
    assert time.process_time() - began < 4
    assert asked.status_code == 422
    assert asked.text.count("<legend>Component: ") == 1
    assert len(asked.data) < before + 100_000
    ticks = dict.fromkeys(re.findall(r'name="(confirm-[a-z0-9-]+)"', asked.text), "yes")
    review = nancy.post("forms/tumor-marker-test/before", {**shown, "number": "12", **ticks})
    began = time.process_time()
    shown = nancy.get(review.location)
    assert shown.status_code == 200
    assert len(shown.data) < 1_000_000
    assert "further elements stay as they are" in nancy.words
    nancy.press("save")
    assert time.process_time() - began < 8


def test_a_choice_of_so_many_cancers_has_an_end(nancy, chart):
    for n in range(700):
        named = {"code": {"text": f"Malignant tumor of breast {n} {LONG}"}}
        dated = {"onsetDateTime": f"{1000 + n}-01-01"}
        chart.stored[f"Condition/c{n}"] = visit(f"c{n}", **named, **dated)
    page = nancy.get("forms/disease-status/new")
    assert page.status_code == 200
    assert len(page.data) < MOST
    assert LEFT_OUT in nancy.words
