"""The head of a cancer's card: what was found of the primary itself."""

import pytest

from app.mcode.profiles import EXTENSION
from app.summary.characteristics import characteristics
from tests.summary.resources import (
    CANCER,
    LOINC,
    NCIT,
    RELATED,
    SNOMED,
    coded,
    concept_value,
    condition,
    observation,
    record,
)

ICDO3 = "http://terminology.hl7.org/CodeSystem/icd-o-3"
LEUKEMIA = {"icd10": "C91.00", "words": "Acute lymphoblastic leukemia"}
MYELOMA = {"icd10": "C90.00", "words": "Multiple myeloma"}


def facts(diagnosis, *resources):
    found = record(diagnosis, *resources)
    return {fact.label: fact.value for fact in characteristics(found, found.primaries[0])}


def on_diagnosis(words, code):
    value = {"valueCodeableConcept": coded(ICDO3, code, words)}
    return {"extension": [{"url": EXTENSION["histology"], **value}]}


def histology(words, code="8500/3", id_="h", on="2026-03-20", **more):
    value = concept_value(words, ICDO3, code)
    return observation(id_, coded(LOINC, "31206-6"), value, on, **more)


def size(on, *numbers, unit="mm", **more):
    codes = ("33728-7", "33729-5", "33729-5")
    parts = [
        {"code": coded(LOINC, code), "valueQuantity": {"value": number, "unit": unit}}
        for code, number in zip(codes, numbers, strict=False)
    ]
    return observation(f"s-{on}", coded(LOINC, "21889-1"), on=on, component=parts, **more)


def test_a_bare_diagnosis_says_what_it_does_not_hold():
    assert facts(condition(onsetDateTime=None)) == {
        "Diagnosed": "no date",
        "Histology": "",
        "Grade": "",
        "Site": "",
        "Codes": "ICD-10-CM C50.412",
    }


@pytest.mark.parametrize("cancer", [LEUKEMIA, MYELOMA])
def test_of_blood_and_marrow_no_site_or_grade_is_expected(cancer):
    assert set(facts(condition(**cancer))) == {"Diagnosed", "Histology", "Codes"}
    told = facts(condition(**cancer, bodySite=[{"text": "Bone marrow"}]))
    assert told["Site"] == "Bone marrow"


def test_histology_grade_and_size_come_from_the_pathology_results():
    tumor = {"resourceType": "BodyStructure", "id": "t", "patient": {"reference": "Patient/p"}}
    shown = facts(
        condition(),
        observation("h", coded(LOINC, "31206-6"), concept_value("Ductal"), **RELATED),
        observation("g", coded(NCIT, "C18000"), concept_value("Grade 2"), **RELATED),
        {**tumor, **RELATED},
        size("2026-03-16", 21, 28, focus=[{"reference": "BodyStructure/t"}]),
    )
    assert (shown["Histology"], shown["Grade"]) == ("Ductal", "Grade 2")
    assert shown["Tumor size"] == "28 × 21 mm"


@pytest.mark.parametrize(
    ("code", "words"),
    [("8500/3", "Ductal"), ("8520/3", "Ductal; diagnosis says Duct carcinoma")],
)
def test_two_histologies_are_both_told_only_where_they_differ_in_code(code, words):
    diagnosis = condition(**on_diagnosis("Duct carcinoma", code))
    assert facts(diagnosis, histology("Ductal", **RELATED))["Histology"] == words


@pytest.mark.parametrize("names_the_metastasis", [True, False])
def test_the_histology_of_a_metastasis_displaces_no_histology_of_the_primary(names_the_metastasis):
    liver = {"reference": "Condition/m"}
    about = [{"url": EXTENSION["related-condition"], "valueReference": liver}]
    spread = histology(
        "Adenocarcinoma, metastatic",
        "8140/6",
        "spread",
        "2026-05-27",
        extension=about if names_the_metastasis else [],
    )
    own = histology("Adenocarcinoma", "8140/3", **RELATED)
    diagnosis = condition(**on_diagnosis("Adenocarcinoma", "8140/3"))
    metastasis = condition("m", "C78.7", "Liver metastasis")
    assert facts(diagnosis, metastasis, own, spread)["Histology"] == "Adenocarcinoma"


def test_a_metastatic_histology_alone_is_better_than_none():
    shown = facts(condition(), histology("Carcinoma, metastatic", "8010/6", **RELATED))
    assert shown["Histology"] == "Carcinoma, metastatic"


def test_the_grade_group_is_the_grade_of_a_prostate_cancer():
    prostate = condition(icd10="C61", words="Prostate cancer")
    gleason = observation(
        "g", coded(SNOMED, "385377005"), concept_value("Grade group 3 (4+3=7)"), focus=[CANCER]
    )
    assert facts(prostate, gleason)["Grade"] == "Grade group 3 (4+3=7)"


@pytest.mark.parametrize(
    ("sizes", "told"),
    [
        (
            [("2026-03-16", 34, 28), ("2026-06-01", 30), ("2026-09-15", 27, 20)],
            [
                ("Tumor size at diagnosis", "34 × 28 mm", "16-Mar-2026"),
                ("Tumor size, latest", "27 × 20 mm", "15-Sep-2026"),
            ],
        ),
        (
            [("2026-08-01", 34), ("2026-09-15", 27)],
            [
                ("Tumor size first", "34 mm", "01-Aug-2026"),
                ("Tumor size, latest", "27 mm", "15-Sep-2026"),
            ],
        ),
        (
            [("2026-03-16", 34), ("2026-09-15", 34)],
            [("Tumor size", "34 mm", "at diagnosis, 15-Sep-2026")],
        ),
        ([("2026-09-15", 27)], [("Tumor size", "27 mm", "15-Sep-2026")]),
        (
            [(None, 40), ("2026-03-16", 34)],
            [("Tumor size", "34 mm", "at diagnosis, 16-Mar-2026")],
        ),
        ([(None, 40)], [("Tumor size", "40 mm", "no date")]),
    ],
)
def test_a_size_under_treatment_is_told_apart_from_that_at_diagnosis(sizes, told):
    found = record(condition(), *(size(*item) for item in sizes))
    rows = characteristics(found, found.primaries[0])
    assert [fact[:3] for fact in rows if fact.label.startswith("Tumor size")] == told


def test_each_finding_names_the_resource_that_it_is():
    found = record(condition(), histology("Ductal", **RELATED), size("2026-03-16", 34))
    keys = {fact.label: fact.key for fact in characteristics(found, found.primaries[0])}
    assert keys["Histology"] == "Observation/h"
    assert keys["Tumor size"] == "Observation/s-2026-03-16"
    assert keys["Site"] is None
