"""Bundles made of a few resources, and what every bundle has to be."""

from datetime import UTC, datetime

import pytest

from app.fhir import wire
from app.fhir.paths import objects
from app.mcode.assembly import assemble
from app.reuse.mcode_bundle.builder import patient_bundle

BASE = "https://ehr.example/fhir"
NOW = datetime(2026, 11, 29, 9, 30, tzinfo=UTC)
PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": "urn:mrn", "value": "1"}],
    "name": [{"family": "Testa", "given": ["Ana"]}],
    "gender": "female",
}


def make(resources, patient=PATIENT, *, bases=(BASE,), further=()):
    """Return a bundle; checks that it left the chart as it was, and its references."""
    before = wire.dumps([patient, *resources])
    record = assemble(patient, resources, base=bases)
    made = patient_bundle(record, bases, NOW, further)
    assert wire.dumps([patient, *resources]) == before
    check(made.resource, patient["id"])
    return made


def check(bundle, patient_id):
    """Check that each reference of a bundle leads into it, as FHIR R4 resolves it (2.36.4)."""
    entries = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    assert len(entries) == len(bundle["entry"])
    for address, resource in entries.items():
        assert address.endswith(f"/{resource['resourceType']}/{resource['id']}")
        base = address.removesuffix(f"/{resource['resourceType']}/{resource['id']}")
        held = {f"#{part['id']}" for part in resource.get("contained", [])} | {"#"}
        for node in objects(resource):
            reference = node.get("reference")
            if isinstance(reference, str) and reference not in held:
                assert f"{base}/{reference}" in entries, (address, reference)
            if isinstance(reference, str) and reference.startswith("Patient/"):
                assert reference == f"Patient/{patient_id}"
    patients = [r for r in entries.values() if r["resourceType"] == "Patient"]
    assert [patient["id"] for patient in patients] == [patient_id]


def named(made):
    """Return the resources of a bundle by their `Type/id`."""
    entries = (entry["resource"] for entry in made.resource["entry"])
    return {f"{resource['resourceType']}/{resource['id']}": resource for resource in entries}


@pytest.fixture
def bundle():
    return make


@pytest.fixture
def resources_of():
    return named
