import copy
import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.fhir.check import check_structure
from app.mcode import definitions
from app.mcode.conformance import claimed_profile, problems
from app.mcode.valuesets import value_set
from app.terminology.concept import Concept
from tests.mcode.conformance.resources import (
    CANCER,
    CATEGORY,
    CTCAE,
    LOINC,
    NCIT,
    SITE,
    SNOMED,
    SOUND,
    UCUM,
    beam,
    concept,
    grade,
    length,
    plan_review,
    sound,
)

EXAMPLES = (
    Path(__file__).resolve().parents[4] / "shared" / "examples" / "mcode-examples-transaction.json"
)


@pytest.mark.parametrize("profile", SOUND)
def test_a_sound_resource_has_no_problems(profile):
    resource = sound(profile)
    assert check_structure(resource) == []
    assert problems(resource) == []
    assert resource == SOUND[profile]


@pytest.mark.skipif(not EXAMPLES.is_file(), reason="needs the official examples in ../shared")
def test_the_official_examples_have_no_problems():
    bundle = json.loads(EXAMPLES.read_text(encoding="utf-8"), parse_float=Decimal)
    resources = [entry["resource"] for entry in bundle["entry"]]
    claiming = [resource for resource in resources if claimed_profile(resource)]
    assert len(claiming) == 67
    found = {f"{r['resourceType']}/{r['id']}": problems(r) for r in claiming}
    assert {key: words for key, words in found.items() if words} == {}


def test_an_event_that_did_not_happen_is_neither_serious_nor_caused():
    resource = sound("ctc-adverse-event")
    resource["extension"] = [grade("0")]
    del resource["seriousness"], resource["suspectEntity"]
    assert problems(resource) == []


DATA = Path(__file__).resolve().parents[3] / "app" / "sandbox" / "data"


def test_the_sandboxs_adverse_events_conform_to_the_profile_of_ctcae():
    held = [
        entry["resource"]
        for path in DATA.glob("*.json")
        for entry in json.loads(path.read_text(encoding="utf-8"))["entry"]
    ]
    events = [resource for resource in held if resource["resourceType"] == "AdverseEvent"]
    terms = value_set("ctcae-term")
    assert {event["subject"]["reference"] for event in events} == {
        "Patient/elena-martinez",
        "Patient/ingrid-halvorsen",
    }
    for event in events:
        assert problems(event, "ctc-adverse-event") == []
        (coding,) = event["event"]["coding"]
        assert Concept(coding["system"], coding["code"], coding["display"]) in terms.concepts


def remove(*names):
    def change(resource):
        for name in names:
            del resource[name]

    return change


def put(**elements):
    return lambda resource: resource.update(copy.deepcopy(elements))


def also(name, *values):
    return lambda resource: resource.setdefault(name, []).extend(copy.deepcopy(values))


_REVIEWED = {"url": "ReviewDate", "valueDate": "2026-06-22"}
_CHANGED = {"url": "ChangedFlag", "valueBoolean": True}


