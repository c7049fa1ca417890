"""A FHIR server without authorization, to test on: no token is sent, and every page says so."""

import re

import pytest

from tests.flow.answers import PATHOLOGIC
from tests.live import Chart, Clinician
from tests.open_door import PATIENT as ELENA
from tests.open_door import unprotected

pytestmark = pytest.mark.server

WARNING = "Nobody signs in to this server"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with unprotected(tmp_path_factory.mktemp("open")) as servers:
        yield servers


@pytest.fixture
def clinician(running):
    return Clinician(running)


def opened(clinician, **more: str) -> Clinician:
    clinician.page = clinician.http.get(clinician.demo.launch_address(**more), timeout=30)
    return clinician


def test_a_patient_is_opened_at_once_and_written_to_without_a_token(running, clinician):
    opened(clinician, patient=ELENA)
    assert clinician.page.url == clinician.home
    assert "MARTINEZ, Elena" in clinician.text
    clinician.open("forms/tnm-stage/new").send(**PATHOLOGIC)
    assert WARNING in clinician.text
    clinician.send("save")
    chart = Chart(running.door.servers, ELENA)
    written = [chart.read(name) for name in clinician.written() if "Observation" in name]
    assert len(written) == 4
    assert {r["performer"][0]["display"] for r in written} == {"Not known (no sign-in)"}
    assert not any("reference" in r["performer"][0] for r in written)
    assert running.door.tokens == []


def test_every_page_says_that_nobody_signs_in(clinician):
    opened(clinician)
    assert clinician.page.url == f"{clinician.home}patient/"
    assert WARNING in clinician.text
    clinician.send("search", name="Martinez")
    assert re.findall(r'name="patient"\s+value="([^"]*)"', clinician.page.text) == [ELENA]
    assert WARNING in clinician.text
    opened(clinician, patient=ELENA)
    for path in ("", "forms/", "receipts/", "forms/ecog/new", "forms/ecog/nothing"):
        assert WARNING in clinician.open(path).text, path
    policy = clinician.page.headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'none'")


def test_drafts_of_somebody_unknown_are_nobody_else_s(running, clinician):
    opened(clinician, patient=ELENA).open("forms/tnm-stage/new").send(**{**PATHOLOGIC, "t": ""})
    assert "Drafts that wait" in clinician.open("forms/").text
    assert "Drafts that wait" not in opened(Clinician(running), patient=ELENA).open("forms/").text


@pytest.mark.parametrize("patient", ["nobody", "a/b", ".."])
def test_a_patient_who_is_not_there_is_not_opened(clinician, patient):
    opened(clinician, patient=patient)
    assert clinician.page.status_code >= 400
    assert "/l/" not in clinician.page.url


def test_signing_out_closes_the_launch(running, clinician):
    opened(clinician, patient=ELENA)
    home = clinician.home
    clinician.http.post(f"{home}sign-out", headers={"Origin": running.app}, timeout=30)
    assert clinician.http.get(home, timeout=30).status_code == 404


def test_it_is_offered_on_the_first_page_and_the_sandbox_is_used_as_ever(running, clinician):
    clinician.page = clinician.http.get(running.app, timeout=30)
    assert "Test server without sign-in" in clinician.text
    asked = clinician.http.get(
        f"{running.door.servers.app}/launch?iss={running.door.base}",
        allow_redirects=False,
        timeout=30,
    )
    assert asked.status_code == 403
