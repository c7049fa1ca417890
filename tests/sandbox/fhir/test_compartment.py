import pytest

from app.sandbox.fhir.compartment import has_compartment, patient_of
from app.sandbox.fhir.search_parameters import TABLE

BASE = "http://ehr.test/fhir"


@pytest.mark.parametrize(
    ("resource", "patients"),
    [
        ({"resourceType": "Patient", "id": "ada"}, {"ada"}),
        ({"resourceType": "Observation", "subject": {"reference": "Patient/ada"}}, {"ada"}),
        ({"resourceType": "Observation", "subject": {"reference": f"{BASE}/Patient/ada"}}, {"ada"}),
        (
            {"resourceType": "BodyStructure", "patient": {"reference": "Patient/ada/_history/2"}},
            {"ada"},
        ),
        (
            {"resourceType": "Observation", "subject": {"reference": "http://other/Patient/ada"}},
            set(),
        ),
        ({"resourceType": "Observation", "subject": {"reference": "Group/ada"}}, set()),
        ({"resourceType": "AdverseEvent", "subject": {"reference": "Patient/ada"}}, {"ada"}),
        ({"resourceType": "AdverseEvent", "subject": {"reference": "RelatedPerson/ada"}}, set()),
        ({"resourceType": "Observation", "performer": [{"reference": "Patient/ada"}]}, set()),
        ({"resourceType": "Observation", "subject": "Patient/ada"}, set()),
        ({"resourceType": "Practitioner", "id": "owen"}, set()),
        (
            {
                "resourceType": "Group",
                "member": [{"entity": {"reference": f"Patient/{id_}"}} for id_ in ("ada", "grace")],
            },
            {"ada", "grace"},
        ),
    ],
)
def test_a_resource_is_of_the_patient_it_is_about(resource, patients):
    assert patient_of(resource, base=BASE) == patients


def test_a_provenance_is_of_the_patients_of_its_targets(chart, make):
    provenance = {"resourceType": "Provenance", "target": [{"reference": "Condition/breast"}]}
    assert chart.patients_of(provenance) == {"ada"}
    provenance["target"].append({"reference": "Patient/grace"})
    assert chart.patients_of(provenance) == {"ada", "grace"}
    assert patient_of(provenance) == {"grace"}


@pytest.mark.parametrize("resource_type", sorted(TABLE))
def test_each_type_with_a_patient_parameter_has_a_compartment(resource_type):
    named = {"patient", "subject", "beneficiary", "individual"} & TABLE[resource_type].keys()
    assert bool(named) <= (has_compartment(resource_type) or resource_type == "Device")
