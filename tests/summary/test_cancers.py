"""The card of a primary cancer."""

import pytest

from app.mcode.profiles import EXTENSION, STRUCTURES
from app.summary.cancers import cancer_card
from tests.summary.resources import (
    CANCER,
    ICD10CM,
    LOINC,
    NCIT,
    SNOMED,
    coded,
    concept_value,
    condition,
    observation,
    record,
    status,
)

RELATED = {"extension": [{"url": EXTENSION["related-condition"], "valueReference": CANCER}]}
ICDO3 = "http://terminology.hl7.org/CodeSystem/icd-o-3"


def card(diagnosis=None, *resources):
    found = record(diagnosis or condition(), *resources)
    return cancer_card(found, found.primaries[0])


def facts(shown):
    return {label: value for label, value, _ in shown.facts}


def on_diagnosis(words, code):
    value = {"valueCodeableConcept": coded(ICDO3, code, words)}
    return {"extension": [{"url": EXTENSION["histology"], **value}]}


def test_a_bare_diagnosis_says_what_it_does_not_hold():
    shown = card(condition(onsetDateTime=None))
    assert facts(shown) == {
        "Diagnosed": "no date",
        "Histology": "",
        "Grade": "",
        "Site": "",
        "Codes": "ICD-10-CM C50.412",
    }
    assert shown.status is None


@pytest.mark.parametrize(
    ("more", "badges"),
    [
        ({}, ["Active"]),
        ({"clinicalStatus": {"coding": [{"code": "remission"}]}}, ["Remission"]),
        ({"clinicalStatus": None}, ["Clinical status not recorded"]),
        ({"verificationStatus": {"coding": [{"code": "unconfirmed"}]}}, ["Active", "Unconfirmed"]),
        ({"verificationStatus": None}, ["Active", "Verification not recorded"]),
    ],
)
def test_the_state_of_the_diagnosis_and_any_doubt_about_it_stand_beside_its_name(more, badges):
    assert [badge.text for badge in card(condition(**more)).badges] == badges


def test_histology_grade_and_size_come_from_the_pathology_results():
    size = {
        "component": [
            {"code": coded(LOINC, code), "valueQuantity": {"value": value, "unit": "mm"}}
            for code, value in (("33729-5", 21), ("33728-7", 28))
        ]
    }
    tumor = {
        "resourceType": "BodyStructure",
        "id": "t",
        "patient": {"reference": "Patient/p"},
        **RELATED,
    }
    shown = facts(
        card(
            None,
            observation("h", coded(LOINC, "31206-6"), concept_value("Ductal"), **RELATED),
            observation("g", coded(NCIT, "C18000"), concept_value("Grade 2"), **RELATED),
            tumor,
            observation(
                "s", coded(LOINC, "21889-1"), focus=[{"reference": "BodyStructure/t"}], **size
            ),
        )
    )
    assert (shown["Histology"], shown["Grade"]) == ("Ductal", "Grade 2")
    assert shown["Tumor size"] == "28 × 21 mm"


@pytest.mark.parametrize(
    ("code", "words"),
    [("8500/3", "Ductal"), ("8520/3", "Ductal; diagnosis says Duct carcinoma")],
)
def test_two_histologies_are_both_told_only_where_they_differ_in_code(code, words):
    result = concept_value("Ductal", ICDO3, "8500/3")
    pathology = observation("h", coded(LOINC, "31206-6"), result, **RELATED)
    shown = card(condition(**on_diagnosis("Duct carcinoma", code)), pathology)
    assert facts(shown)["Histology"] == words


def test_the_newest_disease_status_shows_with_the_one_before():
    shown = card(None, status("Stable", "359746009", "2026-07-18"), status()).status
    assert (shown.reading.text, shown.reading.sign, shown.reading.tone) == (
        "Responding",
        "▲",
        "good",
    )
    assert (shown.source[0], shown.before) == ("30-Sep-2026", "Stable, 18-Jul-2026")


def test_a_status_of_another_code_keeps_its_own_words():
    reading = card(None, status("In remission", "1")).status.reading
    assert (reading.text, reading.tone) == ("In remission", "neutral")


def test_an_unconfirmed_metastasis_says_so():
    metastasis = condition(
        "m",
        "C79.51",
        "Bone metastasis",
        verificationStatus={"coding": [{"code": "unconfirmed"}]},
    )
    (shown,) = card(None, metastasis).metastases
    assert (shown.title, shown.detail) == ("Bone metastasis", "12-Mar-2026 · active · unconfirmed")


def test_comorbidities_are_named_and_so_are_those_that_were_ruled_out():
    pressure = {
        "resourceType": "Condition",
        "id": "i",
        "subject": {"reference": "Patient/p"},
        "code": coded(ICD10CM, "I10", "High blood pressure"),
    }
    extension = [
        {"url": EXTENSION["related-condition"], "valueReference": {"reference": "Condition/i"}},
        {"url": EXTENSION["related-condition"], "valueCodeableConcept": {"text": "Asthma"}},
        {
            "url": f"{STRUCTURES}mcode-related-condition-absent",
            "valueCodeableConcept": {"text": "Diabetes"},
        },
    ]
    panel = observation("o", coded(SNOMED, "398192003"), focus=[CANCER], extension=extension)
    (shown,) = card(None, panel, pressure).assessments
    assert shown.detail == "High blood pressure, Asthma · not: Diabetes · 20-Mar-2026"


def test_a_risk_group_is_told():
    risk = observation(
        "r", coded(NCIT, "C167435", "ALL risk"), concept_value("High"), focus=[CANCER]
    )
    shown = card(condition(icd10="C91.00", words="Acute lymphoblastic leukemia"), risk)
    assert [(item.title, item.detail) for item in shown.risks] == [
        ("ALL risk · 20-Mar-2026", "High")
    ]
    assert (shown.staged, shown.staged_by_tnm) == (False, False)
