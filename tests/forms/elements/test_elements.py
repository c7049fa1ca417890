import copy

import pytest

from app.forms._answers import AS_RECORDED, Absent
from app.forms._elements.plain import Date, Note
from app.forms._elements.single import Coded
from app.forms._shared.scale import Scale
from app.terminology.concept import Concept
from app.terminology.lists import ConceptList
from tests.forms.answering import day

LISTED = (Concept("urn:s", "1", "One"), Concept("urn:s", "2", "Two"))
VALUE = Coded("valueCodeableConcept", ConceptList(lambda: LISTED), absent=True)
DATE = Date("effectiveDateTime")


def absent(code):
    system = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
    return {"coding": [{"system": system, "code": code}]}


def value(**element):
    return {"valueCodeableConcept": element}


@pytest.mark.parametrize(
    ("element", "resource", "shown"),
    [
        (VALUE, value(coding=[{"system": "urn:s", "code": "2"}]), LISTED[1]),
        (VALUE, value(coding=[{"system": "x", "code": "y"}]), AS_RECORDED),
        (VALUE, value(text="words only"), AS_RECORDED),
        (VALUE, {"dataAbsentReason": absent("not-applicable")}, Absent("not-applicable")),
        (VALUE, value(**absent("not-applicable")), Absent("not-applicable")),
        (VALUE, {}, None),
        (VALUE, {"valueCodeableConcept": "malformed"}, None),
        (DATE, {"effectiveDateTime": "2026-03-20T10:00:00Z"}, day("2026-03-20")),
        (DATE, {}, None),
        (Note(), {"note": [{"text": "seen"}, {"text": "again"}]}, "seen"),
    ],
)
def test_what_is_shown_and_sent_back_unchanged_changes_nothing(element, resource, shown):
    before = copy.deepcopy(resource)
    assert element.read(resource) == shown
    element.write(resource, shown)
    assert resource == before


def test_a_new_value_replaces_the_old_one_and_its_reason_to_be_absent():
    resource = {"status": "final", "dataAbsentReason": absent("unknown")}
    VALUE.write(resource, LISTED[0])
    assert resource == {"status": "final", "valueCodeableConcept": LISTED[0].codeable()}
    VALUE.write(resource, Absent("not-performed"))
    assert "valueCodeableConcept" not in resource
    assert resource["dataAbsentReason"]["coding"][0]["code"] == "not-performed"


def test_a_new_date_takes_no_extension_of_the_old_one_along():
    resource = {"effectiveDateTime": "2026-03", "_effectiveDateTime": {"extension": []}}
    DATE.write(resource, day("2026-04-01"))
    assert resource == {"effectiveDateTime": "2026-04-01"}


def test_other_notes_are_left_alone():
    resource = {"note": [{"text": "mine", "time": "2026"}, {"text": "another's"}]}
    Note().write(resource, "changed")
    assert resource["note"] == [{"text": "changed", "time": "2026"}, {"text": "another's"}]
    Note().write(resource, None)
    assert resource["note"] == [{"text": "another's"}]


SCALE = Scale({1: LISTED[0], 2: LISTED[1], "X": Concept("urn:s", "X", "Beside the scale")})


def scored(code):
    return {"coding": [{"system": "urn:s", "code": code}]}


@pytest.mark.parametrize(
    ("resource", "shown"),
    [
        ({"valueInteger": 2, "interpretation": [scored("2")]}, 2),
        ({"valueInteger": 2, "interpretation": [scored("2"), scored("X")]}, 2),
        ({"interpretation": [scored("2")]}, 2),
        ({"dataAbsentReason": absent("not-applicable"), "interpretation": [scored("X")]}, "X"),
        ({"dataAbsentReason": absent("unknown")}, None),
        ({}, None),
    ],
)
def test_a_score_sent_back_unchanged_changes_nothing(resource, shown):
    before = copy.deepcopy(resource)
    assert SCALE.read(resource) == shown
    SCALE.write(resource, shown)
    assert resource == before


def test_an_answer_that_is_no_number_stands_in_the_interpretation_alone():
    resource = {"valueInteger": 1, "interpretation": [scored("other"), scored("1")]}
    SCALE.write(resource, "X")
    assert [SCALE.read(resource), "valueInteger" in resource] == ["X", False]
    assert resource["interpretation"] == [scored("other"), SCALE.codes["X"].codeable()]
    assert resource["dataAbsentReason"] == absent("not-applicable")
    SCALE.write(resource, 2)
    assert resource == {
        "valueInteger": 2,
        "interpretation": [scored("other"), LISTED[1].codeable()],
    }


def test_a_new_score_leaves_what_is_said_beside_it():
    resource = {"valueInteger": 1, "interpretation": [scored("1"), scored("X")]}
    SCALE.write(resource, 2)
    assert resource["interpretation"] == [scored("X"), LISTED[1].codeable()]


@pytest.mark.parametrize(
    "concept",
    [
        {"text": "Mass,\r\nleft breast"},
        {"text": "Mass\tof the breast"},
        {"text": "w" * 5000},
        {"coding": [{"system": "urn:t", "code": "a|b"}], "text": "c"},
        {"coding": [{"system": "urn:t", "code": "a\nb"}], "text": "c"},
    ],
    ids=["lines", "tab", "long", "bar", "code of two lines"],
)
def test_words_that_a_page_would_not_bring_back_are_kept_as_recorded(concept):
    """A browser would send other line ends, and a draft keeps only so much."""
    element = Coded("code", ConceptList(tuple), extensible=True)
    resource = {"resourceType": "Condition", "code": concept}
    assert element.read(resource) == AS_RECORDED
    assert element.recorded(resource) == concept["text"]
    element.write(resource, element.read(resource))
    assert resource["code"] == concept
