from __future__ import annotations

import pytest

from app.mcode.assembly import assemble
from app.mcode.kinds import Kind
from app.mcode.treated import (
    drug_name,
    medication_of,
    orders,
    treated_cancer,
    volume_name,
)

ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
PROFILE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-"
SUBJECT = {"reference": "Patient/pat"}


def coded(code, system=ICD10CM):
    return {"coding": [{"system": system, "code": code}]}


def condition(id_, code, **more):
    return {"resourceType": "Condition", "id": id_, "subject": SUBJECT, "code": coded(code), **more}


def order(id_, **more):
    return {
        "resourceType": "MedicationRequest",
        "id": id_,
        "status": "active",
        "intent": "order",
        "subject": SUBJECT,
        "medicationCodeableConcept": {**coded("56946", RXNORM), "text": "paclitaxel"},
        **more,
    }


def volume(id_, **more):
    return {
        "resourceType": "BodyStructure",
        "id": id_,
        "meta": {"profile": [f"{PROFILE}radiotherapy-volume"]},
        "patient": SUBJECT,
        **more,
    }


BREAST, SKIN = condition("breast", "C50.912"), condition("skin", "C43.72")
BONE = condition(
    "bone",
    "C79.51",
    extension=[
        {
            "url": "http://hl7.org/fhir/StructureDefinition/condition-related",
            "valueReference": {"reference": "Condition/breast"},
        }
    ],
)


def record_of(*resources):
    return assemble({"resourceType": "Patient", "id": "pat"}, [BREAST, SKIN, BONE, *resources])


@pytest.mark.parametrize(
    ("reasons", "id_"),
    [
        ({"reasonReference": [{"reference": "Condition/skin"}]}, "skin"),
        ({"reasonReference": [{"reference": "Condition/bone"}]}, "breast"),
        ({"reasonReference": [{"display": "x"}, {"reference": "Condition/skin"}]}, "skin"),
        ({"reasonReference": [{"reference": "Condition/another"}]}, None),
        ({"reasonCode": [coded("C43.72")]}, "skin"),
        ({"reasonCode": [coded("C43.72"), coded("C50.912")]}, None),
        ({"reasonCode": [{"text": "melanoma"}]}, None),
        ({}, None),
    ],
)
def test_a_treatment_is_for_the_cancer_that_it_names(reasons, id_):
    found = treated_cancer(record_of(), order("a", **reasons))
    assert (found.id if found else None) == id_


def test_orders_are_those_of_the_cancer_and_those_of_none():
    record = record_of(
        order("breast-drug", reasonReference=[{"reference": "Condition/breast"}]),
        order("skin-drug", reasonReference=[{"reference": "Condition/skin"}]),
        order("loose"),
        order("wrong", status="entered-in-error"),
        order("never", doNotPerform=True),
    )
    found = {item["id"] for item in orders(record, record.primary("breast"))}
    assert found == {"breast-drug", "loose"}
    everything = {item["id"] for item in orders(record, None)}
    assert everything == {"breast-drug", "skin-drug", "loose"}


def test_a_drug_is_named_by_itself_by_its_medication_or_by_what_it_contains():
    medication = {"resourceType": "Medication", "id": "m", "code": {"text": "paclitaxel 6 mg/mL"}}
    of_the_chart = order("a", medicationReference={"reference": "Medication/m"})
    contained = order("b", medicationReference={"reference": "#m"}, contained=[medication])
    elsewhere = order("c", medicationReference={"reference": "Medication/x", "display": "taxane"})
    for item in (of_the_chart, contained, elsewhere):
        del item["medicationCodeableConcept"]
    record = record_of(medication)
    assert drug_name(record, order("d")) == "paclitaxel"
    assert drug_name(record, of_the_chart) == drug_name(record, contained) == "paclitaxel 6 mg/mL"
    assert medication_of(record, contained) == medication
    assert drug_name(record, elsewhere) == "taxane"
    assert medication_of(record, elsewhere) is None
    assert drug_name(record, {"resourceType": "MedicationRequest"}) == ""


def test_volumes_are_the_patient_s_own_that_are_in_use():
    record = record_of(
        volume("ptv"),
        volume("gone", active=False),
        volume("theirs", patient={"reference": "Patient/other"}),
        {"resourceType": "BodyStructure", "id": "mole", "patient": SUBJECT},
    )
    assert [item["id"] for item in record.of_kinds(Kind.VOLUME)] == ["ptv"]


@pytest.mark.parametrize(
    ("elements", "name"),
    [
        (
            {
                "identifier": [{"value": "urn:x"}, {"use": "usual", "value": "PTV 50"}],
                "description": "Left breast",
            },
            "PTV 50",
        ),
        ({"identifier": [{"value": "urn:x"}], "description": "Left breast"}, "Left breast"),
        ({"location": {"text": "Breast"}}, "Breast"),
        ({}, "Volume without a name"),
    ],
)
def test_a_volume_is_known_by_its_name_its_description_or_its_place(elements, name):
    assert volume_name(volume("v", **elements)) == name
