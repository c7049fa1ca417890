"""Reviews of the treatment plan on HAPI FHIR, by the profile of ICAREdata's guide."""

import uuid

import pytest

from app.mcode.retraction import retracted
from tests.interop.upstream import ONCOLOGIST
from tests.mcode.conformance.resources import SNOMED, concept, sound

pytestmark = [pytest.mark.interop, pytest.mark.network]


@pytest.fixture
def review(hapi):
    """Store a conforming review of one patient's treatment plan."""
    plan = sound("icare-care-plan-with-review")
    plan["extension"][0]["extension"].append(
        {"url": "ReviewedBy", "valueReference": {"reference": f"Practitioner/{ONCOLOGIST}"}}
    )
    del plan["addresses"]
    return hapi.chart.put(
        plan
        | {
            "id": f"review-{uuid.uuid4().hex[:12]}",
            "subject": {"reference": f"Patient/{hapi.chart.new_patient()}"},
        }
    )


def test_it_conforms_as_entered_and_as_retracted(hapi, passes, review):
    reference = f"CarePlan/{review['id']}"
    passes([reference])
    assert hapi.chart.put(retracted(review))["status"] == "entered-in-error"
    passes([reference])


@pytest.mark.parametrize("query", ["", "&category=assess-plan"])
def test_it_is_found_by_the_searches_of_the_app(hapi, review, query):
    patient = review["subject"]["reference"].partition("/")[2]
    found = hapi.chart.search(f"CarePlan?patient={patient}{query}")
    assert [plan["id"] for plan in found] == [review["id"]]


def _without(name):
    def change(plan):
        held = plan["extension"][0]
        held["extension"] = [part for part in held["extension"] if part["url"] != name]

    return change


def _reason(coded):
    def change(plan):
        _without("CarePlanChangeReason")(plan)
        part = {"url": "CarePlanChangeReason", "valueCodeableConcept": coded}
        plan["extension"][0]["extension"].append(part)

    return change


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_without("ChangedFlag"), "ChangedFlag"),
        (_without("ReviewDate"), "ReviewDate"),
        (_reason(concept(SNOMED, "268910001")), "268910001"),
        (lambda plan: plan.pop("intent"), "CarePlan.intent"),
    ],
    ids=["no flag", "no date", "reason", "intent"],
)
def test_the_validator_finds_a_review_that_was_spoilt(validator, review, spoil, words):
    assert validator.judge(review).faults == []
    spoil(review)
    faults = validator.judge(review).faults
    assert any(words in fault for fault in faults), faults
