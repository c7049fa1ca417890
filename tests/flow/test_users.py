"""What each kind of user may enter, and what a form says of its author before one types."""

import pytest

from tests.flow.answers import PATHOLOGIC
from tests.live import Chart

pytestmark = pytest.mark.server

PATIENT, USER = "elena-martinez", "oncologist-owen"
NAMES_NOBODY = "The EHR does not say who you are."


@pytest.fixture
def launch_as(clinician, monkeypatch):
    """Launch, where the EHR says that the user is this one."""

    def launch_as(reference):
        monkeypatch.setattr("app.smart.authorization.user_reference", lambda *_: reference)
        return clinician.launch(PATIENT, USER)

    return launch_as


def test_a_patient_reads_and_stages_nothing(running, launch_as):
    before = {r["id"] for r in Chart(running, PATIENT).search("Observation?_count=500")}
    page = launch_as(f"Patient/{PATIENT}")
    assert page.page.status_code == 200
    page.open("forms/")
    assert "You can read, and not enter" in page.text
    assert "You are signed in as the patient." in page.text
    assert ">Enter <" not in page.page.text
    page.open("forms/tnm-stage/new")
    assert "You are signed in as the patient." in page.text
    page.send(**PATHOLOGIC)
    assert page.page.status_code == 403
    assert "Saved to the chart" not in page.text
    assert {r["id"] for r in Chart(running, PATIENT).search("Observation?_count=500")} == before


def test_a_relative_changes_nothing_either(launch_as):
    page = launch_as("RelatedPerson/aunt").open("forms/ecog/new")
    assert "a person close to the patient, not as a clinician" in page.text
    assert page.send(ecog="1").page.status_code == 403


def test_somebody_whom_the_ehr_does_not_name_is_told_before_and_named_nowhere(running, launch_as):
    page = launch_as(None).open("forms/tnm-stage/new")
    assert NAMES_NOBODY in page.text
    assert "the chart will read: a user whom the EHR did not name." in page.text
    written = page.send(**PATHOLOGIC).send("save").written()
    for resource in map(Chart(running, PATIENT).read, written):
        for signed in resource.get("performer", []):
            assert signed == {"display": "a user whom the EHR did not name"}
    assert written[-1].startswith("Provenance/")
    assert "reference" not in resource["agent"][0]["who"]


def test_a_clinician_whom_the_ehr_names_is_told_nothing(clinician, running):
    clinician.launch(PATIENT, USER).open("forms/tnm-stage/new")
    assert NAMES_NOBODY not in clinician.text