BROKEN = {
    "a review that does not say whether the plan changed": (
        "icare-care-plan-with-review",
        put(extension=[plan_review(_REVIEWED, {"url": "ReviewedBy", "valueReference": CANCER})]),
        "CarePlan.extension[0].extension:ChangedFlag is missing",
    ),
    "a reason that the guide does not have": (
        "icare-care-plan-with-review",
        put(
            extension=[
                plan_review(
                    _REVIEWED,
                    _CHANGED,
                    {"url": "CarePlanChangeReason", "valueCodeableConcept": {"text": "Tired"}},
                )
            ]
        ),
        "CarePlan.extension[0].extension[2].valueCodeableConcept holds no code of the value set",
    ),
    "a review by somebody who is no practitioner": (
        "icare-care-plan-with-review",
        put(
            extension=[
                plan_review(
                    _REVIEWED,
                    _CHANGED,
                    {"url": "ReviewedBy", "valueReference": {"reference": "Organization/o"}},
                )
            ]
        ),
        "CarePlan.extension[0].extension[2].valueReference refers to Organization",
    ),
    "a plan of a status of another type": (
        "icare-care-plan-with-review",
        put(status="final"),
        "CarePlan.status",
    ),
    "an adverse event without a grade": (
        "ctc-adverse-event",
        remove("extension"),
        "AdverseEvent.extension:grade is missing",
    ),
    "a grade that there is not": (
        "ctc-adverse-event",
        put(extension=[grade("6")]),
        "AdverseEvent.extension[0].valueCodeableConcept holds no code of the value set ctcae-grade",
    ),
    "an event that did not happen, and was serious": (
        "ctc-adverse-event",
        lambda r: r.update(extension=[grade("0")]) or r.pop("suspectEntity"),
        "AdverseEvent breaks the rule adverse-event-grade-zero-invariant",
    ),
    "an event that did not happen, and was caused": (
        "ctc-adverse-event",
        lambda r: r.update(extension=[grade("0")]) or r.pop("seriousness"),
        "AdverseEvent breaks the rule adverse-event-grade-zero-invariant",
    ),
    "an event that is only feared": (
        "ctc-adverse-event",
        put(actuality="potential"),
        "AdverseEvent.actuality is not actual",
    ),
    "an outcome in other words": (
        "ctc-adverse-event",
        put(outcome=concept(NCIT, "C41335")),
        "AdverseEvent.outcome holds no code of the value set adverse-event-outcome",
    ),
    "the severity beside the grade": (
        "ctc-adverse-event",
        put(severity={"text": "bad"}),
        "AdverseEvent.severity is not used in this profile",
    ),
    "an order that is suspected": (
        "ctc-adverse-event",
        put(suspectEntity=[{"instance": {"reference": "MedicationRequest/m1"}}]),
        "AdverseEvent.suspectEntity[0].instance refers to MedicationRequest",
    ),
    "a date of its end that is none": (
        "ctc-adverse-event",
        also("extension", {"url": f"{CTCAE}adverse-event-resolved-date", "valueString": "soon"}),
        "AdverseEvent.extension[1].valueString is not of a type allowed here: dateTime",
    ),
    "an element that is needed": (
        "tnm-stage-group",
        remove("focus"),
        "Observation.focus is missing",
    ),
    "a method that the parent leaves open": (
        "tnm-stage-group",
        remove("method"),
        "Observation.method is missing",
    ),
    "more than there may be": (
        "tnm-stage-group",
        also("focus", CANCER),
        "Observation.focus is there 2 times, and may be there 1 times at most",
    ),
    "a code outside of the outer limit": (
        "tnm-stage-group",
        put(code=concept(SNOMED, "1")),
        "Observation.code holds no code of the value set tnm-stage-group-staging-type-max",
    ),
    "a focus of another type": (
        "tnm-stage-group",
        put(focus=[{"reference": "Patient/p1"}]),
        "Observation.focus[0] refers to Patient, and is to refer to Condition",
    ),
    "a value of another type": (
        "tnm-stage-group",
        lambda r: r.update(valueString=r.pop("valueCodeableConcept") and "IIIC"),
        "Observation.valueString is not of a type allowed here: CodeableConcept",
    ),
    "an unknown status": (
        "tnm-stage-group",
        put(status="banana"),
        "Observation.status holds no code of the value set observation-status",
    ),
    "an element that holds nothing": (
        "tnm-stage-group",
        put(note=[{}]),
        "Observation.note[0] is empty",
    ),
    "another fixed code": (
        "tumor-size",
        put(code=concept(LOINC, "33756-8")),
        "Observation.code is not http://loinc.org|21889-1",
    ),
    "a slice that is needed": (
        "tumor-size",
        put(component=[length("33729-5", 1)]),
        "Observation.component:tumorLongestDimension is missing",
    ),
    "one slice too many": (
        "tumor-size",
        also("component", length("33729-5", 1), length("33729-5", 1)),
        "Observation.component:tumorOtherDimension is there 3 times",
    ),
    "a unit outside of a required set": (
        "tumor-size",
        put(
            component=[
                {
                    "code": concept(LOINC, "33728-7"),
                    "valueQuantity": {"value": 1, "system": UCUM, "code": "[in_i]"},
                }
            ]
        ),
        "Observation.component[0].valueQuantity holds no code of the value set tumor-size-units",
    ),
    "a rule of mCODE on the resource": (
        "tumor-size",
        remove("focus"),
        "Observation breaks the rule must-have-focus-or-specimen-invariant",
    ),
    "a score that the scale has not": (
        "ecog-performance-status",
        put(valueInteger=7, interpretation=[]),
        "Observation.valueInteger is 7, which is no score of ecog-performance-status",
    ),
    "words that do not fit the score": (
        "ecog-performance-status",
        put(valueInteger=2),
        "Observation.interpretation does not say what the score 2 stands for",
    ),
    "an answer outside of a LOINC list": (
        "ecog-performance-status",
        put(interpretation=[concept(LOINC, "LA9633-4")]),
        "Observation.interpretation[0] holds no code of the value set LL529-9",
    ),
    "a date without a day": (
        "ecog-performance-status",
        put(effectiveDateTime="2026-04"),
        "Observation.effectiveDateTime breaks the rule us-core-1",
    ),
    "neither value nor reason": (
        "ecog-performance-status",
        remove("valueInteger"),
        "Observation breaks the rule us-core-2",
    ),
    "text alone where a code is required": (
        "lymphoma-stage",
        put(method={"text": "Cotswolds"}),
        "Observation.method holds no code of the value set lymphoma-staging-method",
    ),
    "a stage of another system": (
        "lymphoma-stage",
        put(valueCodeableConcept=concept("http://cancerstaging.org", "IIIE")),
        "Observation.valueCodeableConcept holds no code of the value set lymphoma-stage-value",
    ),
    "a status outside of the outer limit": (
        "cancer-disease-status",
        put(valueCodeableConcept=concept(SNOMED, "399588009")),
        "Observation.valueCodeableConcept holds no code of the value set condition-status-",
    ),
    "an extension with a value of another type": (
        "cancer-disease-status",
        put(
            extension=[
                {"url": f"{SITE}cancer-disease-status-evidence-type", "valueString": "imaging"}
            ]
        ),
        "Observation.extension[0].valueString is not of a type allowed here: CodeableConcept",
    ),
    "an extension without a value": (
        "cancer-disease-status",
        put(extension=[{"url": f"{SITE}cancer-disease-status-evidence-type"}]),
        "Observation.extension[0].value[x] is missing",
    ),
    "a variant that is neither present nor absent": (
        "genomic-variant",
        put(valueCodeableConcept=concept(LOINC, "LA6683-2")),
        "Observation.valueCodeableConcept holds no code of the value set LL1971-2",
    ),
    "a variant without the category that is fixed": (
        "genomic-variant",
        put(category=[concept(CATEGORY, "exam")]),
        "Observation.category:labCategory is missing",
    ),
    "half a copy": (
        "genomic-variant",
        lambda r: r["component"][1]["valueQuantity"].update(value=Decimal("2.5")),
        "Observation.component[1].valueQuantity breaks the rule cnt-3",
    ),
    "a condition in error that is active": (
        "primary-cancer-condition",
        put(
            verificationStatus=concept(
                "http://terminology.hl7.org/CodeSystem/condition-ver-status", "entered-in-error"
            )
        ),
        "Condition breaks the rule con-5",
    ),
    "a condition of no category": (
        "primary-cancer-condition",
        remove("category"),
        "Condition.category is missing",
    ),
    "a side that is none": (
        "primary-cancer-condition",
        lambda r: r["bodySite"][0]["extension"][0].update(
            valueCodeableConcept=concept(SNOMED, "261122009")
        ),
        "Condition.bodySite[0].extension[0].valueCodeableConcept holds no code",
    ),
    "two sides": (
        "primary-cancer-condition",
        lambda r: r["bodySite"][0]["extension"].extend(r["bodySite"][0]["extension"][:1]),
        "Condition.bodySite[0].extension:lateralityQualifier is there 2 times",
    ),
    "a tumor nowhere": ("tumor", remove("location"), "BodyStructure.location is missing"),
    "a tumor without a name": (
        "tumor",
        remove("identifier"),
        "BodyStructure.identifier is missing",
    ),
    "radiotherapy with a technique of another modality": (
        "radiotherapy-course-summary",
        put(extension=[beam("45643008", "1156530009")]),
        "Procedure.extension[0] breaks the rule TechniquesForElectronBeamModality",
    ),
    "radiotherapy with another technique and no words": (
        "radiotherapy-course-summary",
        put(extension=[beam("1156506007", "UNC")]),
        "Procedure.extension[0] breaks the rule TechniqueTextRequiredForOther",
    ),
    "radiotherapy with no modality": (
        "radiotherapy-course-summary",
        lambda r: r["extension"][0]["extension"].pop(0),
        "Procedure.extension[0].extension:modality is missing",
    ),
    "treatment that has ended at no time": (
        "radiotherapy-course-summary",
        remove("performedPeriod"),
        "Procedure breaks the rule us-core-7",
    ),
    "a volume of no name": (
        "radiotherapy-volume",
        remove("description"),
        "BodyStructure breaks the rule mcode-description-or-id-required",
    ),
    "an order by nobody": (
        "cancer-related-medication-request",
        remove("requester"),
        "MedicationRequest breaks the rule us-core-21",
    ),
    "a reason to stop what goes on": (
        "cancer-related-medication-request",
        put(statusReason=concept(SNOMED, "182992009")),
        "MedicationRequest breaks the rule termination-reason-invariant",
    ),
    "an order of nothing": (
        "cancer-related-medication-request",
        remove("medicationCodeableConcept"),
        "MedicationRequest.medication[x] is missing",
    ),
}


