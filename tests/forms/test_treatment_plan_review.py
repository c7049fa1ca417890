import copy

import pytest

from app.forms._definition import Author
from app.forms._registry import form_for
from app.forms._saving.differences import Change
from app.forms._saving.meaning import compare
from app.forms._saving.plan import plan_entry
from app.forms._saving.wording import elements_of, headline_of
from app.forms.treatment_plan_review import TreatmentPlanReview
from app.mcode.conformance import problems
from app.mcode.definitions import profile_url
from app.mcode.profiles import addresses
from tests.forms.entering import existing, fresh, new, record_of, sentences, subject_of, written
from tests.forms.patient import AUTHOR

SNOMED = "http://snomed.info/sct"
WISH = f"{SNOMED}|182890002"
REVIEW, EARLIER = addresses("plan-review")
BREAST = [{"reference": "Condition/breast"}]
WORDS = "Changed by the tumor board"


def reason(code="405613005"):
    return {"valueCodeableConcept": {"coding": [{"system": SNOMED, "code": code}]}}


def review(url=REVIEW, on="2026-10-01", **more):
    """Return a review as a chart holds it; `more` are its other parts, None for one that lacks."""
    parts = {
        "ReviewedBy": {"valueReference": {"reference": "Practitioner/owen"}},
        "ReviewDate": {"valueDate": on},
        "ChangedFlag": {"valueBoolean": True},
        "CarePlanChangeReason": reason(),
        **more,
    }
    return {"url": url, "extension": [{"url": k, **v} for k, v in parts.items() if v is not None]}


def kept(*reviews, **more):
    return {
        "resourceType": "CarePlan",
        "id": "kept",
        "meta": {"versionId": "1"},
        "status": "active",
        "intent": "plan",
        "subject": {"reference": "Patient/pat"},
        "addresses": BREAST,
        "extension": [{"url": "urn:ward", "valueString": "7B"}, *(reviews or [review()])],
        **more,
    }


def parts_of(plan):
    (found,) = [e for e in plan["extension"] if e["url"] in {REVIEW, EARLIER}]
    return {part["url"]: part for part in found["extension"]}


def test_a_typical_review_says_all_that_the_guide_has():
    (plan,) = written(new(TreatmentPlanReview))
    assert problems(plan) == []
    assert plan["meta"]["profile"] == [profile_url("icare-care-plan-with-review")]
    assert (plan["status"], plan["intent"], plan["addresses"]) == ("active", "plan", BREAST)
    assert plan["author"]["reference"] == "Practitioner/nancy"
    parts = parts_of(plan)
    nancy = {"reference": "Practitioner/nancy", "display": "Nancy Nurse"}
    assert parts["ReviewedBy"]["valueReference"] == nancy
    assert parts["ReviewDate"]["valueDate"] == "2026-11-20"
    assert parts["ChangedFlag"]["valueBoolean"] is True
    (coding,) = parts["CarePlanChangeReason"]["valueCodeableConcept"]["coding"]
    assert (coding["system"], coding["code"]) == (SNOMED, "266721009")
    assert elements_of(plan, TreatmentPlanReview.names())["Review"] == (
        "by Nancy Nurse, on 20-Nov-2026, plan changed Yes, reason No response, "
        "comment Second line begins on Monday."
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "changed: no response"),
        ({"changed": "false", "reason": ""}, "not changed"),
    ],
)
def test_the_headlines_of_entry_and_record_say_the_outcome(changes, said):
    work = new(TreatmentPlanReview, **changes)
    (plan,) = written(work)
    headline = work.form.headline(work.subject)
    assert headline.startswith(f"Treatment plan review, {said}, 20-Nov-2026 · Malignant neoplasm")
    assert headline_of(plan, {}) == f"{said.capitalize()}, 20-Nov-2026"


@pytest.mark.parametrize("code", ["405613005", "266721009", "281647001", "182890002", "74964007"])
def test_each_reason_of_the_guide_can_be_chosen(code):
    (plan,) = written(new(TreatmentPlanReview, reason=f"{SNOMED}|{code}"))
    assert problems(plan) == []
    assert (
        parts_of(plan)["CarePlanChangeReason"]["valueCodeableConcept"]["coding"][0]["code"] == code
    )


def test_an_unchanged_plan_has_no_reason():
    (plan,) = written(new(TreatmentPlanReview, changed="false", reason="", comment=""))
    assert problems(plan) == []
    assert set(parts_of(plan)) == {"ReviewedBy", "ChangedFlag", "ReviewDate"}
    assert parts_of(plan)["ChangedFlag"]["valueBoolean"] is False


def test_who_is_no_practitioner_is_named_in_words_alone():
    work = new(TreatmentPlanReview)
    assert work.validate()
    author = Author("PractitionerRole/role", "Nancy Nurse")
    (write,) = plan_entry(work.form, work.subject, author, "draft").writes
    assert problems(write.after) == []
    assert parts_of(write.after)["ReviewedBy"]["valueReference"] == {"display": "Nancy Nurse"}
    assert write.after["author"]["reference"] == "PractitionerRole/role"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"changed": "", "reason": ""}, {"changed": "Choose whether the plan changed"}),
        ({"reason": ""}, {"reason": "Choose the reason for the change"}),
        (
            {"changed": "false"},
            {"reason": "Remove the reason, or choose that the plan changed"},
        ),
        ({"date": ""}, {"date": "Enter the date of the review"}),
        ({"date": "2026-12-01"}, {"date": "Enter a date of the review that is not in the future"}),
    ],
)
def test_what_cannot_be_is_refused(changes, told):
    assert sentences(new(TreatmentPlanReview, **changes)) == told


