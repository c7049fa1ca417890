"""The form's write paths, on each server: what is said to be saved is what the chart holds."""

import re
import threading

import pytest

from tests.interop import stages
from tests.interop.entries import answer
from tests.live import Clinician

pytestmark = [pytest.mark.interop, pytest.mark.network]


def test_a_stage_is_entered_amended_and_taken_back(site, patient_id):
    clinician, entered = stages.enter(site.demo, patient_id)
    t, n, m, group = (site.chart.read(reference) for reference in entered[:4])
    assert [r["valueCodeableConcept"]["text"] for r in (t, n, m, group)] == [
        "pT2",
        "pN1a",
        "cM0",
        "IIB",
    ]
    assert [member["reference"] for member in group["hasMember"]] == entered[:3]
    provenance = site.chart.read(entered[4])
    assert {target["reference"] for target in provenance["target"]} == set(entered[:4])
    clinician.open("")
    assert "IIB pT2 pN1a cM0" in clinician.text

    assert set(entered[:4:3]) < set(stages.amend(clinician, entered[3]))
    amended = [site.chart.read(reference) for reference in entered[:4]]
    assert [r["status"] for r in amended] == ["amended", "final", "final", "amended"]
    assert amended[0]["identifier"] == t["identifier"]
    assert amended[1:3] == [n, m]

    stages.retract(clinician, entered[3])
    for reference in entered[:4]:
        assert site.chart.read(reference)["status"] == "entered-in-error"
    clinician.open("")
    assert "IIB pT3" not in clinician.text


def test_each_resource_keeps_the_identifier_of_its_entry(site, patient_id):
    _, entered = stages.enter(site.demo, patient_id)
    for reference in entered[:4]:
        resource = site.chart.read(reference)
        (identifier,) = resource["identifier"]
        assert identifier["value"].startswith("urn:uuid:")
        token = f"{identifier['system']}|{identifier['value']}"
        found = site.chart.search(f"Observation?identifier={token}")
        assert [r["id"] for r in found] == [resource["id"]]


def test_a_save_that_is_sent_twice_at_once_makes_one_entry(site, patient_id):
    clinician = stages.review(site.demo, patient_id)
    twins = [Clinician(site.demo, clinician.http, clinician.page) for _ in range(2)]
    threads = [threading.Thread(target=twin.send, args=("save",)) for twin in twins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert any("Saved to the chart" in twin.text for twin in twins)
    assert len(_observations(site, patient_id)) == 4


@pytest.mark.parametrize("stale", [0, 3], ids=["T", "group"])
def test_a_change_by_somebody_else_is_never_overwritten(site, patient_id, stale):
    """HAPI FHIR answers 409 and undoes all, Medplum 412 and leaves what came before."""
    clinician, entered = stages.enter(site.demo, patient_id)
    stages.open_amendment(clinician, entered[3])
    theirs = site.chart.put(_changed_by_others(site.chart.read(entered[stale])))
    clinician.send("save")
    assert clinician.page.status_code == 409
    assert "Saved to the chart" not in clinician.text
    assert "Different in the chart" in clinician.text
    assert site.chart.read(entered[stale]) == theirs


@pytest.mark.parametrize("stale", [0, 3], ids=["T", "group"])
def test_after_a_conflict_the_rest_is_compared_and_saved(site, patient_id, stale):
    clinician, entered = stages.enter(site.demo, patient_id)
    stages.open_amendment(clinician, entered[3])
    site.chart.put(_changed_by_others(site.chart.read(entered[stale])))
    clinician.send("save")
    answer(_compare(clinician), {})
    clinician.send("save")
    assert "Saved to the chart" in clinician.text, clinician.text
    t, group = site.chart.read(entered[0]), site.chart.read(entered[3])
    assert t["valueCodeableConcept"]["text"] == "pT3"
    assert group["note"] == [{"text": "read again at the tumor board"}]
    assert "Pathology" in {p.get("display") for p in (t, group)[stale == 3]["performer"]}


@pytest.mark.parametrize("stale", [0, 3], ids=["T", "group"])
def test_a_retraction_that_met_a_change_can_be_completed(site, patient_id, stale):
    clinician, entered = stages.enter(site.demo, patient_id)
    group_id = entered[3].removeprefix("Observation/")
    clinician.open(f"forms/tnm-stage/{group_id}/retract")
    page = clinician.page
    theirs = site.chart.put(_changed_by_others(site.chart.read(entered[stale])))
    clinician.page = page
    clinician.send(reason="another patient's report")
    assert clinician.page.status_code == 409
    assert site.chart.read(entered[stale]) == theirs
    clinician.open(f"forms/tnm-stage/{group_id}/retract").send(reason="another patient's report")
    assert "Saved to the chart" in clinician.text, clinician.text
    for reference in entered[:4]:
        assert site.chart.read(reference)["status"] == "entered-in-error"


def test_an_amendment_of_a_stale_version_is_not_sent_and_can_be_completed(medplum):
    """Medplum would leave T written when the group's version turns out to be stale."""
    clinician, entered = stages.enter(medplum.demo, medplum.chart.new_patient())
    stages.open_amendment(clinician, entered[3])
    theirs = medplum.chart.put(_changed_by_others(medplum.chart.read(entered[3])))
    clinician.send("save")
    assert medplum.chart.read(entered[0])["valueCodeableConcept"]["text"] == "pT2"
    assert medplum.chart.read(entered[3]) == theirs
    assert "nothing of yours was saved" in clinician.text
    assert re.search(r"Different in the chart TNM stage group", clinician.text)
    answer(_compare(clinician), {})
    clinician.send("save").written()
    assert medplum.chart.read(entered[0])["valueCodeableConcept"]["text"] == "pT3"


def test_a_refused_amendment_leaves_nothing_of_it_on_hapi(hapi):
    clinician, entered = stages.enter(hapi.demo, hapi.chart.new_patient())
    stages.open_amendment(clinician, entered[3])
    hapi.chart.put(_changed_by_others(hapi.chart.read(entered[3])))
    clinician.send("save")
    assert "nothing of yours was saved" in clinician.text
    assert hapi.chart.read(entered[0])["valueCodeableConcept"]["text"] == "pT2"
    authorship = hapi.chart.search(f"Provenance?target={entered[0]}")
    assert [f"Provenance/{found['id']}" for found in authorship] == [entered[4]]


def _changed_by_others(resource: dict) -> dict:
    """Return the resource with an author more, an element that the form does not ask for."""
    return {**resource, "performer": [*resource["performer"], {"display": "Pathology"}]}


def _compare(clinician: Clinician) -> Clinician:
    """Follow the way back to the form that the page of a conflict offers."""
    found = re.search(r'href="([^"]+)">Compare and choose', clinician.page.text)
    assert found, clinician.text
    return clinician.open(found[1])


def _observations(site, patient_id: str) -> list[dict]:
    return site.chart.search(f"Observation?subject=Patient/{patient_id}")