@pytest.mark.parametrize(("profile", "change", "expected"), BROKEN.values(), ids=list(BROKEN))
def test_what_is_broken_is_named(profile, change, expected):
    resource = sound(profile)
    change(resource)
    found = problems(resource)
    assert [words for words in found if words.startswith(expected)], found


REQUIRED = [
    (name, element.id.removeprefix(f"{profile.type}."))
    for profile in definitions.profiles()
    if (name := profile.name) in SOUND
    for element in profile.elements
    if element.min
    and element.id.count(".") == 1
    and ":" not in element.id
    and "[x]" not in element.id
]


@given(st.sampled_from(REQUIRED))
def test_whatever_a_profile_needs_is_missed(required):
    profile, element = required
    resource = sound(profile)
    del resource[element]
    type_ = resource["resourceType"]
    assert f"{type_}.{element} is missing" in problems(resource)


@given(st.sampled_from([name for name in SOUND if "status" in SOUND[name]]), st.text(min_size=1))
def test_no_status_of_ones_own_passes(profile, status):
    resource = sound(profile)
    known = value_set(definitions.profile(profile).binding("status").value_set)
    assume(status not in {concept.code for concept in known.concepts})
    resource["status"] = status
    where = f"{resource['resourceType']}.status"
    assert f"{where} holds no code of the value set {known.name}" in problems(resource)


