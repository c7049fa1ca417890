"""The card of a primary cancer."""

import pytest

from app.mcode.profiles import EXTENSION, STRUCTURES
from app.summary.cancers import cancer_card
from tests.summary.resources import (
    CANCER,
    ICD10CM,
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
