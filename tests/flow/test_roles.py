"""Roles end to end: each opens the app with its own forms and its own rights."""

import re

import pytest

from tests.flow.answers import PATHOLOGIC
from tests.live import Chart, Clinician, demo

pytestmark = pytest.mark.server

PATIENT = "elena-martinez"
ROLES = {"nurse": {"forms": ["tnm-stage", "ecog"]}, "reader": {"forms": []}}


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with demo(tmp_path_factory.mktemp("demo"), registration={"roles": ROLES}) as servers:
        yield servers


@pytest.fixture
def nurse(clinician):
    return clinician.launch(PATIENT, "oncologist-owen", role="nurse")


def test_only_the_forms_of_the_role_are_listed_and_offered(nurse):
    assert "/forms/tnm-stage/new" in nurse.page.text
    assert "/forms/disease-status/new" not in nurse.page.text
    nurse.open("forms/")
    assert "/forms/ecog/new" in nurse.page.text
    assert "/forms/disease-status/new" not in nurse.page.text


@pytest.mark.parametrize(
    "path", ["forms/disease-status/new", "forms/primary-cancer/elena-martinez-breast-cancer"]
)
def test_no_other_form_opens(nurse, path):
    nurse.open(path)
    assert nurse.page.status_code == 404
    assert "not among the forms" in nurse.text


def test_what_the_role_has_is_saved(running, nurse):
    nurse.open("forms/tnm-stage/new").send(**PATHOLOGIC).send("save")
    assert Chart(running, PATIENT).read(nurse.written()[0])["status"] == "final"


def test_a_draft_of_a_form_that_the_role_has_not_is_neither_reviewed_nor_saved(running):
    owen = Clinician(running).launch("colm-doherty", "oncologist-owen")
    owen.open("forms/tnm-stage/new").send(**PATHOLOGIC)
    if asked := re.findall(r'name="(confirm-[\w-]+)"', owen.page.text):
        owen.send(**dict.fromkeys(asked, "yes"))
    assert "Review before saving" in owen.text
    draft = owen.page.url.split("/drafts/")[1].split("/")[0]
    sent = owen.inputs("save")
    reader = Clinician(running).launch("colm-doherty", "oncologist-owen", role="reader")
    reader.open(f"drafts/{draft}/review")
    assert reader.page.status_code == 404
    answer = reader.http.post(f"{reader.home}drafts/{draft}/save", sent, timeout=30)
    assert answer.status_code == 404
    reader.open("forms/")
    assert "offers no forms" in reader.text
    assert "not one of those with which the app was opened" in reader.text
    assert "Draft of" not in reader.open("").text


def test_one_who_reads_is_asked_for_no_right_to_write(running, clinician):
    clinician.launch(PATIENT, "oncologist-owen", role="reader")
    assert "your sign-in does not allow entries" in clinician.text
    assert "Malignant neoplasm" in clinician.text
    assert "/forms/tnm-stage" not in clinician.page.text


def test_an_unknown_role_opens_nothing(clinician):
    clinician.launch(PATIENT, "oncologist-owen", role="stranger")
    assert clinician.page.status_code == 404
    assert "/l/" not in clinician.page.url
