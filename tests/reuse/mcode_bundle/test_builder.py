"""What is in a patient's bundle, what is not, and what is said of it."""

import json
from datetime import timedelta, timezone

import pytest

from app.fhir import wire
from app.mcode.assembly import assemble
from app.reuse.mcode_bundle.builder import ndjson, patient_bundle
from tests.reuse.mcode_bundle.conftest import BASE, NOW, PATIENT

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
SUBJECT = {"subject": {"reference": "Patient/p1"}}
MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-"
CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"


def coded(system, code):
    return {"coding": [{"system": system, "code": code}]}


def cancer(id_="c", **more):
    return {
        "resourceType": "Condition",
        "id": id_,
        **SUBJECT,
        "clinicalStatus": coded(
            "http://terminology.hl7.org/CodeSystem/condition-clinical", "active"
        ),
        "category": [coded(CATEGORY, "problem-list-item")],
        "code": coded("http://hl7.org/fhir/sid/icd-10-cm", "C50.911"),
        **more,
    }


def status(id_, **more):
    return {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        **SUBJECT,
        "code": coded(LOINC, "97509-4"),
        "focus": [{"reference": "Condition/c"}],
        "effectiveDateTime": "2026-01-02",
        "valueCodeableConcept": coded(SNOMED, "359746009"),
        **more,
    }


def order(id_="mr", **more):
    return {
        "resourceType": "MedicationRequest",
        "id": id_,
        "status": "active",
        "intent": "order",
        **SUBJECT,
        "medicationCodeableConcept": coded("http://www.nlm.nih.gov/research/umls/rxnorm", "72965"),
        "authoredOn": "2026-01-02",
        "requester": {"reference": "Practitioner/dr"},
        **more,
    }


def doctor(id_="dr"):
    return {"resourceType": "Practitioner", "id": id_, "name": [{"family": "Doe"}]}


def notes(found):
    return {note.reference: note.says for note in found}


def test_a_bundle_is_a_collection_of_the_patient_first_and_claims_its_profile(bundle):
    made = bundle([cancer(), status("s"), order(), doctor()])
    assert made.resource["type"] == "collection"
    assert made.resource["timestamp"] == "2026-11-29T09:30:00+00:00"
    assert made.resource["meta"] == {"profile": [f"{MCODE}patient-bundle"]}
    assert made.conforms
    assert [entry["fullUrl"] for entry in made.resource["entry"]] == [
        f"{BASE}/Patient/p1",
        f"{BASE}/Condition/c",
        f"{BASE}/Observation/s",
        f"{BASE}/MedicationRequest/mr",
        f"{BASE}/Practitioner/dr",
    ]
    assert (made.left_out, made.unresolved, made.faults, made.cautions) == ((), (), (), ())


def test_the_same_record_makes_the_same_bundle_in_whatever_order_it_came(bundle):
    resources = [cancer(), status("b"), status("a"), order(), doctor()]
    assert wire.dumps(bundle(resources).resource) == wire.dumps(bundle(resources[::-1]).resource)


def test_the_moment_of_reading_is_written_in_utc():
    there = NOW.astimezone(timezone(timedelta(hours=-5)))
    made = patient_bundle(assemble(PATIENT, []), [BASE], there)
    assert made.resource["timestamp"] == "2026-11-29T09:30:00+00:00"


@pytest.mark.parametrize(
    ("resource", "says"),
    [
        (status("s", status="entered-in-error"), "entered in error"),
        (status("s", status="cancelled"), "cancelled"),
        (status("s", subject={"reference": "Patient/other"}), "about another patient"),
        (status("s", focus=[{"reference": "RelatedPerson/mother"}]), "about another patient"),
        (status("s", modifierExtension=[{"url": "urn:not"}]), "not understood by the app"),
        (status("s", subject={"display": "Testa"}), "not understood by the app"),
    ],
    ids=["in error", "cancelled", "of another", "about a relative", "modified", "of nobody"],
)
def test_what_is_no_fact_of_the_patient_is_left_out_and_said(bundle, resources_of, resource, says):
    made = bundle([cancer(stage=[{"assessment": [{"reference": "Observation/s"}]}]), resource])
    assert "Observation/s" not in resources_of(made)
    assert notes(made.left_out) == {"Observation/s": says}
    (unresolved,) = made.unresolved
    assert (unresolved.reference, unresolved.reason) == ("Observation/s", says)
    assert unresolved.named_by == ("Condition/c",)


