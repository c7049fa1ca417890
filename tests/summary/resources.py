"""Resources of a made-up patient, in the shape that charts hold them."""

from datetime import date

from app.fhir.resource_types import RESOURCE_TYPES
from app.mcode.assembly import assemble
from app.mcode.profiles import EXTENSION

TODAY = date(2026, 11, 24)
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
CTCAE = "http://hl7.org/fhir/us/ctcae/"
# A type of FHIR R4 that belongs to a `patient` and has no row in the app.
UNLISTED = next(
    name
    for name in ("AllergyIntolerance", "NutritionOrder", "VisionPrescription")
    if name not in RESOURCE_TYPES
)

PATIENT = {
    "resourceType": "Patient",
    "id": "p",
    "name": [{"family": "Martinez", "given": ["Elena"], "prefix": ["Ms"]}],
    "gender": "female",
    "birthDate": "1964-02-14",
}
SUBJECT = {"subject": {"reference": "Patient/p"}}
CANCER = {"reference": "Condition/c"}
RELATED = {"extension": [{"url": EXTENSION["related-condition"], "valueReference": CANCER}]}


def coded(system, code, words=None):
    coding = {"system": system, "code": code}
    return {"coding": [coding], **({"text": words} if words else {})}


def condition(id_="c", icd10="C50.412", words="Carcinoma of the left breast", **more):
    return {
        "resourceType": "Condition",
        "id": id_,
        **SUBJECT,
        "code": coded(ICD10CM, icd10, words),
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "onsetDateTime": "2026-03-12",
        **more,
    }


def observation(id_, code, value=None, on="2026-03-20", **more):
    values = {} if value is None else value if isinstance(value, dict) else {"valueInteger": value}
    return {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        **SUBJECT,
        "code": code,
        **({"effectiveDateTime": on} if on else {}),
        **values,
        **more,
    }


def concept_value(words, system=SNOMED, code="0"):
    return {"valueCodeableConcept": coded(system, code, words)}


def stage(basis="clinical", group="IIB", categories=("cT2", "cN1", "cM0"), on="2026-03-20", **more):
    """Return the four Observations of a TNM stage; the group's id is the basis."""
    codes = {
        "clinical": ("399537006", "399504009", "399534004", "399387003"),
        "pathologic": ("399588009", "384625004", "371494008", "371497001"),
        "other": ("399390009", "78873005", "277206009", "277208005"),
    }[basis]
    about = {"focus": [CANCER], **more}
    parts = [
        observation(f"{basis}-{axis}", coded(SNOMED, code), concept_value(words), on, **about)
        for axis, code, words in zip("tnm", codes[1:], categories, strict=True)
    ]
    members = [{"reference": f"Observation/{part['id']}"} for part in parts]
    head = observation(
        basis, coded(SNOMED, codes[0]), concept_value(group), on, hasMember=members, **about
    )
    return [head, *parts]


def ecog(score=0, on="2026-11-02"):
    return observation(f"ecog-{on}", coded(LOINC, "89247-1"), score, on)


def status(words="Responding", code="268910001", on="2026-09-30"):
    value = concept_value(words, SNOMED, code)
    return observation(f"status-{on}", coded(LOINC, "97509-4"), value, on, focus=[CANCER])


def receptors():
    """Return results of ER, PR and HER2 of the breast cancer."""
    tests = {"ER": "85337-4", "PR": "85339-0", "HER2": "85319-2"}
    related = {"extension": [{"url": EXTENSION["related-condition"], "valueReference": CANCER}]}
    return [
        observation(name, coded(LOINC, code), concept_value("Positive", code="10828004"), **related)
        for name, code in tests.items()
    ]


def surgery(words="Lumpectomy of breast", on="2026-04-21", **more):
    return {
        "resourceType": "Procedure",
        "id": f"surgery-{on}",
        "status": "completed",
        "category": coded(SNOMED, "387713003"),
        **SUBJECT,
        "code": coded(SNOMED, "392021009", words),
        "performedDateTime": on,
        "reasonReference": [CANCER],
        **more,
    }


def intent(words):
    value = {"valueCodeableConcept": {"text": words}}
    return {"extension": [{"url": EXTENSION["intent"], **value}]}


def order(drug="doxorubicin", id_="order", **more):
    return {
        "resourceType": "MedicationRequest",
        "id": id_,
        "status": "active",
        "intent": "order",
        **SUBJECT,
        "medicationCodeableConcept": coded(
            "http://www.nlm.nih.gov/research/umls/rxnorm", "1", drug
        ),
        "authoredOn": "2026-05-14",
        "reasonReference": [CANCER],
        **more,
    }


