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
    "charts/encdx-breast": [
        ("Malignant", "Diagnosed 10-Jan-2025"),
        ("Malignant", "Clinical · TNM · 20-Jan-2025 IIB"),
        ("Malignant", "5 entries of the chart record this cancer"),
    ],
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
    "charts/dxproc-mammo": [
        ("Treatments", "Lumpectomy of breast surgery No data 10-Feb-2022"),
        ("Treatments", "6 more under Procedures"),
        ("Also in the chart", "Procedures (6) Mammography completed 18-Sep-2025"),
    ],
    "charts/cpt-surgery": [
        ("Treatments", "PARTIAL MASTECTOMY surgery"),
        ("Treatments", "RADIATION TX MANAGEMENT X5 radiotherapy"),
    ],
    "charts/synthea-breast-1": [
        ("Malignant", "Clinical · TNM · 06-Nov-2014"),
        ("Treatments", "Chemotherapy systemic No data 8 sessions in this chart"),
        ("Treatments", "Excision of axillary lymph node surgery"),
        ("Treatments", "Teleradiotherapy procedure radiotherapy"),
        ("Also in the chart", "Procedures (17) Mammography"),
    ],
    "charts/status-of-metastasis": [
        ("Malignant", "Disease status · 01-Oct-2026 ■ Stable"),
        ("Malignant", "liver 01-Jan-2026"),
        ("Malignant", "Disease status: Progressing, 01-Nov-2026"),
    ],
    "charts/ecog-local": [
        ("Performance status", "ECOG 2 - Ambulatory, capable of all selfcare 01-Nov-2026")
    ],
    "charts/grade-nottingham": [("Malignant", "Grade Nottingham grade 2")],
    "charts/history-met-liver": [
        ("Also in the chart", "History of cancer metastatic to liver 16-Nov-2018")
    ],
    "charts/implications-therapeutic": [
        ("Genomics", "alectinib · Predicted therapeutic implication: Presumed responsive"),
        ("Genomics", "ceritinib · Predicted therapeutic implication: Presumed responsive"),
        ("Genomics", "crizotinib · Predicted therapeutic implication: Presumed resistant"),
    ],
    "charts/nodisplay-genomic": [
        ("Genomics", "BRCA1 none named Present · Germline"),
        ("Malignant", "HER2 [Interpretation] in Tissue Negative"),
    ],
    "charts/receptor-text": [("Malignant", "Estrogen Receptor (ER) Status Positive (95%, strong)")],
    "charts/site-nodisplay": [("Malignant", "Bone structure · 02-Feb-2026")],
    "charts/stage-4": [("Malignant", "Clinical · TNM · 01-Jun-2026 IV author")],
    "charts/stu1": [
        ("Non-small cell", "Clinical · AJCC 8 · 01-Apr-2019 IIIC cT3 cN3 cM0"),
        ("Non-small cell", "Pathologic · AJCC 8 · 01-Apr-2019 IIIC pT3 pN3 pM0"),
        ("Genomics", "Present · Somatic"),
        ("Genomics", "Present · Germline"),
        ("Treatments", "stopped: Treatment completed"),
        ("Performance status", "ECOG 0 01-Apr-2019"),
        ("Performance status", "Karnofsky 90 01-Apr-2019"),
    ],
    "charts/tags-stage": [("Malignant", "Clinical · TNM · 01-Jun-2026 IIIA author")],
    "charts/tnm-loose": [("Malignant", "Clinical · TNM · 06-Nov-2024 IA and I T2 N2 M0")],
    "charts/trial-matching-1": [
        ("Infiltrating", "Clinical · AJCC 8 · no date IV"),
        ("Infiltrating", "Secondary malignant neoplasm of bone"),
        ("Infiltrating", "Secondary malignant neoplasm of liver"),
        ("Infiltrating", "Secondary malignant neoplasm of axillary lymph nodes"),
        ("Infiltrating", "Estrogen receptor Ag [Presence] in Tissue by Immune stain Positive"),
        ("Infiltrating", "Progesterone receptor Ag [Presence] in Tissue by Immune stain Positive"),
        ("Infiltrating", "HER2 Ag [Presence] in Tissue by Immune stain Negative"),
        ("Infiltrating", "instability [Presence] in Tissue by Immune stain Positive"),
        ("Genomics", "ESR1 (estrogen receptor 1) none named Point mutation Present"),
        ("Genomics", "PIK3CA (phosphatidylinositol-4,5-biphosphate 3-kinase catalytic"),
        ("Treatments", "fulvestrant Injectable Product systemic No data 01-Jun-2019 onwards under"),
        ("Treatments", "ribociclib Oral Product systemic No data 01-Jun-2019 onwards under way"),
    ],
    "charts/two-values": [("Malignant", "Positive; >=10 %")],
    "charts/ref-display": [("Treatments", "anastrozole")],
}
SEMANTIC_TAGS = ("(qualifier value)", "(finding)", "(procedure)", "(situation)", "(disorder)")
WRONG = {
    "charts/encdx-breast": ["Not linked", "Perhaps the same cancer"],
    "exponent": ["1.2E+2"],
    "do-not-perform": ["under way", "paclitaxel active"],
    "charts/statements-two-lines": ["Each dose"],
    "charts/ref-display": ["prescribed medication"],
    "charts/contained-order": ["Drug without a name"],
    "charts/ecog-local": ["No performance status"],
    "charts/grade-nottingham": ["No grade"],
    "charts/implications-therapeutic": ["earlier"],
    "charts/nodisplay-genomic": ["LA", "la6"],
    "charts/receptor-text": ["No ER"],
    "charts/stage-4": ["TNM · 01-Jun-2026 4"],
    "charts/stu1": ["3C", "LA"],
    "charts/tnm-loose": ["No stage group"],
}


# What no card of treatments says: tests are none.
NO_TREATMENTS = ("Mammogra", "smear", "Human epidermal", "Ultraso", "iopsy", "(procedure)")


def chart(name):
    entries = wire.loads((CASES / f"{name}.json").read_bytes())["entry"]
    return [entry["resource"] for entry in entries]


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_a_chart_reads_as_it_should(read, name):
    page = read(chart(name))
    for heading, words in RIGHT[name]:
        assert words in (page.card(heading) if heading else page.words)
    for words in (*SEMANTIC_TAGS, *WRONG.get(name, ())):
        assert words not in page.shown


@pytest.mark.parametrize("name", ["dxproc-mammo", "synthea-breast-1", "server-epic"])
def test_no_test_stands_among_the_treatments(read, name):
    page = read(chart(f"charts/{name}"))
    for words in (*NO_TREATMENTS, "BX BREAST", "MAMMOGRAPHY"):
        assert words not in page.card("Treatments")


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
    cards = {title: words for title, (words, _) in page.sections().items() if "breast" in title}
    (breast,) = (words for title, words in cards.items() if "in situ" not in title)
    assert "IIA" in breast
    assert "9 entries of the chart record this cancer" in breast
