"""A patient with one breast cancer and, where asked for, its clinical stage."""

from app.forms.tnm_stage import TnmStage

BASE = "https://ehr.example/fhir"
SNOMED = "http://snomed.info/sct"
AJCC8 = "http://snomed.info/sct|897275008"

PATIENT = {"resourceType": "Patient", "id": "pat", "birthDate": "1964-02-14"}
CONDITION = {
    "resourceType": "Condition",
    "id": "breast",
    "subject": {"reference": "Patient/pat"},
    "extension": [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/condition-assertedDate",
            "valueDateTime": "2026-03-12",
        }
    ],
    "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C50.412"}]},
}


def concept(code, text, system=SNOMED):
    return {"coding": [{"system": system, "code": code}], "text": text}


def observation(id_, code, value, **more):
    return {
        "resourceType": "Observation",
        "id": id_,
        "meta": {"versionId": "3"},
        "status": "final",
        "code": concept(code, "kind"),
        "subject": {"reference": "Patient/pat"},
        "focus": [{"reference": "Condition/breast"}],
        "effectiveDateTime": "2026-03-20",
        "_effectiveDateTime": {"extension": [{"url": "urn:clock", "valueString": "wall"}]},
        "valueCodeableConcept": value,
        "method": concept("897275008", "AJCC 8"),
        "extension": [{"url": "urn:ward", "valueString": "7B"}],
        **more,
    }


def clinical_stage():
    t = observation("t", "399504009", concept("1228929004", "cT2"))
    n = observation("n", "399534004", concept("1229973008", "cN1"))
    m = observation("m", "399387003", concept("1229901006", "cM0"))
    members = [{"reference": f"Observation/{id_}"} for id_ in ("t", "n", "m")]
    group = observation("group", "399537006", concept("1222771008", "IIB"), hasMember=members)
    group["valueCodeableConcept"] = {"coding": [{"system": SNOMED, "code": STAGE_IIB}]}
    return [t, n, m, group]


STAGE_IIB = next(
    option.value.code
    for option in TnmStage().group.options
    if option.label == "IIB" and "c" in option.only_for
)