def given(on, of="order", drug="doxorubicin", **more):
    return {
        "resourceType": "MedicationAdministration",
        "id": f"given-{on}",
        "status": "completed",
        **SUBJECT,
        "medicationCodeableConcept": coded(
            "http://www.nlm.nih.gov/research/umls/rxnorm", "1", drug
        ),
        "effectiveDateTime": on,
        "request": {"reference": f"MedicationRequest/{of}"},
        "reasonReference": [CANCER],
        **more,
    }


def record(*resources, patient=PATIENT, gaps=()):
    return assemble(patient, resources, gaps=gaps)


def marker(id_, on):
    """Return a result of a marker of the breast cancer."""
    return observation(id_, coded(LOINC, "85337-4", "ER"), concept_value("90 %"), on, **RELATED)


def radiotherapy(id_="r", volume="v", **more):
    """Return a course that irradiated a volume."""
    part = {"url": "volume", "valueReference": {"reference": f"BodyStructure/{volume}"}}
    return {
        "resourceType": "Procedure",
        "id": id_,
        "status": "completed",
        **SUBJECT,
        "code": coded(SNOMED, "1217123003", "Radiotherapy"),
        "extension": [{"url": EXTENSION["volume"], "extension": [part]}],
        **more,
    }


def structure(id_="v", **more):
    of_patient = {"patient": SUBJECT["subject"], "description": "Chest wall"}
    return {"resourceType": "BodyStructure", "id": id_, **of_patient, **more}


def adverse_event(id_="event", on="2026-06-03", *, grade="2", **more):
    """Return a nausea that was graded by CTCAE."""
    coding = {"system": f"{CTCAE}CodeSystem/ctcae-grade-code-system", "code": grade}
    concept = {"valueCodeableConcept": {"coding": [coding]}}
    return {
        "resourceType": "AdverseEvent",
        "id": id_,
        **SUBJECT,
        "actuality": "actual",
        "event": coded(NCIT, "C146764", "Nausea"),
        "date": on,
        "extension": [{"url": f"{CTCAE}StructureDefinition/ctcae-grade", **concept}],
        **more,
    }


def review_extension(on="2026-07-01", *, changed=True, url=EXTENSION["plan-review"], **more):
    """Return a review of the treatment plan; `more` are values of its other parts, by their url."""
    parts = {
        "ReviewDate": {"valueDate": on},
        "ChangedFlag": {"valueBoolean": changed},
        **more,
    }
    inner = [{"url": name, **value} for name, value in parts.items()]
    return {"url": url, "extension": inner}


def plan_review(id_="review", *reviews, **more):
    """Return a CarePlan that holds reviews of the breast cancer's treatment plan."""
    return {
        "resourceType": "CarePlan",
        "id": id_,
        "status": "active",
        "intent": "plan",
        **SUBJECT,
        "addresses": [CANCER],
        "extension": list(reviews) or [review_extension()],
        **more,
    }


# One resource of each kind that a panel of the summary shows.
CHART = [
    condition(),
    condition("m", "C79.51", "Bone metastasis"),
    *stage(),
    observation("figo", coded(SNOMED, "385361009"), concept_value("IIIA"), focus=[CANCER]),
    status(),
    status("Stable", "359746009", "2026-07-18"),
    marker("er", "2026-03-20"),
    marker("er-before", "2026-01-20"),
    observation("histology", coded(LOINC, "31206-6"), concept_value("Ductal"), **RELATED),
    observation("grade", coded(NCIT, "C18000"), concept_value("G2"), **RELATED),
    observation("size", coded(LOINC, "21889-1"), concept_value("21 mm"), focus=[CANCER]),
    observation("risk", coded(NCIT, "C148010"), concept_value("Low"), focus=[CANCER]),
    observation("deauville", coded(SNOMED, "708895006"), 4, focus=[CANCER]),
    ecog(),
    ecog(1, "2026-08-01"),
    surgery(),
    order(),
    given("2026-06-01"),
    radiotherapy(),
    structure(),
    observation("variant", coded(LOINC, "69548-6"), concept_value("Present")),
    {
        "resourceType": "DiagnosticReport",
        "id": "report",
        "code": coded(LOINC, "81247-9"),
        **SUBJECT,
    },
    observation("bsa", coded(LOINC, "8277-6"), {"valueQuantity": {"value": 1.9}}, "2026-02-01"),
    observation(
        "bsa-before", coded(LOINC, "8277-6"), {"valueQuantity": {"value": 2}}, "2026-01-01"
    ),
    {"resourceType": "Specimen", "id": "specimen", **SUBJECT},
    adverse_event(),
    plan_review(),
]
