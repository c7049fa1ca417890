"""Charts to report from: the sandbox's own, the official examples, and parts of others."""

import copy
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from app.config import ROOT
from app.fhir import wire
from app.mcode.assembly import assemble
from app.mcode.content import ASSERTED_DATE
from app.mcode.profiles import EXTENSION, STRUCTURES
from app.reuse.registry.report import Site

SITE = Site(
    source="Sandbox EHR",
    endpoint="https://ehr.example.org/fhir",
    software="Oncoform",
    software_version="1.0",
    organization="Sandbox Cancer Center",
    npi="1234567893",
    telephone="555-0100",
    street="1 Fictional Way",
    city="Sampleton",
    state="MA",
    postal_code="00501",
)
AT = datetime(2026, 11, 29, 12, tzinfo=UTC)
VERSIONS = ("1.0.0", "2.0.0-ballot")

_DATA = ROOT / "app/sandbox/data"
OFFICIAL = ROOT.parent / "shared" / "examples" / "mcode-examples-transaction.json"
SANDBOX_NAMES = tuple(sorted(path.stem for path in _DATA.glob("*-*.json")))
OFFICIAL_NAMES = (
    *("cancer-patient-adam-everyman", "cancer-patient-brian-l"),
    *("cancer-patient-eve-anyperson", "cancer-patient-john-anyperson"),
)

SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
CONDITION_CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"


def resources_in(path):
    return [entry["resource"] for entry in wire.loads(Path(path).read_bytes())["entry"]]


@cache
def resources_of(name):
    """Return the resources of a chart of the sandbox, or of the official examples."""
    if name in OFFICIAL_NAMES:
        return resources_in(OFFICIAL)
    return [*resources_in(_DATA / "practitioners.json"), *resources_in(_DATA / f"{name}.json")]


def record_of(name):
    id_ = name if name in OFFICIAL_NAMES else None
    patients = [r for r in resources_of(name) if r["resourceType"] == "Patient"]
    patient = next(r for r in patients if id_ in (None, r["id"]))
    return read(patient, *(r for r in resources_of(name) if r is not patient))


def read(patient, *resources):
    return assemble(copy.deepcopy(patient), copy.deepcopy(list(resources)))


def concept(system, code, display=None):
    coding = {"system": system, "code": code}
    return {"coding": [{**coding, "display": display} if display else coding]}


def resource(type_, id_, **more):
    subject = "patient" if type_ in {"BodyStructure", "FamilyMemberHistory"} else "subject"
    return {"resourceType": type_, "id": id_, subject: {"reference": "Patient/p1"}, **more}


def about(id_="breast"):
    return {"reasonReference": [{"reference": f"Condition/{id_}"}]}


def observation(id_, code, system=LOINC, **more):
    held = {"status": "final", "effectiveDateTime": "2026-03-12", **more}
    return resource("Observation", id_, code=concept(system, code), **held)


def extension(name, value):
    return {"url": EXTENSION[name], "valueCodeableConcept": value}


PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "extension": [
        {
            "url": f"http://hl7.org/fhir/us/core/StructureDefinition/us-core-{name}",
            "extension": [{"url": "text", "valueString": words}],
        }
        for name, words in (("race", "White"), ("ethnicity", "Not Hispanic or Latino"))
    ],
    "identifier": [{"system": "http://ehr.example.org/mrn", "value": "123"}],
    "name": [{"family": "Ortega", "given": ["Ana"]}],
    "telecom": [{"system": "phone", "value": "555-0111"}],
    "gender": "female",
    "birthDate": "1961-04-05",
    "deceasedBoolean": False,
    "address": [{"line": ["2 Made-up Street"], "city": "Sampleton", "state": "MA"}],
    "communication": [{"language": concept("urn:ietf:bcp:47", "en")}],
}
CANCER = resource(
    "Condition",
    "breast",
    extension=[
        {"url": ASSERTED_DATE, "valueDateTime": "2026-03-12"},
        extension("histology", concept(SNOMED, "82711006", "Infiltrating duct carcinoma")),
        extension("evidence", concept(SNOMED, "714797009", "Histologic test")),
    ],
    clinicalStatus=concept(f"{CONDITION_CATEGORY[:-8]}clinical", "active"),
    verificationStatus=concept(f"{CONDITION_CATEGORY[:-8]}ver-status", "confirmed"),
    category=[concept(CONDITION_CATEGORY, "problem-list-item")],
    code=concept(ICD10CM, "C50.411", "Malignant neoplasm of upper-outer quadrant of right breast"),
    bodySite=[concept(SNOMED, "76365002", "Upper outer quadrant of breast")],
)
# The same diagnosis as a visit recorded it.
AGAIN = resource(
    "Condition",
    "again",
    category=[concept(CONDITION_CATEGORY, "encounter-diagnosis")],
    code=concept(ICD10CM, "C50.411"),
    recordedDate="2026-03-20",
)
LUNG = resource("Condition", "lung", code=concept(ICD10CM, "C34.11", "Cancer of right upper lobe"))


def profiled(name):
    return {"meta": {"profile": [f"{STRUCTURES}{name}"]}}


def as_json(value):
    """Return a resource as a receiver reads it."""
    return json.loads(wire.dumps(value))
