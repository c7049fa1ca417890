"""The bundles of whole charts, judged by the official validator.

Whose chart it is has chosen its codes, and the server lacks the terminologies to judge them: what
it says of codes is no fault here, and neither is what follows from it at each reference to such a
resource.
"""

import copy

import pytest
import requests

from app.fhir import wire
from tests.reuse.mcode_bundle.test_charts import FILES, OF_THE_SANDBOX, made_of, resources

pytestmark = [pytest.mark.interop, pytest.mark.network]

EXAMPLES = "mcode-examples-transaction"
NO_FAULTS = (
    "can't be validated",
    "not found in the value set",
    "None of the codings provided are in the value set",
    "None of the codes provided are in the maximum value set",
    "Unable to expand ValueSet",
    "Unable to find a profile match for",
    # No package at hand has these profiles, by which mCODE tells a report's results apart.
    "Unable to resolve the reference http://hl7.org/fhir/uv/genomics-reporting/",
)


def patients():
    for name in (*OF_THE_SANDBOX, EXAMPLES):
        for resource in resources(FILES[name]) if name in FILES else ():
            if resource["resourceType"] == "Patient":
                yield pytest.param(FILES[name], resource["id"], id=resource["id"])


@pytest.fixture
def errors(hapi):
    """What the validator says is wrong with a bundle and its resources, by what they claim."""

    def errors(bundle):
        answer = requests.post(
            f"{hapi.chart.base}/Bundle/$validate",
            data=wire.dumps(bundle),
            headers={"Content-Type": "application/fhir+json"},
            timeout=300,
        )
        issues = answer.json()["issue"]
        # It went through the resources.
        assert any("entry[" in str(issue.get("expression")) for issue in issues)
        return [
            f"{issue.get('expression')}: {issue['diagnostics']}"
            for issue in issues
            if issue["severity"] in {"error", "fatal"}
            and not any(words in issue["diagnostics"] for words in NO_FAULTS)
        ]

    return errors


@pytest.mark.parametrize(("path", "patient_id"), [*patients()])
def test_a_bundle_is_without_error_by_what_it_and_its_resources_claim(errors, path, patient_id):
    made, _ = made_of(path, patient_id)
    assert made.conforms
    assert errors(made.resource) == []


def test_the_validator_finds_what_was_spoilt_in_a_bundle(errors):
    name = "colm-doherty"
    made, _ = made_of(FILES[name], name)
    spoilt = copy.deepcopy(made.resource)
    groups = [
        entry["resource"]
        for entry in spoilt["entry"]
        if any(
            "tnm-stage-group" in url for url in entry["resource"].get("meta", {}).get("profile", [])
        )
    ]
    del groups[0]["method"]
    assert any("method: minimum required = 1" in error for error in errors(spoilt))
    spoilt["entry"] = spoilt["entry"][1:]
    assert any("entry:cancerPatient" in error for error in errors(spoilt))
