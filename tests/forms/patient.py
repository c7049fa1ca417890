"""A patient whose chart has something for every form to refer to."""

from datetime import date

from app.forms._definition import Author
from tests.forms.cases import CONDITION, concept

TODAY = date(2026, 11, 24)
AUTHOR = Author("Practitioner/nancy", "Nancy Nurse", "Encounter/visit")
PATIENT = {
    "resourceType": "Patient",
    "id": "pat",
    "birthDate": "1964-02-14",
    "gender": "female",
    "name": [{"family": "Patient", "given": ["Pat"]}],
}
_SUBJECT = {"reference": "Patient/pat"}
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-"


def _observation(id_, code, **more):
    return {
        "resourceType": "Observation",
        "id": id_,
        "meta": {"versionId": "1"},
        "status": "final",
        "code": code,
        "subject": _SUBJECT,
        "effectiveDateTime": "2026-03-20",
        **more,
    }


def _vital(id_, loinc, value, unit):
    return _observation(
        id_,
        concept(loinc, id_, "http://loinc.org"),
        category=[{"coding": [{"system": _CATEGORY, "code": "vital-signs"}]}],
        valueQuantity={
            "value": value,
            "unit": unit,
            "system": "http://unitsofmeasure.org",
            "code": unit,
        },
    )


CHART = [
    CONDITION,
    {
        "resourceType": "Condition",
        "id": "heart",
        "meta": {"versionId": "1"},
        "subject": _SUBJECT,
        "code": concept("I50.9", "Heart failure, unspecified", "http://hl7.org/fhir/sid/icd-10-cm"),
    },
    {
        "resourceType": "BodyStructure",
        "id": "lump",
        "meta": {"versionId": "1", "profile": [f"{_MCODE}tumor"]},
        "extension": [
            {
                "url": f"{_MCODE}related-condition",
                "valueReference": {"reference": "Condition/breast"},
            }
        ],
        "identifier": [{"use": "usual", "system": "urn:radiology", "value": "Tumor 1"}],
        "location": concept("80248007", "Left breast structure"),
        "patient": _SUBJECT,
    },
    {
        "resourceType": "Specimen",
        "id": "core",
        "meta": {"versionId": "1"},
        "status": "available",
        "type": concept("TISS", "Tissue", "http://terminology.hl7.org/CodeSystem/v2-0487"),
        "subject": _SUBJECT,
    },
    {
        "resourceType": "MedicationRequest",
        "id": "paclitaxel",
        "meta": {"versionId": "1"},
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": concept(
            "56946", "paclitaxel", "http://www.nlm.nih.gov/research/umls/rxnorm"
        ),
        "subject": _SUBJECT,
        "authoredOn": "2026-04-02",
        "reasonReference": [{"reference": "Condition/breast"}],
    },
    {
        "resourceType": "MedicationAdministration",
        "id": "contrast",
        "meta": {"versionId": "1"},
        "status": "completed",
        "medicationCodeableConcept": concept(
            "5956", "iohexol", "http://www.nlm.nih.gov/research/umls/rxnorm"
        ),
        "subject": _SUBJECT,
        "effectiveDateTime": "2026-06-01",
    },
    _observation(
        "kras",
        concept("69548-6", "Variant", "http://loinc.org"),
        valueCodeableConcept=concept("LA9634-2", "Absent", "http://loinc.org"),
        component=[
            {
                "code": concept("48018-6", "Gene", "http://loinc.org"),
                "valueCodeableConcept": concept("HGNC:6407", "KRAS", "http://www.genenames.org"),
            }
        ],
    ),
    _vital("height", "8302-2", 168, "cm"),
    _vital("weight", "29463-7", 64, "kg"),
]
