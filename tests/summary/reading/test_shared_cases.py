"""The charts and habits of ../shared/cases, each with the right value that its README states."""

import json

import pytest

from app.config import ROOT
from app.fhir import wire

CASES = ROOT.parent / "shared" / "cases"
pytestmark = pytest.mark.skipif(not CASES.exists(), reason="the shared cases are not here")

# What the page says of a chart, and what it does not say: (where, words), by the file's name.
RIGHT = {
    "exponent": [("Malignant", "120 ng/mL")],
    "dosage-steps": [("Treatments", "80 mg/m2 day 1; 40 mg/m2 days 8 and 15")],
    "name-suffix": [("", "ORTEGA, Luis Jr")],
    "do-not-perform": [("Treatments", "not to be given")],
    "refuted-second-coding": [("Withdrawn", "Malignant neoplasm of breast"), ("No primary", "")],
    "preliminary": [("Malignant", "4.0 ng/mL (preliminary)")],
    "component-units": [("Malignant", "free: 0.50 ng/mL; total: <4.10 ng/mL")],
    "charts/contained-order": [("Treatments", "letrozole systemic")],
    "charts/nocat-er": [("Malignant", "Negative before: Positive")],
    "charts/report-localcat": [
        ("Also in the chart", "Cytology, pleural fluid Malignant cells present")
    ],
    "charts/preliminary-her2": [("Malignant", "Positive (preliminary)")],
    "charts/statements-two-lines": [
        ("Treatments", "fulvestrant systemic No data 01-Jun-2026 onwards under way"),
        ("Treatments", "fulvestrant systemic No data 01-Apr-2026 end unknown completed"),
    ],
    "charts/status-of-metastasis": [
        ("Malignant", "Disease status · 01-Oct-2026 ■ Stable"),
        ("Malignant", "liver 01-Jan-2026"),
        ("Malignant", "Disease status: Progressing, 01-Nov-2026"),
    ],
    "charts/two-values": [("Malignant", "Positive; >=10 %")],
    "charts/ref-display": [("Treatments", "anastrozole")],
}
WRONG = {
    "exponent": ["1.2E+2"],
    "do-not-perform": ["under way", "paclitaxel active"],
    "charts/statements-two-lines": ["Each dose"],
    "charts/ref-display": ["prescribed medication"],
    "charts/contained-order": ["Drug without a name"],
}


def chart(name):
    entries = wire.loads((CASES / f"{name}.json").read_bytes())["entry"]
    return [entry["resource"] for entry in entries]


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_a_chart_reads_as_it_should(read, name):
    page = read(chart(name))
    for heading, words in RIGHT[name]:
        assert words in (page.card(heading) if heading else page.words)
    for words in WRONG.get(name, ()):
        assert words not in page.words.partition("As it is in the chart")[0]


def test_a_replaced_record_is_named_on_every_page(read):
    page = read(chart("replaced-by"))
    said = "This record was replaced by another record of the patient: Patient/elena-martinez"
    assert said in page.words
    for path in ("forms/", "forms/tnm-stage/new?about=case-replaced-by-c1", "receipts/"):
        assert said in page.other_page(path).words


@pytest.mark.parametrize("severity", ["warning", "error"])
def test_an_outcome_among_the_matches_makes_the_page_incomplete(read, severity):
    case = json.loads((CASES / "outcome-in-searchset.json").read_text())
    words = case["server"]["outcome"]["Observation"]["issue"]["details"]["text"]
    emptied = frozenset({"Observation"} if severity == "error" else ())
    page = read(chart("preliminary"), outcomes={"Observation": (severity, words)}, emptied=emptied)
    assert words in page.card("This page is incomplete")
    assert "Biomarkers: No data" not in page.words


def test_a_server_with_the_habits_of_a_large_ehr_is_read_whole_or_told(read):
    def refuses(type_, params):
        if type_ in {"Condition", "Observation"} and not {"category", "code"} & set(params):
            return True
        return params.get("category") == "health-concern" or "intent" in params

    words = "The client is not authorized for a sub-resource of this search."
    told = dict.fromkeys(("Condition", "Observation", "Procedure"), ("warning", words))
    page = read(chart("charts/server-epic"), refuses=refuses, outcomes=told)
    assert words in page.card("This page is incomplete")
    assert "diagnoses, observations" in page.card("Not read: what has no category")
    treatments = page.card("Treatments")
    for drug in ("palbociclib", "capecitabine", "letrozole", "trastuzumab"):
        assert drug in treatments
    assert "Cytology" in page.words
    assert "Progesterone receptor" in page.words
    assert "Positive (preliminary)" in page.words
    assert "IIA" in page.words
