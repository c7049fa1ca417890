"""What stands beside an amended value stays only on the person's word: asked, answered, written."""

import json
import re
from pathlib import Path

import pytest

from tests.forms.cases import clinical_stage, concept

CASE = Path(__file__).resolve().parents[4] / "shared" / "cases" / "stale-interpretation.json"
FLAGS = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"


def observation(loinc, **elements):
    return {
        "resourceType": "Observation",
        "id": "before",
        "meta": {"versionId": "1"},
        "status": "final",
        "code": concept(loinc, loinc, LOINC),
        "subject": {"reference": "Patient/pat"},
        "effectiveDateTime": "2026-10-01",
        **elements,
    }


def amount(value, unit, **more):
    return {"value": value, "unit": unit, "system": UCUM, "code": unit, **more}


WORDS = {"url": "http://hl7.org/fhir/StructureDefinition/originalText", "valueString": "38 (twice)"}
CHARTS = {
    "a marker, flagged by its laboratory": (
        "tumor-marker-test",
        observation(
            "6875-9",
            valueQuantity=amount(38, "U/mL", extension=[WORDS]),
            interpretation=[concept("H", "High", FLAGS)],
            referenceRange=[{"high": {"value": 30}}],
            performer=[{"reference": "Organization/lab", "display": "Central Laboratory"}],
            text={"status": "generated", "div": "<div>38 U/mL High</div>"},
        ),
        {"number": "12"},
        ["High", "up to 30", "38 (twice)", "Central Laboratory"],
    ),
    "a size with the words of radiology": (
        "tumor-size",
        observation(
            "21889-1",
            focus=[{"reference": "BodyStructure/lump"}],
            component=[
                {
                    "code": concept("33728-7", "Longest", LOINC),
                    "valueQuantity": amount(26, "mm"),
                    "interpretation": [{"text": "Larger than in March"}],
                }
            ],
            text={"status": "additional", "div": "<div>26 mm, seen with Dr Smith</div>"},
        ),
        {"size": "11"},
        ["Larger than in March", "26 mm, seen with Dr Smith"],
    ),
    "a performance status in the words of a nurse": (
        "ecog",
        observation("89247-1", valueInteger=1, interpretation=[{"text": "Up and about"}]),
        {"points": "4"},
        ["Up and about"],
    ),
}
charts = pytest.mark.parametrize(("slug", "before", "change", "said"), CHARTS.values(), ids=CHARTS)


def questions(nancy) -> dict[str, str]:
    """Return what the page asks to be answered by yes or no, by the name of its input."""
    found = re.findall(
        r'(?s)<fieldset class="field[^"]*"\s+id="(confirm-holds-\w+)".*?<legend>(.*?)</legend>',
        nancy.page.text,
    )
    return {name: " ".join(legend.split()) for name, legend in found}


def amend(nancy, chart, slug, before, change):
    chart.stored["Observation/before"] = json.loads(json.dumps(before))
    path = f"forms/{slug}/before"
    sent = {**nancy.open(path), **change}
    assert nancy.post(path, sent).status_code == 422, nancy.words
    assert "There is a problem" in nancy.words
    return path, sent


@charts
@pytest.mark.parametrize("word", ["yes", "no"])
def test_it_is_asked_and_kept_or_taken_away_as_the_person_says(
    nancy, chart, slug, before, change, said, word
):
    path, sent = amend(nancy, chart, slug, before, change)
    asked = questions(nancy)
    assert all(any(words in legend for legend in asked.values()) for words in said)
    assert all(f"#{name}" in nancy.page.text for name in asked)
    nancy.saved(nancy.enter(path, {**sent, **dict.fromkeys(asked, word)}))
    after = json.dumps(chart.stored["Observation/before"])
    assert [words for words in said if words in after] == (said if word == "yes" else []) or (
        "up to 30" in said and ("referenceRange" in after) is (word == "yes")
    )
    assert '"generated"' not in after


@charts
def test_where_the_value_stays_nothing_is_asked_and_nothing_else_changes(
    nancy, chart, slug, before, change, said
):
    chart.stored["Observation/before"] = json.loads(json.dumps(before))
    path = f"forms/{slug}/before"
    assert nancy.post(path, {**nancy.open(path), "note": "seen"}).status_code in {303, 422}
    still = {n: w for n, w in questions(nancy).items() if not w.startswith("Text of the record")}
    assert still == {}


