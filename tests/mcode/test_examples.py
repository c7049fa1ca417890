"""The official mCODE examples, where they are at hand: nothing of a patient is lost."""

import json
from pathlib import Path

import pytest

from app.fhir.paths import literal_reference
from app.mcode.assembly import assemble
from app.mcode.content import stage_value_label

EXAMPLES = (
    Path(__file__).resolve().parents[3] / "shared" / "examples" / "mcode-examples-transaction.json"
)
pytestmark = pytest.mark.skipif(not EXAMPLES.exists(), reason="the examples are not at hand")

PATIENTS = ("adam-everyman", "brian-l", "eve-anyperson", "john-anyperson")


@pytest.fixture(scope="module")
def resources():
    bundle = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return [entry["resource"] for entry in bundle["entry"]]


def record_of(resources, patient_id):
    patient = next(r for r in resources if r["id"] == patient_id)
    return assemble(patient, [r for r in resources if r is not patient])


@pytest.mark.parametrize("name", PATIENTS)
@pytest.mark.parametrize("tagged", [True, False], ids=["with profiles", "without profiles"])
def test_every_resource_of_a_patient_stands_in_the_record(resources, name, tagged):
    if not tagged:
        resources = [{n: v for n, v in r.items() if n != "meta"} for r in resources]
    patient_id = f"cancer-patient-{name}"
    record = record_of(resources, patient_id)
    own = [r for r in resources if f'"Patient/{patient_id}"' in json.dumps(r)]
    misfiled = {literal_reference(resource) for resource in record.misfiled}
    assert own
    for resource in own:
        assert (
            record.find(literal_reference(resource)) == resource
            or literal_reference(resource) in misfiled
        )
    assert record.not_interpreted == ()


@pytest.mark.parametrize("name", PATIENTS)
def test_nothing_of_another_patient_is_shown(resources, name):
    patient_id = f"cancer-patient-{name}"
    record = record_of(resources, patient_id)
    shown = [r for primary in record.primaries for r in (primary.condition, *primary.resources)]
    shown += [*record.unlinked.resources, *record.treatments, *record.genomics, *record.labs]
    assert shown
    for resource in shown:
        assert f'"Patient/{patient_id}"' in json.dumps(resource)


def test_stages_about_another_patients_cancer_are_misfiled(resources):
    record = record_of(resources, "cancer-patient-john-anyperson")
    (primary,) = record.primaries
    (stage,) = primary.stages
    assert [stage_value_label(part) for part in stage.resources] == ["IIIC", "cT3", "cN3", "cM0"]
    assert "Observation/figo-stage-IIIA" in {
        literal_reference(resource) for resource in record.misfiled
    }
