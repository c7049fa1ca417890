"""How the resources of a bundle refer to each other, and to what is not in it."""

import pytest

from tests.reuse.mcode_bundle.conftest import BASE, PATIENT
from tests.reuse.mcode_bundle.test_builder import SUBJECT, cancer, doctor, order, status

ADDRESS = "urn:ietf:rfc:3986"
MASKED = [
    {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}
]


def told(made):
    return [(each.reference, each.reason) for each in made.unresolved]


@pytest.mark.parametrize(
    "written",
    ["Practitioner/dr", f"{BASE}/Practitioner/dr", "https://inside.example/r4/Practitioner/dr"],
)
def test_whatever_address_means_the_ehr_leads_into_the_bundle(bundle, resources_of, written):
    performer = {"reference": written, "display": "Doe"}
    made = bundle(
        [cancer(), status("s", performer=[performer]), doctor()],
        bases=(BASE, "https://inside.example/r4"),
    )
    (found,) = resources_of(made)["Observation/s"]["performer"]
    assert found == {"reference": "Practitioner/dr", "display": "Doe"}
    assert made.unresolved == ()


def test_what_was_not_read_is_referred_to_by_its_address_and_said(bundle, resources_of):
    encounter = {"reference": "Encounter/e", "display": "Visit"}
    made = bundle([cancer(encounter=encounter), status("s", encounter=encounter)])
    for name in ("Condition/c", "Observation/s"):
        assert resources_of(made)[name]["encounter"] == {
            "display": "Visit",
            "identifier": {"system": ADDRESS, "value": f"{BASE}/Encounter/e"},
            "type": "Encounter",
        }
    (unresolved,) = made.unresolved
    assert (unresolved.reference, unresolved.reason) == ("Encounter/e", "not read")
    assert unresolved.named_by == ("Condition/c", "Observation/s")


def test_an_identifier_that_a_reference_has_stays(bundle, resources_of):
    own = {"system": "urn:visits", "value": "7"}
    made = bundle([cancer(encounter={"reference": "Encounter/e", "identifier": own})])
    assert resources_of(made)["Condition/c"]["encounter"]["identifier"] == own
    assert told(made) == [("Encounter/e", "not read")]


@pytest.mark.parametrize("written", ["https://other.example/fhir/Practitioner/1", "urn:uuid:1-2"])
def test_what_is_on_another_server_keeps_its_address(bundle, resources_of, written):
    made = bundle([cancer(asserter={"reference": written})])
    found = resources_of(made)["Condition/c"]["asserter"]
    assert found["identifier"] == {"system": ADDRESS, "value": written}
    assert told(made) == [(written, "on another server")]


def test_of_another_patient_a_reference_keeps_nothing(bundle, resources_of):
    other = {"reference": "Patient/p2", "display": "Ida Other", "identifier": {"value": "MRN2"}}
    patient = {**PATIENT, "link": [{"other": other, "type": "seealso"}]}
    made = bundle([cancer()], patient)
    (link,) = resources_of(made)["Patient/p1"]["link"]
    assert link == {"other": {"extension": MASKED, "type": "Patient"}, "type": "seealso"}
    assert told(made) == [("Patient/p2", "about another patient")]


def test_of_another_patients_diagnosis_a_reference_keeps_nothing(bundle, resources_of):
    theirs = cancer("theirs", subject={"reference": "Patient/p2"})
    reason = [{"reference": "Condition/theirs", "display": "Lung cancer of Ida"}]
    made = bundle([cancer(), theirs, order(reasonReference=reason), doctor()])
    (found,) = resources_of(made)["MedicationRequest/mr"]["reasonReference"]
    assert found == {"extension": MASKED, "type": "Condition"}


def test_a_version_that_the_bundle_holds_is_named_by_the_resource_itself(bundle, resources_of):
    held = {**doctor(), "meta": {"versionId": "3"}}
    performer = [{"reference": f"Practitioner/dr/_history/{n}"} for n in (3, 2)]
    made = bundle([cancer(), status("s", performer=performer), held])
    this, earlier = resources_of(made)["Observation/s"]["performer"]
    assert this == {"reference": "Practitioner/dr"}
    assert earlier == {
        "reference": "Practitioner/dr",
        "identifier": {"system": ADDRESS, "value": f"{BASE}/Practitioner/dr/_history/2"},
    }


def test_a_fragment_that_leads_nowhere_is_no_reference(bundle, resources_of):
    held = [{"resourceType": "Medication", "id": "m", "code": {"text": "Cisplatin"}}]
    order_ = order(contained=held, reasonReference=[{"reference": "#gone"}])
    del order_["medicationCodeableConcept"]
    order_["medicationReference"] = {"reference": "#m"}
    made = bundle([cancer(), order_, doctor()])
    found = resources_of(made)["MedicationRequest/mr"]
    assert found["medicationReference"] == {"reference": "#m"}
    assert found["contained"] == held
    assert "reference" not in found["reasonReference"][0]
    assert told(made) == [("#gone", "leads nowhere")]


def test_who_signed_is_in_it_for_what_is_in_it(bundle, resources_of):
    wrong = status("wrong", status="entered-in-error")
    provenance = {
        "resourceType": "Provenance",
        "id": "v",
        "target": [
            {"reference": "https://proxy.example/x/Observation/s/_history/1"},
            {"reference": "Observation/wrong"},
        ],
        "recorded": "2026-01-02T10:00:00Z",
        "agent": [{"who": {"reference": "Practitioner/signer"}}],
    }
    only = {**provenance, "id": "only", "target": provenance["target"][1:]}
    made = bundle([cancer(), status("s"), wrong, provenance, only, doctor("signer")])
    found = resources_of(made)
    assert found["Provenance/v"]["target"] == [
        {
            "reference": "Observation/s",
            "identifier": {"system": ADDRESS, "value": f"{BASE}/Observation/s/_history/1"},
        }
    ]
    assert "Practitioner/signer" in found
    assert "Provenance/only" not in found


def test_what_refers_to_each_other_is_in_it_once(bundle, resources_of):
    first = cancer(stage=[{"assessment": [{"reference": "Observation/s"}]}])
    made = bundle([first, status("s", hasMember=[{"reference": "Observation/s"}])])
    assert [*resources_of(made)] == ["Patient/p1", "Condition/c", "Observation/s"]


def test_what_was_read_later_is_in_it_if_it_is_the_patients(bundle, resources_of):
    def encounter(id_, subject):
        class_ = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
        return {
            "resourceType": "Encounter",
            "id": id_,
            "status": "finished",
            "class": class_,
            "subject": {"reference": subject},
        }

    visits = [status(id_, encounter={"reference": f"Encounter/{id_}"}) for id_ in ("a", "b", "d")]
    further = [
        encounter("a", "Patient/p1"),
        encounter("b", "Patient/p2"),
        {**encounter("d", "Patient/p1"), "status": "entered-in-error"},
    ]
    made = bundle([cancer(), *visits], further=further)
    assert resources_of(made)["Encounter/a"] == encounter("a", "Patient/p1") | SUBJECT
    assert told(made) == [
        ("Encounter/b", "about another patient"),
        ("Encounter/d", "entered in error"),
    ]
