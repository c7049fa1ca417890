"""The official mCODE examples, loaded as any other data, launch and show."""

from pathlib import Path

import pytest

from tests.live import Clinician, demo

EXAMPLES = Path(__file__).resolve().parents[3] / "shared/examples/mcode-examples-transaction.json"

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(not EXAMPLES.exists(), reason="the examples are not beside the checkout"),
]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with demo(tmp_path_factory.mktemp("examples"), data=(EXAMPLES,)) as servers:
        yield servers


@pytest.mark.parametrize(
    ("patient", "words"),
    [
        ("cancer-patient-john-anyperson", ("ANYPERSON", "IIIC", "cT3", "cN3", "cM0")),
        ("cancer-patient-brian-l", ("leukemia",)),
        ("cancer-patient-eve-anyperson", ("ANYPERSON",)),
        ("cancer-patient-adam-everyman", ("EVERYMAN",)),
    ],
)
def test_an_example_patient_shows(running, patient, words):
    clinician = Clinician(running).launch(patient, "us-core-practitioner-kyle-anydoc")
    assert clinician.page.status_code == 200, clinician.text
    assert "could not be read" not in clinician.text
    for word in words:
        assert word.lower() in clinician.text.lower()


def test_any_practitioner_of_the_data_may_be_the_user(running):
    clinician = Clinician(running)
    clinician.launch("cancer-patient-john-anyperson", "us-core-practitioner-kyle-anydoc")
    clinician.open("forms/")
    assert "TNM stage" in clinician.text


def test_a_stage_that_names_another_patients_cancer_opens_with_a_warning_and_can_be_withdrawn(
    running,
):
    clinician = Clinician(running)
    clinician.launch("cancer-patient-john-anyperson", "us-core-practitioner-kyle-anydoc")
    assert "figo-stage-IIIA" in clinician.page.text
    clinician.open("forms/cancer-stage/figo-stage-IIIA")
    assert "names a diagnosis of another patient" in clinician.text
    clinician.open("forms/cancer-stage/figo-stage-IIIA/retract").send(reason="another patient's")
    assert clinician.written()[0] == "Observation/figo-stage-IIIA"
