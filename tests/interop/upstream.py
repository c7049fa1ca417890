"""A FHIR server without authorization, asked directly: what the app wrote, and others' writes."""

import uuid
from dataclasses import dataclass

import requests

_US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
_MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-"
_TERMS = "http://terminology.hl7.org/CodeSystem/"
ONCOLOGIST = "oncologist-owen"


@dataclass(frozen=True)
class Upstream:
    """The server whose FHIR base is `base`."""

    base: str

    def read(self, reference: str) -> dict:
        answer = requests.get(f"{self.base}/{reference}", timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def search(self, query: str) -> list[dict]:
        answer = requests.get(f"{self.base}/{query}", timeout=60)
        assert answer.status_code == 200, answer.text
        return [entry["resource"] for entry in answer.json().get("entry", [])]

    def put(self, resource: dict) -> dict:
        address = f"{self.base}/{resource['resourceType']}/{resource['id']}"
        answer = requests.put(address, json=resource, timeout=60)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    def new_patient(self, *, with_cancer: bool = True) -> str:
        """Store a patient with one primary cancer and the one who treats it; gives the id.

        `with_cancer` False leaves the cancer to the test.
        """
        patient_id = f"patient-{uuid.uuid4().hex[:12]}"
        self.put(_oncologist())
        self.put(_patient(patient_id))
        if with_cancer:
            self.put(_primary(patient_id))
        return patient_id


def _oncologist() -> dict:
    return {
        "resourceType": "Practitioner",
        "id": ONCOLOGIST,
        "meta": {"profile": [f"{_US_CORE}practitioner"]},
        "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "9941339108"}],
        "name": [{"family": "Oncologist", "given": ["Owen"], "prefix": ["Dr"]}],
    }


def _patient(patient_id: str) -> dict:
    return {
        "resourceType": "Patient",
        "id": patient_id,
        "meta": {"profile": [f"{_MCODE}cancer-patient"]},
        "identifier": [{"system": "http://sandbox.example.org/mrn", "value": patient_id}],
        "name": [{"family": "Interop", "given": ["Ivo"]}],
        "gender": "male",
        "birthDate": "1960-02-03",
    }


def _primary(patient_id: str) -> dict:
    return {
        "resourceType": "Condition",
        "id": f"{patient_id}-colon-cancer",
        "meta": {"profile": [f"{_MCODE}primary-cancer-condition"]},
        "clinicalStatus": _concept(f"{_TERMS}condition-clinical", "active"),
        "verificationStatus": _concept(f"{_TERMS}condition-ver-status", "confirmed"),
        "category": [_concept(f"{_TERMS}condition-category", "problem-list-item")],
        "code": {
            **_concept("http://hl7.org/fhir/sid/icd-10-cm", "C18.2"),
            "text": "Adenocarcinoma of ascending colon",
        },
        "subject": {"reference": f"Patient/{patient_id}"},
        "recordedDate": "2026-02-10",
    }


def _concept(system: str, code: str) -> dict:
    return {"coding": [{"system": system, "code": code}]}
