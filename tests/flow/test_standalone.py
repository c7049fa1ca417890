"""From outside of a chart: the EHR lets a patient be chosen, or the app looks one up."""

import html
import re
from urllib.parse import urljoin

import pytest

from tests.flow.answers import PATHOLOGIC
from tests.live import Clinician, demo

pytestmark = pytest.mark.server

OWEN = "oncologist-owen"
ELENA = "elena-martinez"
NOBODY_CHOSEN = {"user": OWEN, "decision": "allow"}


@pytest.fixture(scope="module")
def without_picker(tmp_path_factory):
    with demo(tmp_path_factory.mktemp("no-picker"), picks_patient=False) as servers:
        yield servers


def signed_in(demo_, **chosen: str) -> Clinician:
    """Launch from outside, and answer the EHR's own page."""
    clinician = Clinician(demo_)
    clinician.page = clinician.http.get(f"{demo_.app}/launch?iss={demo_.fhir}", timeout=30)
    form = re.search(r'(?s)<form method="post".*?</form>', clinician.page.text)[0]
    hidden = dict(re.findall(r'type="hidden"\s+name="(\w+)"\s+value="([^"]*)"', form))
    action = html.unescape(re.search(r'action="([^"]*)"', form)[1])
    clinician.page = clinician.http.post(
        urljoin(clinician.page.url, action), {**hidden, **NOBODY_CHOSEN, **chosen}, timeout=30
    )
    return clinician


def choose(clinician: Clinician, patient: str) -> Clinician:
    """Press the button of a patient who was found, then the one that opens the record."""
    clinician.page = clinician.http.post(
        f"{clinician.home}patient/confirm",
        {"patient": patient},
        headers={"Origin": clinician.demo.app},
        timeout=30,
    )
    assert "Is this the patient?" in clinician.text
    return clinician.send("open")


def test_the_ehr_lets_a_patient_be_chosen(running):
    clinician = signed_in(running, patient=ELENA)
    assert clinician.page.url == clinician.home
    assert "MARTINEZ, Elena" in clinician.text


def test_the_app_looks_a_patient_up_and_writes_to_that_one(without_picker):
    clinician = signed_in(without_picker)
    assert clinician.page.url == f"{clinician.home}patient/", clinician.text
    assert "No patient is open" in clinician.text
    clinician.open("forms/")
    assert clinician.page.status_code == 409
    clinician.open("patient/").send("search", name="Martinez", born="14-Feb-1964")
    assert re.findall(r'name="patient"\s+value="([^"]*)"', clinician.page.text) == [ELENA]
    choose(clinician, ELENA)
    assert clinician.page.url == clinician.home
    assert "MARTINEZ, Elena" in clinician.text
    clinician.open("forms/tnm-stage/new").send(**PATHOLOGIC).send("save")
    assert clinician.written()
    clinician.open("patient/")
    assert clinician.page.status_code == 409


def test_drafts_are_found_again_from_the_chart_after_a_launch_from_outside_ended(without_picker):
    clinician = choose(signed_in(without_picker), "colm-doherty")
    clinician.open("forms/tnm-stage/new").send(**{**PATHOLOGIC, "t": ""})
    assert clinician.page.status_code == 422
    origin = {"Origin": without_picker.app}
    clinician.http.post(f"{clinician.home}sign-out", headers=origin, timeout=30)
    again = Clinician(without_picker).launch("colm-doherty", OWEN).open("forms/")
    assert "Drafts that wait" in again.text
    colleague = Clinician(without_picker).launch("colm-doherty", "nurse-nancy").open("forms/")
    assert "Drafts that wait" not in colleague.text


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ({"name": "ELENA, mart"}, [ELENA]),
        ({"born": "1964-02-14"}, [ELENA]),
        ({"name": "Martinez", "born": "1965"}, []),
        ({"name": "Nobody"}, []),
    ],
)
def test_the_search_finds_by_name_and_birth(without_picker, typed, found):
    clinician = signed_in(without_picker)
    clinician.send("search", **typed)
    assert re.findall(r'name="patient"\s+value="([^"]*)"', clinician.page.text) == found
    assert ("finds nobody like this" in clinician.text) == (not found)
