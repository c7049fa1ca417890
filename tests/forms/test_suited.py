"""A form that does not go with the cancer or the age asks before it is filled in."""

import re

import pytest

from app.forms._registry import all_forms
from app.forms.lansky import Lansky
from app.forms.lymphoma_stage import LymphomaStage
from app.forms.tumor_marker_test import TumorMarkerTest
from app.forms.tumor_morphology import TumorMorphology
from tests.forms.cases import CONDITION, concept
from tests.forms.entering import existing, fresh, new, written

UNFIT = ("all-risk", "deauville", "lymphoma-stage", "rhabdomyosarcoma-risk", "lansky")
FIT = ("tnm-stage", "ecog", "karnofsky", "tumor-size", "tumor-morphology", "tumor", "cancer-stage")
CHILD = {"birthDate": "2018-02-14"}
LYMPHOMA = concept("C83.30", "Diffuse large B-cell lymphoma", "http://hl7.org/fhir/sid/icd-10-cm")


def asked(work):
    return [question.key for question in work.questions]


@pytest.mark.parametrize("slug", UNFIT)
def test_a_form_for_another_cancer_or_age_asks_before_it_is_filled_in(slug):
    form_class = all_forms()[slug]
    work = fresh(form_class)
    (question,) = work.questions
    assert question.field == next(iter(work.form.asked))
    assert f"“{form_class.title}” is for " in question.text
    assert work.problems() == []


@pytest.mark.parametrize("slug", [*UNFIT, "tnm-stage"])
def test_what_the_question_says_no_notice_says_too(slug):
    other = {"chart": [{**CONDITION, "code": LYMPHOMA}]} if slug == "tnm-stage" else {}
    work = fresh(all_forms()[slug], **other)
    assert asked(work) == ["other-cancer"]
    # A notice only leads to what is there instead.
    assert all(re.match(r"For .* there (is|are) ", n) for n in work.form.notices(work.subject))


@pytest.mark.parametrize("slug", UNFIT)
def test_it_is_taken_only_when_that_is_confirmed(slug):
    work = new(all_forms()[slug])
    assert written(work)
    work.confirmed.clear()
    assert not work.validate()
    assert asked(work) == ["other-cancer"]


@pytest.mark.parametrize("slug", FIT)
def test_a_form_that_goes_with_the_cancer_does_not_ask(slug):
    assert asked(fresh(all_forms()[slug])) == []


@pytest.mark.parametrize("slug", ["ecog", "karnofsky"])
def test_a_scale_for_adults_asks_for_a_child(slug):
    work = fresh(all_forms()[slug], patient=CHILD)
    assert "is for patients of 16 years and more, and the patient’s age is 8y" in str(
        work.questions
    )
    assert asked(fresh(Lansky, patient=CHILD)) == []


def test_a_child_s_scale_names_the_age_of_an_adult():
    (question,) = fresh(Lansky).questions
    assert question.text == (
        "“Lansky play performance status” is for children from 1 to 16 years, and the patient’s "
        "age is 62y. Tick to record it all the same"
    )


def test_what_stands_in_the_chart_is_not_asked_about_again():
    (stage,) = written(new(LymphomaStage))
    work = existing(LymphomaStage, {**stage, "id": "stage"}, note="seen again")
    assert work.validate(), work.problems()


def test_a_test_of_another_organ_is_asked_about():
    psa = "http://loinc.org|2857-1"
    work = new(TumorMarkerTest, test=psa)
    work.validate()
    assert "test-of-another-cancer" in asked(work)
    assert asked(fresh(TumorMarkerTest)) == []


def test_a_grading_of_another_cancer_is_asked_about():
    work = new(TumorMorphology, system="http://snomed.info/sct|897202005")
    assert not work.validate()
    assert asked(work) == ["grading-of-another-cancer"]
    assert new(TumorMorphology, system="http://snomed.info/sct|449205006").validate()