def test_a_second_review_of_a_day_is_asked_about():
    known = kept(review(on="2026-11-20"))
    assert set(sentences(new(TreatmentPlanReview, known))) == {"another-of-the-day"}
    assert new(TreatmentPlanReview, kept()).validate()
    of_another = kept(review(on="2026-11-20"), addresses=[{"reference": "Condition/heart"}])
    assert set(sentences(new(TreatmentPlanReview, of_another))) == {"another-of-the-day"}


def test_the_reviews_on_record_stand_beside_the_form():
    two = kept(review(on="2026-08-01", ChangedFlag={"valueBoolean": False}), review(EARLIER))
    subject = subject_of(TreatmentPlanReview, two)
    assert TreatmentPlanReview().chart_context(subject) == [
        ("On record", "Changed: planned", "01-Oct-2026"),
        ("On record", "Not changed", "01-Aug-2026"),
    ]


@pytest.mark.parametrize("url", [REVIEW, EARLIER])
def test_an_amendment_changes_the_review_alone_under_the_address_that_it_has(url):
    before = kept(review(url))
    (plan,) = written(existing(TreatmentPlanReview, before, reason=WISH, comment=WORDS))
    expected = copy.deepcopy(before)
    held = expected["extension"][1]["extension"]
    coding = {
        "system": SNOMED,
        "code": "182890002",
        "display": "Patient requests alternative treatment (finding)",
    }
    held[3] = {
        "url": "CarePlanChangeReason",
        "valueCodeableConcept": {
            "coding": [coding],
            "text": "Patient requests alternative treatment",
        },
    }
    held.append({"url": "CommentOrDescription", "valueString": WORDS})
    assert plan == expected


def test_what_is_not_changed_is_not_written():
    shown = existing(TreatmentPlanReview, kept())
    assert shown.subject.primary.id == "breast"
    assert plan_entry(shown.form, shown.subject, AUTHOR, "draft").writes == ()


def test_a_plan_that_did_not_change_after_all_loses_its_reason():
    (plan,) = written(existing(TreatmentPlanReview, kept(), changed="false", reason=""))
    assert set(parts_of(plan)) == {"ReviewedBy", "ReviewDate", "ChangedFlag"}
    assert plan["extension"][0] == {"url": "urn:ward", "valueString": "7B"}


@pytest.mark.parametrize("flag", [None, {"valueString": "yes"}])
def test_a_review_without_its_flag_is_not_written_again_without_it(flag):
    silent = kept(review(ChangedFlag=flag))
    shown = existing(TreatmentPlanReview, silent)
    assert shown.validate()
    told = sentences(existing(TreatmentPlanReview, silent, comment=WORDS))
    assert told == {"changed": "Choose whether the plan changed"}
    (plan,) = written(existing(TreatmentPlanReview, silent, comment=WORDS, changed="true"))
    assert parts_of(plan)["ChangedFlag"] == {"url": "ChangedFlag", "valueBoolean": True}


def test_a_reason_of_another_code_stays_until_another_is_chosen():
    local = {"valueCodeableConcept": {"text": "Moved away"}}
    other = kept(review(CarePlanChangeReason=local))
    shown = existing(TreatmentPlanReview, other)
    assert shown.form.display("reason") == "Moved away (as in the chart)"
    (plan,) = written(existing(TreatmentPlanReview, other, comment=WORDS))
    assert parts_of(plan)["CarePlanChangeReason"] == {"url": "CarePlanChangeReason", **local}


@pytest.mark.parametrize(
    "plan",
    [
        kept(review(), review(on="2026-08-01")),
        kept(review(), review(EARLIER)),
        kept(activity=[{"detail": {"status": "in-progress"}}]),
        kept(goal=[{"reference": "Goal/g"}]),
        kept() | {"extension": []},
        kept()
        | {"extension": [], "meta": {"profile": [profile_url("icare-care-plan-with-review")]}},
    ],
    ids=["two", "two addresses", "activities", "goals", "no review", "profile alone"],
)
def test_what_is_more_than_one_review_or_none_is_opened_by_no_form(plan):
    record = record_of(plan)
    assert form_for(record, record.find("CarePlan/kept")) is None


def test_a_review_opens_with_the_cancer_that_it_addresses():
    record = record_of(kept())
    plan = record.find("CarePlan/kept")
    assert form_for(record, plan) is TreatmentPlanReview
    primary, parts = TreatmentPlanReview.find(record, plan)
    assert primary.id == "breast"
    assert parts == {"main": plan}


def test_the_form_offers_the_reason_only_where_the_plan_changed():
    reasons = fresh(TreatmentPlanReview).form.reason
    assert reasons.depends_on == "changed"
    assert {option.shown_for for option in reasons.options} == {"true"}
    assert [option.label for option in reasons.options] == [
        "Planned",
        "No response",
        "Adverse event",
        "The patient’s wish",
        "Other",
    ]


@pytest.mark.parametrize("name", ["ReviewDate", "ChangedFlag", "CarePlanChangeReason"])
def test_a_chart_that_lost_a_part_of_the_review_does_not_hold_what_was_sent(name):
    work = new(TreatmentPlanReview)
    assert work.validate()
    (write,) = plan_entry(work.form, work.subject, AUTHOR, "draft").writes
    assert compare(copy.deepcopy(write.after), write, {}) == []
    for lost in ("part", "whole"):
        found = copy.deepcopy(write.after)
        (held,) = found["extension"]
        if lost == "part":
            held["extension"] = [part for part in held["extension"] if part["url"] != name]
        else:
            del found["extension"]
        assert max(each.change for each in compare(found, write, {})) == Change.OTHER
