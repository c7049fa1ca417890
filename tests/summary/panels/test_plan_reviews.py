"""Reviews of the treatment plan, each as it was recorded, and no plan of care as one."""

import pytest

from app.mcode.profiles import addresses
from app.mcode.retraction import retracted
from app.summary.panels.plan_reviews import plan_rows
from tests.summary.resources import (
    SNOMED,
    SUBJECT,
    coded,
    condition,
    plan_review,
    record,
    review_extension,
)

ADVERSE = {"valueCodeableConcept": coded(SNOMED, "281647001")}
OWEN = {"resourceType": "Practitioner", "id": "owen", "name": [{"family": "Owen", "given": ["O"]}]}
BY_OWEN = {"valueReference": {"reference": "Practitioner/owen"}}


def rows(*resources):
    return plan_rows(record(condition(), *resources))


def test_it_says_whether_the_plan_changed_why_when_for_what_and_by_whom():
    comment = {"valueString": "Dose reduced"}
    extension = review_extension(
        CarePlanChangeReason=ADVERSE, ReviewedBy=BY_OWEN, CommentOrDescription=comment
    )
    (row,) = rows(plan_review("one", extension), OWEN)
    assert (row.about, row.status, row.note, row.key) == (
        "Carcinoma of the left breast",
        None,
        None,
        "CarePlan/one",
    )
    (review,) = row.reviews
    assert (review.date, review.change.text, review.reason, review.comment, review.by) == (
        "01-Jul-2026",
        "Changed",
        "Adverse event",
        "Dose reduced",
        "O Owen",
    )


@pytest.mark.parametrize(
    ("changed", "words"),
    [(False, "Not changed"), (None, "Not said whether it changed"), ("yes", None)],
)
def test_what_is_not_said_is_not_taken_for_a_no(changed, words):
    (row,) = rows(plan_review("one", review_extension(changed=changed)))
    assert row.reviews[0].change.text == (words or "Not said whether it changed")


def test_a_reviewer_in_words_comes_before_the_author_of_the_plan():
    named = {"valueReference": {"display": "Dr House"}}
    author = {"author": {"display": "Nancy Nurse"}}
    (row,) = rows(plan_review("one", review_extension(ReviewedBy=named), **author))
    assert row.reviews[0].by == "Dr House"
    (row,) = rows(plan_review("one", **author))
    assert row.reviews[0].by == "Nancy Nurse"


def test_each_review_of_a_plan_is_shown_and_the_plan_is_left_to_the_ehr():
    early, late = review_extension("2026-01-01", changed=False), review_extension("2026-09-01")
    plans = rows(plan_review("several", early, late), plan_review("one"))
    assert [row.key for row in plans] == ["CarePlan/several", "CarePlan/one"]
    several, one = plans
    assert [review.date for review in several.reviews] == ["01-Sep-2026", "01-Jan-2026"]
    assert several.note == "Part of a larger care plan: change it in the EHR"
    assert one.note is None
    (larger,) = rows(plan_review(activity=[{"detail": {"status": "scheduled"}}]))
    assert larger.note


@pytest.mark.parametrize("url", addresses("plan-review"))
def test_a_review_is_known_by_each_address_of_the_extension(url):
    assert len(rows(plan_review("one", review_extension(url=url)))) == 1


def test_a_plan_that_is_no_longer_followed_says_so():
    assert rows(plan_review(status="revoked"))[0].status == "revoked"
    assert rows(plan_review(status="completed"))[0].status is None


def test_what_it_addresses_beside_the_cancer_is_named():
    heart = condition("heart", "I50.9", "Heart failure")
    named = [
        {"reference": "Condition/heart"},
        {"reference": "Condition/c"},
        {"display": "Pain"},
        {},
    ]
    (row,) = rows(plan_review(addresses=named), heart)
    assert row.about == (
        "Heart failure; Carcinoma of the left breast; Pain; something that this chart does not show"
    )


def test_the_page_shows_reviews_and_an_ordinary_care_plan_among_the_rest(summary_page):
    ordinary = {
        "resourceType": "CarePlan",
        "id": "ordinary",
        "status": "active",
        "intent": "plan",
        **SUBJECT,
        "category": [{"text": "Longitudinal care plan"}],
        "title": "Fall prevention",
    }
    wrong = retracted(plan_review("wrong", review_extension("2026-01-01")))
    page = summary_page(
        record(condition(), plan_review(), ordinary, wrong),
        edit_forms={"CarePlan/review": ("treatment-plan-review", "review")},
    )
    words, links = page.sections()["Treatment plan reviews"]
    assert "01-Jul-2026 Changed – Carcinoma of the left breast No data Amend" in words
    assert "01-Jan-2026" not in words
    assert "Fall prevention" not in words
    assert links == ["/l/l/forms/treatment-plan-review/review"]
    also = page.sections()["Also in the chart"][0]
    assert "Longitudinal care plan" in also
    assert "Fall prevention" in also


def test_a_chart_without_any_has_no_panel(summary_page):
    page = summary_page(record(condition()))
    assert "Treatment plan reviews" not in page.sections()


def test_a_review_for_the_disease_of_another_patient_is_not_shown():
    others = condition("q", subject={"reference": "Patient/q"})
    found = record(condition(), others, plan_review(addresses=[{"reference": "Condition/q"}]))
    assert not found.plan_reviews
    assert [each["id"] for each in found.misfiled] == ["q", "review"]
