"""Findings that a chart names by words or by a code of its own: each stands where it belongs."""

import pytest

from app.mcode.kinds import Kind
from app.mcode.recognise import kind_of
from tests.summary.resources import (
    LOINC,
    SNOMED,
    coded,
    concept_value,
    condition,
    ecog,
    observation,
    record,
)

LOCAL = "urn:oid:1.2.840.114350.1.13.0.1.7.2.696580"
GENOMICS = "http://hl7.org/fhir/uv/genomics-reporting/CodeSystem/tbd-codes-cs"
BREAST = "Carcinoma of the left breast"


def local(display, code="1570000123"):
    return {"coding": [{"system": LOCAL, "code": code, "display": display}]}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Estrogen Receptor (ER) Status", Kind.TUMOR_MARKER),
        ("Oestrogen receptor", Kind.TUMOR_MARKER),
        ("ER", Kind.TUMOR_MARKER),
        ("PR status", Kind.TUMOR_MARKER),
        ("PgR (IHC)", Kind.TUMOR_MARKER),
        ("HER2/neu by FISH", Kind.TUMOR_MARKER),
        ("HER-2", Kind.TUMOR_MARKER),
        ("c-erbB-2 expression", Kind.TUMOR_MARKER),
        ("Hormone receptor status", Kind.TUMOR_MARKER),
        ("Ki-67 labeling index", Kind.TUMOR_MARKER),
        ("PD-L1 TPS", Kind.TUMOR_MARKER),
        ("Microsatellite instability", Kind.TUMOR_MARKER),
        ("Tumor mutational burden", Kind.TUMOR_MARKER),
        ("ECOG Performance Status", Kind.PERFORMANCE),
        ("WHO performance status", Kind.PERFORMANCE),
        ("Karnofsky index", Kind.PERFORMANCE),
        ("Histologic grade", Kind.GRADE),
        ("Histological grading of the tumour", Kind.GRADE),
        ("Nottingham combined grade", Kind.GRADE),
        ("Fuhrman nuclear grade", Kind.GRADE),
        ("Therapeutic implication", Kind.IMPLICATION),
        ("ER visits last year", None),
        ("PR interval", None),
        ("Thyroid stimulating hormone receptor Ab", None),
        ("HER2024 survey", None),
        ("Nuclear grade [Score] in Breast cancer specimen by Nottingham", None),
        ("Mitotic count, Nottingham grade", None),
        ("Toxicity grade", None),
        ("Gleason grade", None),
    ],
)
@pytest.mark.parametrize("code", [lambda name: {"text": name}, local])
def test_a_finding_is_recognised_by_its_name(code, name, kind):
    assert kind_of(observation("x", code(name), {"valueString": "2"})) == kind


@pytest.mark.parametrize("code", ["33732-9", "44648-4"])
def test_grades_of_other_codes_are_the_grade(summary_page, code):
    grade = observation("g", coded(LOINC, code), concept_value("Nottingham grade 2"))
    words = summary_page(record(condition(), grade)).sections()[BREAST][0]
    assert "Grade Nottingham grade 2 20-Mar-2026" in words


def test_a_receptor_in_words_is_a_result_of_the_cancer(summary_page):
    tests = {"Estrogen Receptor (ER) Status": "Positive (95%)", "PR": "Negative", "HER2": "0"}
    found = [observation(n[:2], {"text": n}, {"valueString": v}) for n, v in tests.items()]
    page = summary_page(record(condition(), *found))
    words = page.sections()[BREAST][0]
    for name, value in tests.items():
        assert f"{name} {value}" in words
    assert "No ER" not in page.words
    assert "HER2 status" not in page.words


def test_a_score_of_a_local_code_is_the_performance_status(summary_page):
    score = observation(
        "e", local("ECOG Performance Status"), {"valueString": "2 - Ambulatory"}, "2026-11-01"
    )
    page = summary_page(record(condition(), score))
    assert "ECOG 2 - Ambulatory 01-Nov-2026" in page.sections()["Performance status"][0]
    assert "No performance status" not in page.words


