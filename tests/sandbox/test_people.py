"""Patients and visits in words, whatever is missing."""

import pytest

from app.sandbox import people


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("2026-03-12", "12-Mar-2026"),
        ("2026-03", "Mar-2026"),
        ("2026", "2026"),
        ("2026-03-12T10:00:00Z", "12-Mar-2026"),
        (None, "no date"),
        ("soon", "no date"),
        (7, "no date"),
        ({}, "no date"),
        ("2026-13-40", "no date"),
    ],
)
def test_dates_are_written_as_precisely_as_they_are_known(value, words):
    assert people.date_text(value) == words


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ([], "No diagnosis recorded"),
        ([{"code": {"text": "Cold"}}], "Cold"),
        (
            [
                {"code": {"text": "Cold"}},
                {"code": {"text": "Lung", "coding": [{"code": "C34.1"}]}},
                {"code": {"text": "Bone", "coding": [{"code": "C79.5"}]}},
                {"code": {"coding": [{"code": "D05.1", "display": "In situ"}]}},
            ],
            "Lung; In situ",
        ),
        (
            [
                {"code": {"text": "Cold"}},
                {
                    "meta": {"profile": ["http://x/mcode-primary-cancer-condition|4.0.0"]},
                    "code": {"text": "Myeloma"},
                },
            ],
            "Myeloma",
        ),
        ([{"code": {"coding": "odd"}}, {"code": None}], "No diagnosis recorded"),
    ],
)
def test_the_diagnosis_is_the_primary_cancer_if_there_is_one(conditions, words):
    assert people.patient({"id": "x"}, conditions).diagnosis == words


def test_the_medical_record_number_goes_before_other_identifiers():
    identifiers = [
        {"value": "other"},
        {"type": {"coding": [{"code": "MR"}]}, "value": "103 27 02"},
    ]

    assert people.patient({"id": "x", "identifier": identifiers}).mrn == "103 27 02"


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        ({"id": "x"}, "x"),
        ({"id": "x", "name": [{"text": "Only Text"}]}, "Only Text"),
        ({"id": "x", "name": [{"family": "Curie"}]}, "CURIE"),
        (
            {
                "id": "x",
                "name": [
                    {"use": "old", "family": "Sklodowska"},
                    {"use": "official", "family": "Curie", "given": ["Marie"], "prefix": ["Dr"]},
                ],
            },
            "CURIE, Marie (Dr)",
        ),
        ({"id": "x", "name": "odd"}, "x"),
    ],
)
def test_names_are_written_as_a_chart_has_them(resource, words):
    assert people.name_of(resource, family_first=True) == words
