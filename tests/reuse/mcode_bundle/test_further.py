"""Reading what a bundle refers to and the record does not hold."""

import json
import re
from urllib.parse import urlsplit

import pytest
import responses

from app.fhir.credentials import OneToken
from app.fhir.session import FhirSession
from app.mcode.assembly import assemble
from app.reuse.mcode_bundle.builder import patient_bundle
from app.reuse.mcode_bundle.further import read_further
from tests.reuse.mcode_bundle.conftest import BASE, NOW, PATIENT, check, named
from tests.reuse.mcode_bundle.test_builder import SUBJECT, cancer, status

pytestmark = pytest.mark.usefixtures("quick_requests")
VISIT = {
    "resourceType": "Encounter",
    "id": "e",
    "status": "finished",
    "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
    **SUBJECT,
    "location": [{"location": {"reference": "Location/ward"}}],
}
WARD = {
    "resourceType": "Location",
    "id": "ward",
    "managingOrganization": {"reference": "Organization/o"},
}
HOUSE = {"resourceType": "Organization", "id": "o", "name": "Hospital"}


@pytest.fixture
def ehr():
    """Serve these resources by their ids; a status, where an error is to be answered."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:

        def serve(**found):
            def answer(request):
                name = urlsplit(request.url).path.removeprefix("/fhir/")
                resource = found.get(name.replace("/", "_"), 404)
                failed = isinstance(resource, int)
                body = {"resourceType": "OperationOutcome"} if failed else resource
                headers = {"Content-Type": "application/fhir+json"}
                return (resource if failed else 200), headers, json.dumps(body)

            mock.add_callback(responses.GET, re.compile(f"{BASE}/.*"), answer)
            return mock

        yield serve


def bundle(*resources):
    record = assemble(PATIENT, resources, base=BASE)
    session = FhirSession(BASE, OneToken("t"))
    made = patient_bundle(record, session.bases, NOW, read_further(session, record))
    check(made.resource, "p1")
    return made


def test_it_is_read_until_nothing_is_referred_to(ehr):
    ehr(Encounter_e=VISIT, Location_ward=WARD, Organization_o=HOUSE)
    made = bundle(cancer(encounter={"reference": "Encounter/e"}))
    assert named(made)["Encounter/e"] == VISIT
    assert {"Location/ward", "Organization/o"} <= named(made).keys()
    assert made.unresolved == ()


@pytest.mark.parametrize("refusal", [403, 404, 410, 500])
def test_what_the_ehr_does_not_show_is_asked_for_once_and_said(ehr, refusal):
    mock = ehr(Encounter_e=refusal)
    visit = {"reference": "Encounter/e"}
    made = bundle(cancer(encounter=visit), status("s", encounter=visit))
    assert [(each.reference, each.reason) for each in made.unresolved] == [
        ("Encounter/e", "not read")
    ]
    assert len([call for call in mock.calls if "Encounter/e" in call.request.url]) == 1


def test_another_patient_is_not_even_asked_for(ehr):
    mock = ehr()
    patient = {**PATIENT, "link": [{"other": {"reference": "Patient/p2"}, "type": "seealso"}]}
    session = FhirSession(BASE, OneToken("t"))
    assert read_further(session, assemble(patient, [cancer()], base=BASE)) == []
    assert not mock.calls


def test_what_is_another_patients_is_not_taken(ehr):
    ehr(Encounter_e={**VISIT, "subject": {"reference": "Patient/p2"}})
    made = bundle(cancer(encounter={"reference": "Encounter/e"}))
    assert "Encounter/e" not in named(made)
    assert [each.reason for each in made.unresolved] == ["about another patient"]
