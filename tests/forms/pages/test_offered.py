"""A code that is still to be typed stands in the way only where no answer would be allowed."""

import pytest

from app.forms._pages.permission import offers_allowed_code
from app.forms._registry import all_forms
from app.smart.scopes import Scopes
from tests.forms.patient import AUTHOR
from tests.forms.test_every_form import subject_of

LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
STAGING = f"{SNOMED}|399588009,{SNOMED}|384625004"


def offered(slug, scope):
    form, subject = all_forms()[slug](), subject_of(all_forms()[slug])
    form.prepare(subject)
    part = form.parts[-1]
    made = form.new_resource(part, subject, AUTHOR)
    return offers_allowed_code(Scopes.parse(scope), form, part, made)


@pytest.mark.parametrize(
    ("slug", "condition", "expected"),
    [
        ("tumor-marker-test", f"code={LOINC}|6875-9", True),
        ("tumor-marker-test", f"code={STAGING}", False),
        ("tumor-marker-test", f"code={STAGING},{LOINC}|6875-9", True),
        ("cancer-stage", f"code={SNOMED}|385361009", True),
        ("cancer-stage", f"code={STAGING}", False),
        ("primary-cancer", f"code={ICD10CM}|C34.12", True),
        ("primary-cancer", f"code={LOINC}|6875-9", False),
        ("medication-request", f"code={RXNORM}|3639", True),
        ("medication-request", f"code={STAGING}", False),
        # Whose code is not said by its system may be any.
        ("tumor-marker-test", "code=399588009", True),
        ("tumor-marker-test", f"code={SNOMED}|", True),
        # Not of codes.
        ("tumor-marker-test", "category=laboratory", True),
        # Its code is fixed, and compared elsewhere.
        ("ecog", f"code={STAGING}", True),
    ],
)
def test_an_answer_with_an_allowed_code_is_looked_for(slug, condition, expected):
    type_ = all_forms()[slug].parts[-1].type
    assert offered(slug, f"patient/*.rs patient/{type_}.c?{condition}") is expected


def test_a_grant_of_all_needs_no_looking():
    assert offered("tumor-marker-test", "patient/*.cruds")
