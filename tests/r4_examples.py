"""The examples of FHIR R4 itself, all in one patient's compartment; `make interop` fetches them."""

import copy
import json
from functools import cache

import pytest

from app.config import ROOT
from app.fhir import wire
from app.fhir.resource_types import RESOURCE_TYPES

EXAMPLES = ROOT / "interop" / "examples" / "node_modules" / "hl7.fhir.r4.examples"
PATIENT = "example"


def needs_r4_examples(test):
    """Mark a test that reads the examples."""
    reason = "`make interop` fetches the examples of R4"
    return pytest.mark.interop(pytest.mark.skipif(not EXAMPLES.exists(), reason=reason)(test))


@cache
def r4_patient():
    return wire.loads((EXAMPLES / f"Patient-{PATIENT}.json").read_bytes())


@cache
def r4_chart():
    """Return all examples of a patient's compartment, those in Bundles too, as one patient's."""
    defined = json.loads((EXAMPLES / "CompartmentDefinition-patient.json").read_text())
    types = {row["code"] for row in defined["resource"] if row.get("param")} - {"Patient"}
    found = {}
    for path in sorted(EXAMPLES.glob("*.json")):
        if path.name.partition("-")[0] in {*types, "Bundle"}:
            for resource in _resources(wire.loads(path.read_bytes())):
                if resource["resourceType"] in types and "id" in resource:
                    name = (resource["resourceType"], resource["id"])
                    found.setdefault(name, _of_the_patient(resource))
    assert {"Observation", "DiagnosticReport", "Specimen", "Invoice"} <= {t for t, _ in found}
    return list(found.values())


def _resources(file):
    if file["resourceType"] != "Bundle":
        return [file]
    return [entry["resource"] for entry in file.get("entry", []) if "resource" in entry]


def _of_the_patient(resource):
    own = copy.deepcopy(resource)
    row = RESOURCE_TYPES.get(own["resourceType"])
    own[row.subject if row and row.subject else "subject"] = {"reference": f"Patient/{PATIENT}"}
    return own
