"""Small resources that conform to their profiles, to be broken one element at a time."""

import copy

from app.mcode.definitions import profile_url

SITE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-"
CTCAE = "http://hl7.org/fhir/us/ctcae/StructureDefinition/"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
UCUM = "http://unitsofmeasure.org"
THO = "http://terminology.hl7.org/CodeSystem/"
CATEGORY = f"{THO}observation-category"

PATIENT = {"reference": "Patient/p1"}
CANCER = {"reference": "Condition/c1"}


def concept(system, code, **more):
    return {"coding": [{"system": system, "code": code}], **more}


def claiming(type_, profile, **elements):
    return {"resourceType": type_, "meta": {"profile": [f"{SITE}{profile}"]}, **elements}


def grade(number):
    system = "http://hl7.org/fhir/us/ctcae/CodeSystem/ctcae-grade-code-system"
    return {"url": f"{CTCAE}ctcae-grade", "valueCodeableConcept": concept(system, number)}


def plan_review(*parts):
    return {"url": profile_url("icare-care-plan-review"), "extension": list(parts)}


def observation(profile, code, **elements):
    given = {"status": "final", "code": code, "subject": PATIENT, "effectiveDateTime": "2026-04-28"}
    return claiming("Observation", profile, **{**given, **elements})


def length(code, value):
    quantity = {"value": value, "unit": "cm", "system": UCUM, "code": "cm"}
    return {"code": concept(LOINC, code), "valueQuantity": quantity}


def beam(modality, technique):
    def part(name, code):
        system = f"{THO}v3-NullFlavor" if code == "UNC" else SNOMED
        return {"url": f"{SITE}radiotherapy-{name}", "valueCodeableConcept": concept(system, code)}

    return {
        "url": f"{SITE}radiotherapy-modality-and-technique",
        "extension": [part("modality", modality), part("technique", technique)],
    }


SOUND = {
    "tnm-stage-group": observation(
        "tnm-stage-group",
        concept(SNOMED, "399588009"),
        category=[concept(CATEGORY, "exam")],
        focus=[CANCER],
        method=concept(SNOMED, "897275008"),
        valueCodeableConcept=concept(SNOMED, "1222806003"),
    ),
    "tumor-size": observation(
        "tumor-size",
        concept(LOINC, "21889-1"),
        focus=[{"reference": "BodyStructure/t1"}],
        method=concept(SNOMED, "787377000"),
        component=[length("33728-7", 2.5), length("33729-5", 1.5)],
    ),
    "ecog-performance-status": observation(
        "ecog-performance-status",
        concept(LOINC, "89247-1"),
        category=[concept(CATEGORY, "survey")],
        valueInteger=1,
        interpretation=[concept(LOINC, "LA9623-5")],
    ),
    "lymphoma-stage": observation(
        "lymphoma-stage",
        concept(SNOMED, "385388004"),
        category=[concept(CATEGORY, "exam")],
        focus=[CANCER],
        method=concept(SNOMED, "254375000"),
        valueCodeableConcept=concept(SNOMED, "44255004"),
    ),
    "cancer-disease-status": observation(
        "cancer-disease-status",
        concept(LOINC, "97509-4"),
        focus=[CANCER],
        valueCodeableConcept=concept(SNOMED, "268910001"),
        extension=[
            {
                "url": f"{SITE}cancer-disease-status-evidence-type",
                "valueCodeableConcept": concept(SNOMED, "363679005"),
            }
        ],
    ),
    "genomic-variant": observation(
        "genomic-variant",
        concept(LOINC, "69548-6"),
        category=[concept(CATEGORY, "laboratory")],
        valueCodeableConcept=concept(LOINC, "LA9633-4"),
        component=[
            {
                "code": concept(LOINC, "48018-6"),
                "valueCodeableConcept": concept("http://www.genenames.org", "HGNC:1100"),
            },
            {
                "code": concept(LOINC, "82155-3"),
                "valueQuantity": {"value": 3, "system": UCUM, "code": "1"},
            },
        ],
    ),
    "primary-cancer-condition": claiming(
        "Condition",
        "primary-cancer-condition",
        clinicalStatus=concept(
            "http://terminology.hl7.org/CodeSystem/condition-clinical", "active"
        ),
        category=[
            concept("http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item")
        ],
        code=concept("http://hl7.org/fhir/sid/icd-10-cm", "C50.911"),
        subject=PATIENT,
        bodySite=[
            concept(
                SNOMED,
                "76752008",
                extension=[
                    {
                        "url": f"{SITE}laterality-qualifier",
                        "valueCodeableConcept": concept(SNOMED, "24028007"),
                    }
                ],
            )
        ],
    ),
    "tumor": claiming(
        "BodyStructure",
        "tumor",
        identifier=[
            {
                "use": "usual",
                "type": concept("http://hl7.org/fhir/resource-types", "BodyStructure"),
                "value": "tumor-1",
            }
        ],
        location=concept(SNOMED, "76752008"),
        morphology=concept(SNOMED, "1240414004"),
        patient=PATIENT,
    ),
    "radiotherapy-course-summary": claiming(
        "Procedure",
        "radiotherapy-course-summary",
        status="completed",
        code=concept(SNOMED, "1217123003"),
        subject=PATIENT,
        performedPeriod={"start": "2026-01-05", "end": "2026-02-13"},
        extension=[beam("1156506007", "1156530009")],
    ),
    "radiotherapy-volume": claiming(
        "BodyStructure", "radiotherapy-volume", patient=PATIENT, description="Left breast"
    ),
    "cancer-related-medication-request": claiming(
        "MedicationRequest",
        "cancer-related-medication-request",
        status="active",
        intent="order",
        medicationCodeableConcept=concept("http://www.nlm.nih.gov/research/umls/rxnorm", "3639"),
        subject=PATIENT,
        authoredOn="2026-01-05",
        requester={"reference": "Practitioner/owen"},
        reasonReference=[CANCER],
    ),
    "ctc-adverse-event": {
        "resourceType": "AdverseEvent",
        "meta": {"profile": [f"{CTCAE}ctc-adverse-event"]},
        "extension": [grade("3")],
        "actuality": "actual",
        "event": concept(NCIT, "C143481"),
        "subject": PATIENT,
        "date": "2026-06-10",
        "seriousness": concept(NCIT, "C41335"),
        "outcome": concept(f"{THO}adverse-event-outcome", "resolved"),
        "recorder": {"reference": "Practitioner/owen"},
        "suspectEntity": [
            {
                "instance": {"reference": "MedicationAdministration/m1"},
                "causality": [{"assessment": concept(NCIT, "C53259")}],
            }
        ],
    },
    "icare-care-plan-with-review": {
        "resourceType": "CarePlan",
        "meta": {"profile": [profile_url("icare-care-plan-with-review")]},
        "extension": [
            plan_review(
                {"url": "ReviewDate", "valueDate": "2026-06-22"},
                {"url": "ChangedFlag", "valueBoolean": True},
                {
                    "url": "CarePlanChangeReason",
                    "valueCodeableConcept": concept(SNOMED, "266721009"),
                },
            )
        ],
        "status": "active",
        "intent": "plan",
        "category": [
            concept("http://hl7.org/fhir/us/core/CodeSystem/careplan-category", "assess-plan")
        ],
        "subject": PATIENT,
        "addresses": [CANCER],
    },
}


def sound(profile):
    """Return a conforming resource that a test may change."""
    return copy.deepcopy(SOUND[profile])
