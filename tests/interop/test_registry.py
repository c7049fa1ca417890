"""The registry report, judged by the official validator with each version's guide.

The Composition and each entry are judged by the profile that they claim. The validator has no
SNOMED CT, no LOINC and none of the codes of race: what it says of them is no fault of the report.
"""

import pytest
import requests

from app.fhir import wire
from app.reuse.registry.message import Destination, message
from app.reuse.registry.report import Choices, report
from tests.interop import conformance, servers
from tests.reuse.registry import charts
from tests.reuse.registry.charts import AT, SITE, as_json

pytestmark = [pytest.mark.interop, pytest.mark.network]

_BASE = ("hl7.fhir.us.core-6.1.0", "hl7.fhir.us.mcode-4.0.0")
_EXTENSIONS = "extensions-needed-5.3.0-ballot-tc1"
_GUIDE = "hl7.fhir.us.central-cancer-registry-reporting"
PACKAGES = {
    "1.0.0": (*_BASE, _EXTENSIONS, "hl7.fhir.us.medmorph-1.0.0-f3b4bb0", f"{_GUIDE}-1.0.0"),
    "2.0.0-ballot": (
        *_BASE,
        "hl7.fhir.us.odh-bbf7961",
        _EXTENSIONS,
        "hl7.fhir.us.ph-library-2.0.0-557e1f9",
        f"{_GUIDE}-2.0.0-ballot-7e8712a-unpinned",
    ),
}
# What the server lacks, and the sets that it cannot expand without.
_LACKING = (
    *("http://snomed.info/sct#", "http://loinc.org#", "urn:oid:2.16.840.1.113883.6.238#"),
    "http://hl7.org/fhir/us/core/ValueSet/birthsex",
)
_OF_TERMINOLOGY = (
    "is unknown and can't be validated",
    "was not found in the value set",
    "None of the codes provided are in the maximum value set",
)
# Version 1.0.0 has it on the Condition; mCODE 4.0.0, with which it is loaded, on Observations only.
_ON_A_CONDITION = (
    "mcode-cancer-disease-status-evidence-type is not allowed to be used at this point"
)
# What the validator says of what the report says is missing.
_TOLD = {
    "Condition.extension:assertedDate": "Condition.extension:assertedDate",
    "Condition.extension:histologyMorphologyBehavior": (
        "Condition.extension:histologyMorphologyBehavior"
    ),
    "Composition.encounter": "Composition.encounter: minimum required = 1",
}
REGISTRY = Destination("State registry", "https://registry.example.org/fhir")
NAMES = (
    *("elena-martinez", "ruth-abernathy", "linh-tran", "colm-doherty"),
    *("cancer-patient-adam-everyman", "cancer-patient-eve-anyperson"),
    *("cancer-patient-brian-l", "cancer-patient-john-anyperson"),
)


@pytest.fixture(scope="module", params=PACKAGES)
def version(request):
    return request.param


@pytest.fixture(scope="module")
def judge(version, tmp_path_factory):
    """Return what gives the errors of a resource, on a server that has this version's guide."""
    files = conformance.packages(PACKAGES[version])
    with servers.hapi(tmp_path_factory.mktemp("registry")) as base:
        conformance.load(base, files)
        yield lambda resource: _errors(base, resource)


def _errors(base, resource):
    answer = requests.post(
        f"{base}/{resource['resourceType']}/$validate",
        params=[("profile", url) for url in resource.get("meta", {}).get("profile", [])[:1]],
        data=wire.dumps(resource),
        headers={"Content-Type": "application/fhir+json"},
        timeout=120,
    )
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome", answer.text
    errors = [i["diagnostics"] for i in outcome["issue"] if i["severity"] in {"fatal", "error"}]
    return [
        words for words in errors if not (_is_of_terminology(words) or _ON_A_CONDITION in words)
    ]


def _is_of_terminology(words):
    known = any(said in words for said in _OF_TERMINOLOGY)
    return known and any(lacking in words for lacking in _LACKING)


@pytest.mark.parametrize("name", NAMES)
def test_a_report_is_without_error_but_for_what_it_says_is_missing(judge, version, name):
    if name in charts.OFFICIAL_NAMES and not charts.OFFICIAL.exists():
        pytest.skip("the official examples are not at hand")
    record = charts.record_of(name)
    for primary in record.primaries:
        made = report(record, primary, SITE, version, AT, Choices(notes=True))
        missing = [_TOLD[one.where] for one in made.missing if one.sent_as is None]
        for entry in made.bundle["entry"]:
            errors = judge(entry["resource"])
            for error in errors:
                told = any(words in error for words in missing)
                assert told or "Condition.extension: minimum required" in error, error
            found = {words for words in missing if any(words in error for error in errors)}
            missing = [words for words in missing if words not in found]
        assert missing == []


def test_a_complete_report_and_its_header_are_without_error(judge, version):
    visit = charts.resource("Encounter", "visit", status="finished")
    visit["class"] = {
        "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
        "code": "AMB",
    }
    visit["type"] = [charts.concept(charts.SNOMED, "185389009")]
    record = charts.read(charts.PATIENT, charts.CANCER, visit)
    choices = Choices(encounter=visit, replaces="urn:uuid:6a0eac5a-e649-5ad9-8b81-ee1e51963321")
    made = report(record, record.primaries[0], SITE, version, AT, choices)
    assert made.missing == ()
    entries = [*made.bundle["entry"], *message(made, SITE, REGISTRY)["entry"][::2]]
    assert {e["fullUrl"]: found for e in entries if (found := judge(e["resource"]))} == {}


@pytest.mark.parametrize(
    ("name", "words"),
    [("address", "Patient.address"), ("telecom", "Patient.telecom"), ("name", "Patient.name")],
)
def test_the_validator_finds_what_the_patient_of_a_report_lacks(judge, version, name, words):
    record = charts.read(charts.PATIENT, charts.CANCER)
    made = report(record, record.primaries[0], SITE, version, AT)
    patient = next(
        as_json(e["resource"])
        for e in made.bundle["entry"]
        if e["resource"]["resourceType"] == "Patient"
    )
    assert judge(patient) == []
    del patient[name]
    assert any(words in error for error in judge(patient))
