"""Short texts about single resources."""

import pytest

from app.mcode.pathology import specimen
from app.mcode.values import result
from app.summary.display import author, shown
from tests.summary.resources import LOINC, NCIT, coded, condition, ecog, observation, record, status


def person(**name):
    return {"resourceType": "Practitioner", "id": "k", "name": [name]}


BY_K = {"performer": [{"reference": "Practitioner/k"}]}


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        ({"valueQuantity": {"value": 95, "unit": "%"}}, "95 %"),
        ({"valueQuantity": {"value": 2, "code": "1"}}, "2"),
        ({"valueBoolean": False}, "No"),
        ({"valueString": "see text"}, "see text"),
        ({"component": [{"code": {"text": "Longest"}, "valueInteger": 3}]}, "Longest: 3"),
        ({"dataAbsentReason": {"text": "Unknown"}}, "No data (unknown)"),
        ({}, "No data"),
    ],
)
def test_a_result_reads_whatever_its_type(resource, words):
    assert result({"resourceType": "Observation", **resource}) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ({"text": "Dr Owen Oncologist"}, "Dr Owen Oncologist"),
        ({"family": "Anydoc", "given": ["Kyle"], "prefix": ["Dr."]}, "Dr. Kyle Anydoc"),
        ({}, None),
    ],
)
def test_an_author_known_by_reference_is_named_as_one_says_it(name, words):
    found = record(condition(), ecog(), person(**name))
    assert author(found, {**ecog(), **BY_K}) == words


def test_the_name_in_the_resource_itself_comes_first():
    made = {"performer": [{"reference": "Practitioner/k", "display": "Dr Owen"}]}
    assert author(record(person(text="Somebody else")), made) == "Dr Owen"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            {"type": {"text": "Core biopsy"}, "collection": {"bodySite": {"text": "Breast"}}},
            "Core biopsy",
        ),
        (
            {
                "type": {"coding": [{"display": "Tissue"}]},
                "collection": {"bodySite": {"text": "Breast"}},
            },
            "Tissue, Breast",
        ),
        ({}, None),
    ],
)
def test_a_specimen_is_named_by_its_own_words_else_by_kind_and_site(more, words):
    sample = {
        "resourceType": "Specimen",
        "id": "s",
        "subject": {"reference": "Patient/p"},
        **more,
    }
    of = {"specimen": {"reference": "Specimen/s"}}
    assert specimen(record(condition(), sample), of) == words


def test_a_specimen_that_was_not_read_is_named_by_the_reference():
    assert specimen(record(), {"specimen": {"display": "Blood"}}) == "Blood"


def test_any_resource_can_be_shown_in_one_line():
    line = shown(record(), observation("x", coded(LOINC, "1", "Distress thermometer"), 4))
    assert (line.title, line.detail) == ("Distress thermometer", "Observation · 4 · 20-Mar-2026")
    assert shown(record(), observation("r", coded(NCIT, "C167435"), 1)).title == "Risk assessment"
    assert shown(record(), observation("x", coded(LOINC, "1"), 1)).title == "LOINC 1"
    assert shown(record(), {"resourceType": "Flag"}).title == "Flag"
    assert shown(record(), condition(recordedDate=None)).detail == "Condition · 12-Mar-2026"
    assert shown(record(), {}).title == "Resource"


def test_what_has_no_name_is_named_by_its_type_once():
    line = shown(record(), {"resourceType": "Provenance", "id": "p", "recorded": "2026-11-02"})
    assert (line.title, line.detail) == ("Provenance", "02-Nov-2026")


def test_a_disease_status_is_not_called_progression():
    named = status()
    named["code"]["text"] = "Cancer disease progression"
    assert shown(record(), named).title == "Disease status"
