"""A flagged result is amended end to end: asked, answered both ways, and what was written."""

import json
import re

import pytest

from tests.live import Chart, Clinician, demo

pytestmark = pytest.mark.server

WHO = "flagged"
MARKER = "forms/tumor-marker-test/{}"
QUESTION = re.compile(r'name="(confirm-holds-\w+)"')


def _entry(resource):
    name = f"{resource['resourceType']}/{resource['id']}"
    return {"resource": resource, "request": {"method": "PUT", "url": name}}


def _psa(id_):
    flags = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
    lab = "http://terminology.hl7.org/CodeSystem/observation-category"
    return {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        "category": [{"coding": [{"system": lab, "code": "laboratory"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "2857-1"}], "text": "PSA"},
        "subject": {"reference": f"Patient/{WHO}"},
        "effectiveDateTime": "2026-10-01",
        "text": {
            "status": "generated",
            "div": '<div xmlns="http://www.w3.org/1999/xhtml">PSA above 4.00, High</div>',
        },
        "valueQuantity": {
            "value": 4,
            "unit": "ng/mL",
            "system": "http://unitsofmeasure.org",
            "code": "ng/mL",
            "comparator": ">",
        },
        "interpretation": [{"coding": [{"system": flags, "code": "H", "display": "High"}]}],
        "referenceRange": [{"high": {"value": 4, "unit": "ng/mL"}}],
    }


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    folder = tmp_path_factory.mktemp("flagged")
    patient = {"resourceType": "Patient", "id": WHO, "name": [{"family": "Flagged"}]}
    patient |= {"gender": "male", "birthDate": "1950-01-01"}
    cancer = {
        "resourceType": "Condition",
        "id": f"{WHO}-cancer",
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C61"}]},
        "subject": {"reference": f"Patient/{WHO}"},
    }
    resources = [patient, cancer, *map(_psa, ("psa-yes", "psa-no", "psa-note"))]
    bundle = {"resourceType": "Bundle", "type": "transaction"}
    bundle["entry"] = [_entry(resource) for resource in resources]
    data = folder / "chart.json"
    data.write_text(json.dumps(bundle))
    with demo(folder, data=(data,)) as servers:
        yield servers


@pytest.mark.parametrize("word", ["yes", "no"])
def test_a_flag_is_kept_beside_another_number_on_the_person_s_word_alone(running, word):
    id_ = f"psa-{word}"
    clinician = Clinician(running).launch(WHO, "oncologist-owen").open(MARKER.format(id_))
    clinician.send(number="0.10")
    assert clinician.page.status_code == 422
    assert "Say whether this still holds: Interpretation, High" in clinician.text
    assert "Say whether this still holds: Reference range, up to 4" in clinician.text
    before = Chart(running, WHO).read(f"Observation/{id_}")
    assert before["meta"]["versionId"] == "1"
    clinician.send(**dict.fromkeys(QUESTION.findall(clinician.page.text), word))
    assert "Review before saving" in clinician.text
    clinician.send("save")
    assert "Saved to the chart" in clinician.text, clinician.text
    after = Chart(running, WHO).read(f"Observation/{id_}")
    assert after["valueQuantity"]["value"] == 0.1
    for name in ("interpretation", "referenceRange"):
        assert after.get(name) == (before[name] if word == "yes" else None)
    assert "text" not in after


def test_beside_a_note_nothing_is_asked_and_all_stays(running):
    clinician = Clinician(running).launch(WHO, "oncologist-owen").open(MARKER.format("psa-note"))
    before = Chart(running, WHO).read("Observation/psa-note")
    clinician.send(note="Fasting").send("save")
    assert "Saved to the chart" in clinician.text, clinician.text
    after = Chart(running, WHO).read("Observation/psa-note")
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    assert changed == {"meta", "note", "status", "text"}