def test_each_has_an_answer_of_its_own_and_one_for_another_value_does_not_count(nancy, chart):
    slug, before, change, _ = CHARTS["a marker, flagged by its laboratory"]
    path, sent = amend(nancy, chart, slug, before, change)
    asked = questions(nancy)
    high = next(name for name, words in asked.items() if "High" in words)
    told = {**sent, **dict.fromkeys(asked, "no"), high: "yes"}
    # One answer is missing: the others stay on the page.
    other = next(name for name in asked if name != high)
    assert nancy.post(path, {n: v for n, v in told.items() if n != other}).status_code == 422
    assert nancy.inputs("entry")[high] == "yes"
    assert other not in nancy.inputs("entry")
    # The answers were about 12 U/mL.
    assert nancy.post(path, {**told, "number": "13"}).status_code == 422
    assert set(questions(nancy)).isdisjoint(asked)
    nancy.saved(nancy.enter(path, told))
    after = chart.stored["Observation/before"]
    assert after["interpretation"] == before["interpretation"]
    assert {"referenceRange", "performer", "text"}.isdisjoint(after)
    assert after["valueQuantity"] == amount(12, "U/mL")


def test_the_review_shows_what_is_taken_away(nancy, chart):
    slug, before, change, _ = CHARTS["a marker, flagged by its laboratory"]
    path, sent = amend(nancy, chart, slug, before, change)
    nancy.get(nancy.enter(path, {**sent, **dict.fromkeys(questions(nancy), "no")}))
    assert re.search(r"Interpretation.{0,40}High", nancy.words)


def test_a_stage_group_that_stays_beside_another_category_is_asked_about(nancy, chart, answers):
    for resource in clinical_stage():
        chart.stored[f"Observation/{resource['id']}"] = resource
    path = "forms/tnm-stage/group"
    sent = {**nancy.open(path), "t": answers.key("t", "cT4", "c")}
    assert nancy.post(path, sent).status_code == 422
    assert "The stage group stays IIB, and cT4 is new" in nancy.words
    assert nancy.post(path, {**sent, "confirm-group-stays": "yes"}).status_code == 303
    other = {**sent, "group": answers.key("group", "IIIB", "c")}
    assert nancy.post(path, other).status_code == 303


def test_a_tick_stays_on_the_page_where_another_question_is_open(nancy, chart):
    """Two questions, of which the person answers one after the other."""
    slug, before, _, _ = CHARTS["a marker, flagged by its laboratory"]
    path, sent = amend(nancy, chart, slug, before, {"number": "12", "number-unit": "kg"})
    assert "confirm-unit" in nancy.page.text
    asked = questions(nancy)
    assert nancy.post(path, {**sent, "confirm-unit": "yes"}).status_code == 422
    assert nancy.inputs("entry")["confirm-unit"] == "yes"
    assert (
        nancy.post(path, {**nancy.inputs("entry"), **dict.fromkeys(asked, "no")}).status_code == 303
    )


@pytest.mark.skipif(not CASE.is_file(), reason="needs ../shared/cases")
def test_the_case_of_a_number_flagged_high_is_never_saved_in_silence(launch, chart):
    for entry in json.loads(CASE.read_text(encoding="utf-8"))["entry"]:
        resource = {**entry["resource"], "meta": {**entry["resource"].get("meta", {})}}
        resource["meta"]["versionId"] = "1"
        chart.stored[f"{resource['resourceType']}/{resource['id']}"] = resource
    nancy = launch(patient="case-stale-interpretation")
    path = "forms/tumor-marker-test/case-stale-interpretation-o1"
    sent = {**nancy.open(path), "number": "0.10"}
    assert nancy.post(path, sent).status_code == 422
    (asked,) = questions(nancy).items()
    assert asked[1] == "Interpretation: High"
    assert "It was recorded with > 4.0 ng/mL. You change this to 0.10 ng/mL." in nancy.words
    nancy.saved(nancy.enter(path, {**sent, asked[0]: "no"}))
    after = chart.stored["Observation/case-stale-interpretation-o1"]
    assert "interpretation" not in after
    assert after["valueQuantity"]["value"] == 0.10
