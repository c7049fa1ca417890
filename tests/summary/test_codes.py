"""Codes that come without words, and words that come with tags: what the page says of them."""

import pytest

from tests.summary.resources import (
    CANCER,
    ICD10CM,
    LOINC,
    NCIT,
    RELATED,
    SNOMED,
    coded,
    condition,
    observation,
    order,
    radiotherapy,
    record,
    stage,
)

AJCC = "http://cancerstaging.org"
BODY_PARTS = {"Bone structure": "272673000", "Liver structure": "10200004"}


def value(system, code, display=None):
    coding = {"system": system, "code": code, **({"display": display} if display else {})}
    return {"valueCodeableConcept": {"coding": [coding]}}


def group(found, code="21908-9", id_="g", on="2026-06-01", **more):
    return observation(id_, coded(LOINC, code), found, on, focus=[CANCER], **more)


def tiles(summary_page, *resources):
    page = summary_page(record(condition(), *resources))
    return page.sections()["Carcinoma of the left breast"][0].partition("{")[0]


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (value(AJCC, "4", "IV"), "IV"),
        (value(AJCC, "4"), "IV"),
        (value(AJCC, "3C"), "IIIC"),
        (value(AJCC, "2a"), "IIA"),
        (value(AJCC, "IIB"), "IIB"),
        (value(SNOMED, "261638004", "Stage 3A (qualifier value)"), "IIIA"),
        (value(SNOMED, "258224005"), "III"),
        ({"valueCodeableConcept": {"text": "Stage 3A (qualifier value)"}}, "IIIA"),
        ({"valueString": "Stage 4"}, "IV"),
    ],
)
def test_a_stage_group_reads_in_roman_figures(summary_page, found, shown):
    words = tiles(summary_page, group(found))
    assert f"Clinical · TNM · 01-Jun-2026 {shown} author" in words
    assert "qualifier" not in words


def test_other_systems_keep_their_arabic_figures(summary_page):
    inss = observation("s", coded(NCIT, "C140689"), value(NCIT, "C85417"), focus=[CANCER])
    own = observation("t", {"text": "INSS stage"}, {"valueString": "Stage 4"}, focus=[CANCER])
    assert " 4 " in tiles(summary_page, own)
    assert "IV" not in tiles(summary_page, inss, own)


def test_a_category_in_bare_figures_is_no_stage_group(summary_page):
    category = observation("t", coded(LOINC, "21905-5"), value(AJCC, "3", "T3"), focus=[CANCER])
    assert " T3 " in tiles(summary_page, category)


def test_loose_categories_of_one_day_are_one_staging_with_all_its_groups(summary_page):
    on = "2024-11-06T09:27:09-05:00"
    values = {"21905-5": "T2", "21906-3": "N2", "21907-1": "M0"}
    loose = [
        observation(
            short, coded(LOINC, code), {"valueCodeableConcept": {"text": f"{short} category"}}, on
        )
        for code, short in values.items()
    ]
    groups = [
        observation(f"g{name}", coded(LOINC, "21908-9"), value(SNOMED, "0", f"Stage {name}"), on)
        for name in ("3", "3A")
    ]
    page = summary_page(record(condition(), *loose, *groups))
    words = page.sections()["Carcinoma of the left breast"][0]
    assert words.count("06-Nov-2024") == 1
    assert "Clinical · TNM · 06-Nov-2024 IIIA and III T2 N2 M0" in words
    assert "Two clinical stages: IIIA and III" in page.words


def test_groups_that_list_their_own_categories_stay_two(summary_page):
    others = [dict(part, id=f"x{part['id']}") for part in stage(group="IIIA")]
    others[0]["hasMember"] = [{"reference": f"Observation/{part['id']}"} for part in others[1:]]
    assert tiles(summary_page, *stage(), *others).count("cT2 cN1 cM0") == 2


def test_a_result_that_has_codes_alone_reads_in_words(summary_page):
    her2 = observation("m", coded(LOINC, "48676-1"), value(LOINC, "LA6577-6"), **RELATED)
    words = tiles(summary_page, her2)
    assert "HER2 [Interpretation] in Tissue Negative" in words
    assert "LA6577" not in words
    assert "48676-1" not in words


def test_a_variant_that_has_codes_alone_reads_in_words(summary_page):
    parts = [
        {"code": coded(LOINC, "48018-6"), **value("http://www.genenames.org/geneId", "1100")},
        {"code": coded(LOINC, "48002-0"), **value(LOINC, "LA6683-2")},
        {"code": coded(LOINC, "53034-5"), **value(LOINC, "LA6706-1")},
    ]
    variant = observation("v", coded(LOINC, "69548-6"), value(LOINC, "LA9633-4"), component=parts)
    words = summary_page(record(condition(), variant)).sections()["Genomics"][0]
    assert "BRCA1 none named" in words
    assert "Present · Germline" in words
    assert "Heterozygous" in words
    assert "LA6" not in words


@pytest.mark.parametrize(("words", "code"), BODY_PARTS.items())
def test_a_metastasis_says_where_it_is(summary_page, words, code):
    spread = condition("m", "C79.51", "Metastasis", bodySite=[coded(SNOMED, code)])
    assert f"Metastasis {words} · 12-Mar-2026" in tiles(summary_page, spread)


def test_a_site_without_words_is_named_by_its_system(summary_page):
    spread = condition("m", "C79.51", "Metastasis", bodySite=[coded(SNOMED, "1234567")])
    assert "Metastasis SNOMED CT 1234567" in tiles(summary_page, spread)


@pytest.mark.parametrize(
    ("code", "title"),
    [
        (coded(ICD10CM, "C50.412"), "Malignant neoplasm of upper-outer quadrant of left female"),
        (coded(ICD10CM, "C50412"), "Malignant neoplasm of upper-outer quadrant of left female"),
        (coded("urn:oid:2.16.840.1.113883.6.96", "254637007"), "Non-small cell lung cancer"),
        ({"coding": [{"system": SNOMED, "code": "1"}], "text": "Myeloma (disorder)"}, "Myeloma"),
    ],
)
def test_a_diagnosis_is_named_without_a_tag(summary_page, code, title):
    cancer = condition(category=[coded(SNOMED, "372087000")])
    page = summary_page(record({**cancer, "code": code}))
    assert any(heading.startswith(title) for heading in page.sections())
    assert "(disorder)" not in page.words.partition("{")[0]


@pytest.mark.parametrize("code", ["1217123003", "USCRS-33529"])
def test_a_course_of_radiotherapy_is_named(summary_page, code):
    course = radiotherapy(code={"coding": [{"system": SNOMED, "code": code}]})
    words = summary_page(record(condition(), course)).sections()["Treatments"][0]
    assert "Radiotherapy course of treatment" in words
    assert code not in words


def test_a_drug_is_named_by_its_code(summary_page):
    drug = coded("http://www.nlm.nih.gov/research/umls/rxnorm", "72965")
    words = summary_page(record(condition(), order(medicationCodeableConcept=drug)))
    assert "letrozole" in words.sections()["Treatments"][0]
