"""Every entry that is shown has a link to the form that amends it."""

import pytest

from app.forms._definition import SECTIONS
from app.forms._registry import all_forms, form_index
from app.summary.offers import offers
from tests.summary.resources import CHART, TODAY, condition, record, status

ALL_FORMS = form_index().titles


def forms_of(resources):
    return {
        f"{item['resourceType']}/{item['id']}": ("a-form", f"{item['id']}-entry")
        for item in resources
    }


@pytest.mark.parametrize(
    "name",
    [f"{item['resourceType']}/{item['id']}" for item in CHART if "clinical-" not in item["id"]],
)
def test_an_entry_has_one_way_to_its_form(summary_page, name):
    page = summary_page(record(*CHART), edit_forms={name: ("a-form", "the-entry")}, titles={})
    links = [words for words, address in page.links().items() if address.endswith("/the-entry")]
    assert len(links) == 1 or name == "Condition/c"
    assert links[0].startswith(("Amend ", "Add: No"))
    assert len(links[0]) > len("Amend ")


def test_links_with_the_same_words_lead_to_the_same_form(summary_page):
    page = summary_page(record(*CHART), edit_forms=forms_of(CHART), titles=ALL_FORMS)
    anchors = page.root.iter("{http://www.w3.org/1999/xhtml}a")
    addresses = {}
    for anchor in anchors:
        words = " ".join("".join(anchor.itertext()).split())
        assert addresses.setdefault(words, anchor.get("href")) == anchor.get("href"), words


def test_a_reader_is_shown_no_way_to_a_form(summary_page):
    page = summary_page(
        record(*CHART), may_enter=False, edit_forms=forms_of(CHART), titles=ALL_FORMS
    )
    assert not [address for address in page.links().values() if "/forms/a-form" in address]
    assert "Add to" not in page.words


def test_what_is_not_linked_to_a_diagnosis_has_its_way_too(summary_page):
    loose = status()
    del loose["focus"]
    chart = [condition(), condition("d", "C61", "Prostate cancer"), loose]
    page = summary_page(record(*chart), edit_forms=forms_of(chart), titles={})
    assert page.links()["Amend Disease status"].endswith("/a-form/status-2026-09-30-entry")


def test_what_the_diagnosis_lacks_leads_to_the_diagnosis(summary_page):
    page = summary_page(record(condition()), edit_forms=forms_of([condition()]), titles={})
    assert page.links()["Add: No histology"] == "/l/l/forms/a-form/c-entry"
    assert "Add: No disease status" not in page.links()


@pytest.mark.parametrize(
    ("diagnosis", "offered", "withheld"),
    [
        (condition(), {"tnm-stage", "tumor-morphology", "ecog"}, {"lymphoma-stage", "lansky"}),
        (
            condition(icd10="C83.30", words="Diffuse large B-cell lymphoma"),
            {"lymphoma-stage", "cancer-stage", "deauville"},
            {"tnm-stage", "all-risk"},
        ),
        (
            condition(icd10="C91.00", words="Acute lymphoblastic leukemia"),
            {"all-risk"},
            {"tnm-stage", "cancer-stage", "tumor-size"},
        ),
        (
            condition(icd10="C49.0", words="Embryonal rhabdomyosarcoma"),
            {"rhabdomyosarcoma-risk", "tnm-stage"},
            {"deauville"},
        ),
    ],
)
def test_a_cancer_is_offered_the_forms_that_make_sense_for_it(
    summary_page, diagnosis, offered, withheld
):
    links = summary_page(record(diagnosis), edit_forms={}, titles=ALL_FORMS).links().values()
    new = {address.split("/")[4] for address in links if "/new?about=c" in address}
    assert offered <= new
    assert not withheld & new


def test_only_forms_that_there_are_are_offered(summary_page):
    page = summary_page(
        record(condition()), edit_forms={}, titles={"disease-status": "Disease status"}
    )
    new = [address for address in page.links().values() if "/new" in address]
    assert set(new) == {"/l/l/forms/disease-status/new?about=c"}
    assert "Add stage" not in page.links()


def test_a_chart_without_a_cancer_leads_to_the_diagnosis(summary_page):
    page = summary_page(record(), edit_forms={}, titles=ALL_FORMS)
    assert page.links()["Add the diagnosis"] == "/l/l/forms/primary-cancer/new"
    assert "Record the diagnosis in the EHR" not in page.words
    assert "Record the diagnosis in the EHR" in summary_page(record(), titles={}).words


def test_what_was_withdrawn_is_listed_as_such_and_is_no_fact(summary_page):
    wrong = status("Progressing", "271299001")
    wrong["status"] = "entered-in-error"
    refuted = condition("d", "C61", "Prostate cancer")
    refuted["verificationStatus"] = {"coding": [{"code": "refuted"}]}
    page = summary_page(record(condition(), wrong, refuted))
    words, _ = page.sections()["Withdrawn"]
    assert "Disease status entered in error · Observation · Progressing" in words
    assert "Prostate cancer refuted · Condition" in words
    card, _ = page.sections()["Carcinoma of the left breast"]
    assert "Progressing" not in card
    assert "Prostate cancer" not in card


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("C50.412", "Breast cancer"),
        ("C81.10", "Hodgkin lymphoma"),
        ("C91.00", "Acute lymphoblastic leukemia"),
        ("C49.9", "Rhabdomyosarcoma"),
    ],
)
def test_a_form_has_one_name_on_the_card_and_on_its_own_page(code, words):
    found = record(condition("c", code, words))
    groups = offers(found, found.primaries[0], ALL_FORMS, TODAY)
    assert len(groups) == 6
    for slug, title in (offer for group in groups.values() for offer in group.items()):
        assert title == all_forms()[slug].title
    assert groups.keys() <= set(SECTIONS)
