"""What is written in a notation of its own: read as people write it, and written back as FHIR."""

import copy
from decimal import Decimal

import pytest

from app.forms._answers import AS_RECORDED, NumberRange
from app.forms._elements.datatypes import Instant, Interval
from app.forms._elements.paths import Choice
from app.forms._elements.plain import Words
from app.forms._shared.genomics import Symbol
from tests.forms.answering import moment

HGVS = "http://varnomen.hgvs.org"
CODED = Symbol("valueCodeableConcept", HGVS)
PLAIN = Symbol("valueCodeableConcept")
RANGE = Interval("valueRange")
ISSUED = Instant("issued")
DAY = "2019-04-01"


def concept(**element):
    return {"valueCodeableConcept": element}


def span(low, high):
    return {"valueRange": {"low": low, "high": high}}


@pytest.mark.parametrize(
    ("element", "resource", "shown", "beside"),
    [
        (CODED, concept(coding=[{"system": HGVS, "code": "c.1A>G"}]), "c.1A>G", ""),
        (CODED, concept(coding=[{"system": HGVS, "code": " c.1A>G "}]), "c.1A>G", ""),
        (CODED, concept(coding=[{"system": "urn:other", "code": "x"}], text="A"), None, "A"),
        (CODED, concept(text="as told"), None, "as told"),
        (CODED, concept(coding=[{"system": HGVS, "code": "c.1A>G\nc.2"}]), None, "c.1A>G\nc.2"),
        (CODED, {}, None, ""),
        (PLAIN, concept(text="17p13.1"), "17p13.1", ""),
        (
            PLAIN,
            concept(text="17p13.1", coding=[{"system": "urn:s", "code": "1"}]),
            None,
            "17p13.1",
        ),
        (PLAIN, {"valueCodeableConcept": "odd"}, None, ""),
        (RANGE, span({"value": 100}, {"value": Decimal(250)}), NumberRange(100, 250), ""),
        (RANGE, span({"value": 1, "unit": "kb"}, {"value": 2}), None, "1 to 2"),
        (RANGE, span({"value": Decimal("1.5")}, {"value": 2}), None, "1.5 to 2"),
        (RANGE, {"valueRange": {"low": {"value": 5}}}, None, "5 to …"),
        (
            ISSUED,
            {"issued": "2019-04-01T11:45:33+11:00"},
            moment("2019-04-01", "11:45:33", "+11:00"),
            "",
        ),
        (ISSUED, {"issued": "2019-04-01T11:45:00Z"}, moment(DAY, "11:45", "UTC"), ""),
        (
            ISSUED,
            {"issued": "2019-04-01T11:45:00.000Z"},
            moment("2019-04-01", "11:45:00.000", "UTC"),
            "",
        ),
        (ISSUED, {"issued": "2019-04-01"}, None, "2019-04-01"),
    ],
)
def test_what_is_sent_back_unchanged_changes_nothing(element, resource, shown, beside):
    before = copy.deepcopy(resource)
    assert element.read(resource) == shown
    assert element.recorded(resource) == beside
    element.write(resource, shown)
    assert resource == before


@pytest.mark.parametrize(
    ("element", "value", "written"),
    [
        (CODED, "c.1A>G", concept(coding=[{"system": HGVS, "code": "c.1A>G"}], text="c.1A>G")),
        (PLAIN, "17p13.1", concept(text="17p13.1")),
        (RANGE, NumberRange(100, 250), span({"value": 100}, {"value": 250})),
        (ISSUED, moment("2026-11-20", "14:30", "+01:00"), {"issued": "2026-11-20T14:30:00+01:00"}),
        (ISSUED, moment("2026-11-20", "14:30:12.5", "UTC"), {"issued": "2026-11-20T14:30:12.5Z"}),
    ],
)
def test_a_new_answer_takes_the_place_of_the_old_one_and_reads_the_same(element, value, written):
    old = {"valueCodeableConcept": {"text": "old"}, "valueRange": {}, "issued": "old"}
    resource = {"status": "final", element.name: old[element.name], f"_{element.name}": {}}
    if not isinstance(element, Instant):
        del resource[f"_{element.name}"]
    element.write(resource, value)
    assert resource == {"status": "final", **written}
    assert element.read(resource) == value
    element.write(resource, None)
    assert resource == {"status": "final"}


def test_a_value_that_another_field_asks_for_is_nothing_to_keep():
    finding = Choice("value", Words("valueString"), "valueString", others=("valueQuantity",))
    assert finding.read({"valueQuantity": {"value": 1}}) is None
    assert finding.read({"valueBoolean": True}) == AS_RECORDED
    measured = {"valueQuantity": {"value": 1}}
    finding.write(measured, None)
    assert measured == {"valueQuantity": {"value": 1}}
