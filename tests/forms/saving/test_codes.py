"""Codes whose words are not the app's own are told as codes in the review."""

import pytest

from app.forms._registry import all_forms
from app.forms._saving.plan import plan_entry
from app.forms._saving.review import record_rows, unlisted_codes
from app.forms.primary_cancer import PrimaryCancer
from app.terminology.systems import ICD10CM, SNOMED
from tests.forms import valid
from tests.forms.entering import new, subject_of
from tests.forms.patient import AUTHOR
from tests.forms.test_every_form import confirmed

LABEL = "Codes of no list of the app"


def told(work):
    plan = plan_entry(work.form, work.subject, AUTHOR, "draft")
    return [
        line.after for row in record_rows(plan, {}) for line in row.lines if line.label == LABEL
    ]


@pytest.mark.parametrize(
    ("disease", "expected"),
    [
        (
            f"{ICD10CM}|D22.9|Malignant melanoma",
            "“Malignant melanoma” as ICD-10-CM D22.9, which is “Melanocytic nevi, unspecified”",
        ),
        (
            f"{SNOMED}|372244006|Benign nevus, malignant",
            "“Benign nevus, malignant” as SNOMED CT 372244006",
        ),
    ],
)
def test_a_code_with_words_of_another_is_told_with_what_it_means(disease, expected):
    work = new(PrimaryCancer, disease=disease, side="", site="", histology="")
    assert work.validate() or work.questions, work.problems()
    assert told(work) == [expected]


def test_words_without_a_code_and_codes_with_their_own_words_are_not_told_twice():
    own = {
        "coding": [{"system": ICD10CM, "code": "C43.9"}],
        "text": "Malignant melanoma of skin, unspecified",
    }
    assert unlisted_codes({"code": own, "bodySite": [{"text": "Leg"}]}) == []


@pytest.mark.parametrize("form_class", all_forms().values(), ids=lambda form: form.slug)
def test_of_typical_answers_only_the_typed_codes_are_told(form_class):
    subject = subject_of(form_class)
    work = confirmed(form_class, subject, valid.typical(form_class, subject))
    assert work.validate()
    typed = {
        key.split("|")[1]
        for item in work.form.asked.values()
        for key in (item.text or "").split("\n")
        if key.count("|") == 2
    }
    assert all(any(f" {code}" in line for code in typed) for line in told(work))