@given(st.integers().filter(lambda score: not 0 <= score <= 5))
def test_no_score_beyond_a_scale_passes(score):
    resource = {**sound("ecog-performance-status"), "valueInteger": score}
    assert any(f"is {score}, which is no score" in words for words in problems(resource))


def test_the_reason_for_a_missing_value_may_stand_in_an_extension():
    resource = sound("radiotherapy-volume")
    del resource["description"]
    absent = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
    resource["identifier"] = [
        {"_value": {"extension": [{"url": absent, "valueCode": "unknown"}]}},
    ]
    assert problems(resource) == []


def test_a_reference_whose_type_does_not_show_passes():
    for focus in ({"reference": "urn:uuid:7d9c0a0e"}, {"display": "Breast cancer"}):
        assert problems({**sound("tnm-stage-group"), "focus": [focus]}) == []
    typed = {"type": "Patient", "display": "Anna"}
    assert problems({**sound("tnm-stage-group"), "focus": [typed]}) != []


def test_a_reference_into_the_resource_is_looked_up():
    held = {"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/p1"}}
    resource = {**sound("tnm-stage-group"), "contained": [held], "focus": [{"reference": "#c"}]}
    assert problems(resource) == []
    held["resourceType"] = "Observation"
    assert "Observation.focus[0] refers to Observation, and is to refer to Condition" in problems(
        resource
    )


def test_the_profile_is_the_one_asked_for_else_the_first_that_is_claimed():
    resource = sound("tumor-size")
    resource["meta"]["profile"].insert(0, "http://example.org/StructureDefinition/other")
    resource["meta"]["profile"][1] += "|4.0.0"
    assert claimed_profile(resource) == "tumor-size"
    assert problems(resource) == []
    assert problems(resource, "tnm-stage-group") != []
    assert problems({"resourceType": "Observation", "status": "banana"}) == []
    with pytest.raises(KeyError):
        problems(resource, "banana")


def test_a_resource_of_another_type_is_told_so():
    assert problems({"resourceType": "Patient"}, "tumor") == [
        "Patient cannot conform to tumor, which is for BodyStructure"
    ]


def test_nothing_is_said_twice():
    resource = sound("radiotherapy-course-summary")
    resource["extension"] = [beam("45643008", "1156530009")]
    found = problems(resource)
    assert len(found) == len(set(found))
