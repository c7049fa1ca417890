import pytest

from app.mcode.assembly import assemble
from app.mcode.content import is_later
from app.mcode.kinds import Kind
from app.mcode.treated import (
    drug_name,
    has_progressed,
    medication_of,
    orders,
    treated_cancer,
    volume_name,
    was_operated_first,
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


SNOMED = "http://snomed.info/sct"
INTENT = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-procedure-intent"
INTENT_PROFILE = (
    "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-cancer-related-surgical-procedure"
)
ME = {"reference": "Patient/p"}
CANCER = {
    "resourceType": "Condition",
    "id": "c",
    "subject": ME,
    "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C50.412"}]},
}


def operation(**changes):
    return {
        "resourceType": "Procedure",
        "id": "op",
        "meta": {"profile": [INTENT_PROFILE]},
        "status": "completed",
        "subject": ME,
        "code": {"text": "Lumpectomy"},
        "reasonReference": [{"reference": "Condition/c"}],
        "performedDateTime": "2026-04-21",
        **changes,
    }


DRUG = {
    "resourceType": "MedicationRequest",
    "id": "drug",
    "status": "active",
    "intent": "order",
    "subject": ME,
    "medicationCodeableConcept": {"text": "a drug"},
    "reasonReference": [{"reference": "Condition/c"}],
    "authoredOn": "2026-05-01",
}


def record(*resources):
    return assemble({"resourceType": "Patient", "id": "p"}, [CANCER, *resources])


@pytest.mark.parametrize(
    ("changes", "operated"),
    [
        ({}, True),
        ({"status": "in-progress"}, True),
        ({"performedDateTime": "2026-05-02"}, False),
        ({"status": "preparation"}, False),
        ({"status": "not-done"}, False),
        ({"reasonReference": [{"reference": "Condition/other"}]}, False),
        ({"extension": [{"url": INTENT, "valueCodeableConcept": {"text": "Diagnostic"}}]}, False),
    ],
)
def test_an_operation_counts_when_it_was_done_for_this_cancer_and_first(changes, operated):
    found = record(operation(**changes), DRUG)
    assert was_operated_first(found, found.primaries[0]) is operated


def status(code, date):
    return {
        "resourceType": "Observation",
        "id": date,
        "subject": ME,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "97509-4"}]},
        "focus": [{"reference": "Condition/c"}],
        "effectiveDateTime": date,
        "valueCodeableConcept": {"coding": [{"system": SNOMED, "code": code}]},
    }


@pytest.mark.parametrize(
    ("codes", "moved_on"),
    [((), False), (("271299001",), True), (("271299001", "268910001"), False)],
)
def test_only_the_newest_status_says_whether_it_has_progressed(codes, moved_on):
    statuses = [status(code, f"2026-0{month + 1}-01") for month, code in enumerate(codes)]
    assert has_progressed(record(*statuses).primaries[0]) is moved_on


@pytest.mark.parametrize(
    ("one", "other", "later"),
    [
        ("2026-04-02", "2026-04-01", True),
        ("2026-04-01", "2026-04-01", False),
        ("2026-04", "2026-04-30", False),
        ("2026", "2025-12-31", True),
        ("2026-04-01T23:00:00+02:00", "2026-04-01", False),
    ],
)
def test_partial_dates_are_compared_as_far_as_both_go(one, other, later):
    assert is_later(one, other) is later
