"""Charts of a made-up patient "p", each with a habit of real EHRs."""

from tests.summary.resources import LOINC, PATIENT, SNOMED, coded, concept_value, condition, order
from tests.summary.resources import observation as bare

SUBJECT = {"subject": {"reference": "Patient/p"}}
LABORATORY = {
    "category": [coded("http://terminology.hl7.org/CodeSystem/observation-category", "laboratory")]
}
DIVIDED = ("Condition", "Observation", "DiagnosticReport")
ER = ("85337-4", "16112-5")
POSITIVE = concept_value("Positive", code="10828004")
NEGATIVE = concept_value("Negative", code="260385009")


def marker(id_, code=ER[0], value=POSITIVE, on="2026-03-20", words="Estrogen receptor", **more):
    return bare(id_, coded(LOINC, code, words), value, on, **more)


def report(id_, **more):
    return {
        "resourceType": "DiagnosticReport",
        "id": id_,
        "status": "final",
        **SUBJECT,
        "code": {"text": "Cytology of pleural fluid"},
        "effectiveDateTime": "2026-05-02",
        "conclusion": "Malignant cells",
        **more,
    }


def chart(*resources):
    category = {"category": [{"coding": [{"code": "problem-list-item"}]}]}
    return [PATIENT, condition(**category), *resources]


_HOUSE = {"category": [coded("urn:oid:1.2.3", "Pathology", "Pathology of the house")]}

CHARTS = {
    "without a category": chart(
        marker("er-old", on="2018-03-10", **LABORATORY),
        marker("er-new", ER[1], NEGATIVE, on="2026-01-02"),
        bare("odd", {"text": "Ki-67 of the house"}, {"valueString": "12 %"}),
        report("cytology"),
        condition("asthma", "J45.909", "Asthma"),
    ),
    "with the site's own category": chart(
        marker("er", **_HOUSE),
        bare("bp", {"text": "Blood pressure"}, {"valueString": "120/80"}, **_HOUSE),
        report("cytology", **_HOUSE),
        condition("gout", "M10.9", "Gout", **_HOUSE),
    ),
    "a stage without a category": chart(
        bare("stage", coded(SNOMED, "399537006"), concept_value("IIB"))
    ),
    "contained": chart(
        order(
            id_="mr",
            medicationReference={"reference": "#m"},
            medicationCodeableConcept=None,
            requester={"reference": "#dr"},
            reasonReference=[{"reference": "#dx"}],
            contained=[
                {"resourceType": "Medication", "id": "m", "code": {"text": "letrozole"}},
                {"resourceType": "Practitioner", "id": "dr", "name": [{"text": "Dr Inside"}]},
                {"resourceType": "Condition", "id": "dx", "code": {"text": "Breast cancer"}},
            ],
        ),
        report(
            "panel",
            code={"text": "Breast markers"},
            conclusion=None,
            result=[{"reference": "#er"}, {"reference": "#ki"}],
            specimen=[{"reference": "#s"}],
            contained=[
                {**marker("er", **LABORATORY), "subject": None, "specimen": {"reference": "#s"}},
                {**bare("ki", {"text": "Ki-67"}, {"valueString": "12 %"}), **LABORATORY},
                {"resourceType": "Specimen", "id": "s", "type": {"text": "Core biopsy"}},
                {"id": "nothing"},
                {"resourceType": "Specimen", "type": {"text": "without an id"}},
                {"resourceType": "Patient", "id": "p"},
            ],
        ),
        {
            "resourceType": "Procedure",
            "id": "op",
            "status": "completed",
            **SUBJECT,
            "code": {"text": "Lumpectomy of breast"},
            "performedDateTime": "2026-04-01",
            "reasonReference": [{"reference": "#dx"}],
            "performer": [{"actor": {"reference": "#who"}}],
            "contained": [
                {"resourceType": "Condition", "id": "dx", "code": {"text": "Breast cancer"}},
                {"resourceType": "Organization", "id": "who", "name": "Surgery of the house"},
            ],
        },
    ),
    "types that are not read": chart(
        {"resourceType": "AllergyIntolerance", "id": "a", "patient": {"reference": "Patient/p"}},
        {"resourceType": "ImagingStudy", "id": "i", "status": "available", **SUBJECT},
    ),
    "every status": chart(
        *(
            marker(f"psa-{status}", "2857-1", {"valueInteger": n}, words="PSA", status=status)
            for n, status in enumerate(
                ("registered", "preliminary", "final", "unknown", "cancelled", "entered-in-error")
            )
        ),
        *(report(f"r-{status}", status=status) for status in ("partial", "unknown", "cancelled")),
        *(
            order(id_=f"o-{status}", status=status)
            for status in ("active", "on-hold", "cancelled", "draft", "unknown")
        ),
    ),
}


def contained(resources):
    """Return the names of the clinical facts that resources contain, as a record has them."""
    types = ("Observation", "Condition", "Specimen")
    return [
        f"{part['resourceType']}/{holder['id']}#{part['id']}"
        for holder in resources
        for part in holder.get("contained", [])
        if part.get("resourceType") in types and "id" in part
    ]
