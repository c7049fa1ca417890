"""The examples of FHIR R4 itself, all in one patient's compartment: none of them is left out."""

import copy
import json

import pytest

from app.config import ROOT
from app.fhir import wire
from app.fhir.resource_types import RESOURCE_TYPES
from tests.summary.reading.charts import DIVIDED
from tests.summary.reading.test_left_out import left_out

EXAMPLES = ROOT / "interop" / "examples" / "node_modules" / "hl7.fhir.r4.examples"
pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(not EXAMPLES.exists(), reason="`make interop` fetches the examples of R4"),
]
PATIENT = "example"


@pytest.fixture(scope="module")
def chart():
    """Return all examples of a patient's compartment, those in Bundles too, as one patient's."""
    defined = json.loads((EXAMPLES / "CompartmentDefinition-patient.json").read_text())
    types = {row["code"] for row in defined["resource"] if row.get("param")} - {"Patient"}
    found = {}
    for path in sorted(EXAMPLES.glob("*.json")):
        if path.name.partition("-")[0] in {*types, "Bundle"}:
            for resource in resources(wire.loads(path.read_bytes())):
                if resource["resourceType"] in types and "id" in resource:
                    name = (resource["resourceType"], resource["id"])
                    found.setdefault(name, of_the_patient(resource))
    assert {"Observation", "DiagnosticReport", "Specimen", "Invoice"} <= {t for t, _ in found}
    return list(found.values())


def resources(file):
    if file["resourceType"] != "Bundle":
        return [file]
    return [entry["resource"] for entry in file.get("entry", []) if "resource" in entry]


def of_the_patient(resource):
    own = copy.deepcopy(resource)
    row = RESOURCE_TYPES.get(own["resourceType"])
    own[row.subject if row and row.subject else "subject"] = {"reference": f"Patient/{PATIENT}"}
    return own


def patient():
    return wire.loads((EXAMPLES / f"Patient-{PATIENT}.json").read_bytes())


def test_no_example_is_left_out(read, chart):
    page = read([patient(), *chart])
    assert "This page is incomplete" not in page.words
    assert left_out(page, chart, PATIENT) == []


def test_where_the_ehr_lists_by_category_only_what_has_none_is_said_to_be_unread(read, chart):
    def refuses(type_, params):
        return type_ in DIVIDED and not {"category", "code"} & set(params)

    page = read([patient(), *chart], refuses=refuses)
    said = page.card("Not read: what has no category")
    assert "diagnoses, observations, diagnostic reports" in said
    assert {name.partition("/")[0] for name in left_out(page, chart, PATIENT)} <= set(DIVIDED)
