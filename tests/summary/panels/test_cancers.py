"""The card of a primary cancer."""

import pytest

from app.mcode.profiles import EXTENSION, STRUCTURES
from app.summary.panels.cancers import cancer_card
from tests.summary.resources import (
    CANCER,
    NCIT,
    TODAY,
    coded,
    concept_value,
    condition,
    observation,
    record,
    status,
)

ICDO3 = "http://terminology.hl7.org/CodeSystem/icd-o-3"


def card(diagnosis=None, *resources):
    found = record(diagnosis or condition(), *resources)
    return cancer_card(found, found.primaries[0], TODAY)


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
    assert shown.date == "30-Sep-2026"
    assert [(item.value, item.date) for item in shown.earlier] == [("Stable", "18-Jul-2026")]
    assert shown.key == "Observation/status-2026-09-30"
    assert [item.key for item in shown.earlier] == ["Observation/status-2026-07-18"]


def test_the_page_folds_the_earlier_disease_status_away_under_its_words(summary_page):
    stable = status("Stable", "359746009", "2026-07-18")
    page = summary_page(record(condition(), stable, status()))
    assert "before: Stable, 18-Jul-2026" in page.words


@pytest.mark.parametrize(
    ("code", "words", "sign"),
    [
        ("550991000124107", "No evidence of disease", "●"),
        ("551001000124108", "Partial remission", "▲"),
        ("103338009", "In full remission", "●"),
        ("103337004", "In partial remission", "▲"),
        ("399409002", "Distant metastasis present", "▼"),
    ],
)
def test_every_status_that_mcode_allows_has_a_sign_that_needs_no_colour(code, words, sign):
    reading = card(None, status("In other words", code)).status.reading
    assert (reading.text, reading.sign) == (words, sign)


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
    assert shown.condition.title == "Bone metastasis"
    assert shown.condition.detail == "12-Mar-2026 · active · unconfirmed"


def test_what_was_found_of_a_metastasis_stands_beneath_it():
    about = {"url": EXTENSION["related-condition"], "valueReference": {"reference": "Condition/m"}}
    grade = observation("g", coded(NCIT, "C18000"), concept_value("G3"), extension=[about])
    (shown,) = card(None, condition("m", "C79.51", "Bone metastasis"), grade).metastases
    (finding,) = shown.findings
    assert (finding.title, finding.detail) == ("Histologic grade: G3", "20-Mar-2026")
    assert finding.key == "Observation/g"


def test_a_risk_group_is_told():
    risk = observation(
        "r", coded(NCIT, "C167435", "ALL risk"), concept_value("High"), focus=[CANCER]
    )
    shown = card(condition(icd10="C91.00", words="Acute lymphoblastic leukemia"), risk)
    assert [(item.title, item.detail) for item in shown.risks] == [
        ("ALL risk · 20-Mar-2026", "High")
    ]
    assert shown.stage_form is None


def test_a_risk_that_names_only_its_code_is_named():
    risk = observation("r", coded(NCIT, "C167435"), concept_value("High"), focus=[CANCER])
    assert card(None, risk).risks[0].title == "Leukemia risk · 20-Mar-2026"


@pytest.mark.parametrize("url", ["evidence-type", "cancer-disease-status-evidence-type"])
def test_the_evidence_of_a_status_is_told_in_any_release(url):
    evidence = {
        "url": f"{STRUCTURES}mcode-{url}",
        "valueCodeableConcept": {"text": "Imaging"},
    }
    shown = card(None, {**status(), "extension": [evidence]}).status
    assert (shown.date, shown.detail) == ("30-Sep-2026", "imaging")


VISIT = {"category": [{"coding": [{"code": "encounter-diagnosis"}]}], "onsetDateTime": None}
LISTED = {"category": [{"coding": [{"code": "problem-list-item"}]}]}


def visit(id_, recorded, **more):
    return condition(id_, recordedDate=recorded, **{**VISIT, **more})


def test_the_visits_of_a_diagnosis_stand_on_its_card_each_with_a_way_to_amend_it(summary_page):
    visits = [visit(f"v{n}", f"2026-0{n}-10", verificationStatus=None) for n in range(4, 7)]
    stage = [{"summary": {"text": "Stage IIA"}}]
    chart = [*visits, condition(stage=stage, **LISTED), visit("v7", "2026-07-01", stage=stage)]
    edit = {f"Condition/{c['id']}": ("primary-cancer", c["id"]) for c in chart}
    page = summary_page(record(*chart), edit_forms=edit)
    words, links = page.sections()["Carcinoma of the left breast"]
    assert words.count("Diagnosed 12-Mar-2026") == 1
    assert words.count("IIA On the diagnosis") + words.count("On the diagnosis Stage IIA") == 1
    assert "5 entries of the chart record this cancer" in words
    assert "visit · 10-Apr-2026 · active · verification not recorded" in words
    for each in chart:
        assert links.count(f"/l/l/forms/primary-cancer/{each['id']}") == 1
    assert "Verification not recorded" not in words


def test_what_is_not_joined_says_why_on_both_cards(summary_page):
    old = condition("a", onsetDateTime="2015-01-10")
    page = summary_page(record(old, condition(**LISTED)))
    said = "They were diagnosed more than two months apart, so they are not joined."
    assert page.words.count(said) == 2
    assert "Perhaps the same cancer as Carcinoma of the left breast, 10-Jan-2015." in page.words


def test_visits_alone_have_no_date_of_diagnosis():
    found = card(visit("v1", "2026-04-10"), visit("v2", "2026-05-10"))
    assert found.characteristics[0][:3] == ("Diagnosed", "no date", "first recorded 10-Apr-2026")


def test_another_date_of_diagnosis_is_told():
    found = card(condition(**LISTED), condition("d", onsetDateTime="2026-04-01"))
    assert found.characteristics[0].source == "another entry says 01-Apr-2026"


def test_what_any_entry_says_of_site_and_side_stands_on_the_card():
    site = {"bodySite": [{"text": "Upper outer quadrant"}]}
    found = card(condition(**LISTED), visit("v", "2026-05-10", **site))
    assert ("Site", "Upper outer quadrant") in [row[:2] for row in found.characteristics]


def test_a_metastasis_that_visits_repeat_is_one_with_the_findings_of_all():
    bone = {"icd10": "C79.51", "words": "Secondary malignant neoplasm of bone"}
    chart = [condition("bone", **bone, **LISTED), visit("b1", "2026-05-10", **bone)]
    found = {**status("Progressing", "271299001"), "focus": [{"reference": "Condition/b1"}]}
    (metastasis,) = card(condition(), *chart, found).metastases
    assert [each.detail for each in metastasis.further] == ["visit · 10-May-2026 · active"]
    assert [each.title for each in metastasis.findings] == ["Disease status: Progressing"]