def test_a_refuted_diagnosis_is_left_out(bundle, resources_of):
    refuted = cancer(
        verificationStatus=coded(
            "http://terminology.hl7.org/CodeSystem/condition-ver-status", "refuted"
        )
    )
    made = bundle([refuted])
    assert [*resources_of(made)] == ["Patient/p1"]
    assert notes(made.left_out) == {"Condition/c": "refuted"}


def test_an_order_not_to_give_a_drug_stays_as_it_is_and_is_pointed_out(bundle, resources_of):
    made = bundle([cancer(), order(doNotPerform=True), doctor()])
    assert resources_of(made)["MedicationRequest/mr"]["doNotPerform"] is True
    assert notes(made.cautions) == {"MedicationRequest/mr": "not to be given"}


def test_a_part_of_an_entry_keeps_its_mark_claims_nothing_and_is_pointed_out(bundle, resources_of):
    tag = {"tag": [{"code": "SUBSETTED"}]}
    made = bundle([cancer(), status("s", meta=tag)])
    assert resources_of(made)["Observation/s"]["meta"] == tag
    assert notes(made.cautions) == {"Observation/s": "the EHR gave out only a part of it"}


def test_what_mcode_has_no_profile_for_comes_only_if_it_is_referred_to(bundle, resources_of):
    def node_count(id_):
        return status(id_, code=coded(LOINC, "21893-3"), valueInteger=3)

    named = cancer(evidence=[{"detail": [{"reference": "Observation/n1"}]}])
    made = bundle([named, node_count("n1"), node_count("n2")])
    assert "Observation/n1" in resources_of(made)
    assert notes(made.left_out) == {
        "Observation/n2": "mCODE has no profile for it: lymph nodes counted"
    }


def test_vital_signs_are_in_it_and_other_findings_are_not(bundle, resources_of):
    vital = "http://terminology.hl7.org/CodeSystem/observation-category"
    pulse = status("pulse", code=coded(LOINC, "8867-4"), category=[coded(vital, "vital-signs")])
    weight = status("weight", code=coded(LOINC, "29463-7"))
    sodium = status("sodium", code=coded(LOINC, "2951-2"), category=[coded(vital, "laboratory")])
    for resource in (pulse, weight, sodium):
        del resource["focus"]
    found = resources_of(bundle([cancer(), pulse, weight, sodium]))
    assert {"Observation/pulse", "Observation/weight"} <= found.keys()
    assert "Observation/sodium" not in found


def test_what_contains_cancer_data_is_in_it_whole(bundle, resources_of):
    held = cancer("inside")
    holder = {
        "resourceType": "Encounter",
        "id": "e",
        "status": "finished",
        "class": {"code": "AMB"},
        **SUBJECT,
        "contained": [held],
        "diagnosis": [{"condition": {"reference": "#inside"}}],
    }
    made = bundle([holder, status("s", encounter={"reference": "Encounter/e"})])
    found = resources_of(made)["Encounter/e"]
    assert found["contained"] == [held]
    assert found["diagnosis"] == holder["diagnosis"]


def test_a_patient_who_does_not_conform_is_in_it_without_the_claim(bundle, resources_of):
    patient = {"resourceType": "Patient", "id": "p1", "gender": "female"}
    made = bundle([cancer()], patient)
    assert "meta" not in resources_of(made)["Patient/p1"]
    assert not made.conforms
    assert "meta" not in made.resource
    (fault,) = made.faults
    assert (fault.reference, fault.profile) == ("Patient/p1", "cancer-patient")
    assert "Patient.identifier is missing" in fault.problems


def test_a_bundle_with_something_that_is_no_fhir_claims_nothing(bundle):
    made = bundle([cancer(colour="red")])
    (fault,) = made.faults
    assert (fault.reference, fault.profile) == ("Condition/c", "FHIR R4")
    assert not made.conforms


def test_lines_by_type_hold_each_resource_once_with_its_digits(bundle):
    size = wire.loads('{"value": 10.50, "unit": "a\u2028b\\n"}')
    made = bundle([cancer(), status("s", note=[{"text": "x"}]), order(), doctor()])
    made.resource["entry"][2]["resource"]["valueQuantity"] = size
    texts = ndjson(made.resource)
    assert [*texts] == ["Patient", "Condition", "Observation", "MedicationRequest", "Practitioner"]
    (line,) = texts["Observation"].removesuffix("\n").split("\n")
    assert json.loads(line)["id"] == "s"
    assert '"value": 10.50' in line
    assert [json.loads(text)["id"] for text in texts.values()] == ["p1", "c", "s", "mr", "dr"]