def test_two_scales_of_one_day_are_both_current(summary_page):
    karnofsky = observation("k", coded(LOINC, "89243-0"), 90, "2026-11-02")
    before = observation("k0", coded(LOINC, "89243-0"), 80, "2026-08-01")
    words = summary_page(record(condition(), ecog(), karnofsky, before)).sections()
    said = words["Performance status"][0]
    assert "ECOG 0 02-Nov-2026" in said
    assert "Karnofsky 90 02-Nov-2026" in said.partition("earlier")[0]


def test_a_score_of_an_earlier_day_is_an_earlier_one_whatever_its_scale(summary_page):
    karnofsky = observation("k", coded(LOINC, "89243-0"), 90, "2026-08-01")
    said = summary_page(record(condition(), ecog(), karnofsky)).sections()["Performance status"][0]
    assert "1 earlier performance status Karnofsky 90 01-Aug-2026" in said


def implication(id_, drug, effect, **more):
    parts = [
        {"code": coded(LOINC, "51963-7"), "valueCodeableConcept": {"text": drug}},
        {
            "code": coded(GENOMICS, "predicted-therapeutic-implication"),
            "valueCodeableConcept": {"text": effect},
        },
    ]
    code = coded(GENOMICS, "therapeutic-implication")
    return observation(id_, code, component=parts, **more)


def test_each_implication_stands_for_itself_with_its_variant_and_drug(summary_page):
    parts = [
        {
            "code": coded(LOINC, "48018-6"),
            "valueCodeableConcept": coded("http://www.genenames.org", "HGNC:427"),
        },
        {"code": coded(LOINC, "48005-3"), "valueCodeableConcept": {"text": "p.Phe1174Leu"}},
    ]
    variant = observation("v", coded(LOINC, "69548-6"), concept_value("Present"), component=parts)
    derived = {"derivedFrom": [{"reference": "Observation/v"}]}
    drugs = {"alectinib": "responsive", "ceritinib": "responsive", "crizotinib": "resistant"}
    found = [implication(drug, drug, f"Presumed {e}", **derived) for drug, e in drugs.items()]
    page = summary_page(record(condition(), variant, *found))
    words = page.sections()["Genomics"][0]
    for drug, effect in drugs.items():
        assert (
            "ALK Therapeutic implication: p.Phe1174Leu "
            f"{drug} · Predicted therapeutic implication: Presumed {effect}"
        ) in words
    assert "earlier" not in words
    assert "Also in the chart" not in page.sections()


def test_implications_of_one_drug_on_two_days_are_not_each_others_history(summary_page):
    found = [
        implication("old", "alectinib", "Presumed responsive", on="2025-04-01"),
        implication("new", "alectinib", "Presumed resistant", on="2026-04-01"),
    ]
    words = summary_page(record(condition(), *found)).sections()["Genomics"][0]
    for effect, day in (("resistant", "01-Apr-2026"), ("responsive", "01-Apr-2025")):
        said = f"alectinib · Predicted therapeutic implication: Presumed {effect} No data {day}"
        assert said in words
    assert "earlier" not in words


def test_an_implication_of_two_variants_and_two_drugs_names_them_all(summary_page):
    variants = [
        observation(
            gene,
            coded(LOINC, "69548-6"),
            concept_value("Present"),
            component=[{"code": coded(LOINC, "48018-6"), "valueCodeableConcept": {"text": gene}}],
        )
        for gene in ("BRAF", "KRAS")
    ]
    of = {"derivedFrom": [{"reference": f"Observation/{gene}"} for gene in ("BRAF", "KRAS")]}
    both = implication("both", "dabrafenib", "Presumed responsive", **of)
    both["component"].insert(0, {**both["component"][0], "valueCodeableConcept": {"text": "DT"}})
    words = summary_page(record(condition(), *variants, both)).sections()["Genomics"][0]
    assert "BRAF, KRAS Therapeutic implication: none named DT · dabrafenib · Predicted" in words


@pytest.mark.parametrize(
    "code",
    [
        coded(SNOMED, "1098951000119108"),
        {"text": "History of cancer metastatic to liver (situation)"},
    ],
)
def test_a_history_of_metastases_stands_under_history(summary_page, code):
    words = summary_page(record(condition(), observation("h", code, on="2018-11-16"))).words
    expected = "Background and family history (1) History of cancer metastatic to liver 16-Nov-2018"
    assert expected in words
