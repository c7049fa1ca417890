import pytest

from app.mcode.assembly import assemble
from app.mcode.conditions import disease_display, other_diseases

ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"


def condition(id_, words, code=None, status=None, **more):
    coding = [{"system": ICD10CM, "code": code}] if code else []
    told = {"clinicalStatus": {"coding": [{"code": status}]}} if status else {}
    return {
        "resourceType": "Condition",
        "id": id_,
        "subject": {"reference": "Patient/pat"},
        "code": {"text": words, "coding": coding},
        **told,
        **more,
    }


def ids(*conditions):
    record = assemble({"resourceType": "Patient", "id": "pat"}, conditions)
    return [found["id"] for found in other_diseases(record)]


def test_cancers_and_metastases_are_none_of_them_and_names_give_the_order():
    assert ids(
        condition("lung", "Lung cancer", "C34.90"),
        condition("bone", "Metastasis to bone", "C79.51"),
        condition("heart", "Heart failure", "I50.9"),
        condition("asthma", "asthma", "J45.909"),
    ) == ["asthma", "heart"]


def test_what_visits_repeat_comes_once_the_active_before_the_newest():
    assert ids(
        condition("new", "Asthma", "J45.909", "resolved", recordedDate="2026-02-01"),
        condition("active", "Asthma", "J45.909", "active", recordedDate="2020-02-01"),
        condition("old", "Gout", recordedDate="2020"),
        condition("newer", "gout", recordedDate="2021"),
    ) == ["active", "newer"]


def test_a_condition_without_a_name_is_not_offered():
    assert ids(condition("nameless", "", status="active")) == []


@pytest.mark.parametrize(
    ("status", "verification", "words"),
    [
        ("active", "confirmed", "Asthma"),
        (None, None, "Asthma"),
        ("resolved", "confirmed", "Asthma (resolved)"),
        ("active", "unconfirmed", "Asthma (unconfirmed)"),
        ("remission", "provisional", "Asthma (remission, provisional)"),
    ],
)
def test_a_disease_that_is_not_active_or_not_sure_says_so(status, verification, words):
    told = {"verificationStatus": {"coding": [{"code": verification}]}} if verification else {}
    assert disease_display(condition("a", "Asthma", status=status, **told)) == words
