import copy

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form

from app.forms._answers import AS_RECORDED
from app.forms._elements.datatypes import Unit
from app.forms._fields.numbers import Sizes
from app.forms.tumor_size import Dimensions
from app.terminology.concept import Concept
from tests.forms.answering import lengths

LOINC = "http://loinc.org"
UNITS = (Unit("mm", "mm"), Unit("cm", "cm"))
SIZE = Dimensions(Concept(LOINC, "33728-7", "Longest"), Concept(LOINC, "33729-5", "Other"), UNITS)


def component(code, value=None, unit="cm", **more):
    entry = {"code": {"coding": [{"system": LOINC, "code": code}]}, **more}
    if value is not None:
        ucum = "http://unitsofmeasure.org"
        entry["valueQuantity"] = {"value": value, "unit": unit, "system": ucum, "code": unit}
    return entry


def longest(value=None, unit="cm", **more):
    return component("33728-7", value, unit, **more)


def other(value=None, unit="cm", **more):
    return component("33729-5", value, unit, **more)


@pytest.mark.parametrize(
    ("components", "shown", "recorded"),
    [
        ([], None, ""),
        ([component("1")], None, ""),
        ([longest(1.2), other(0.5)], lengths("1.2", "0.5", unit="cm"), ""),
        (
            [other(5, "mm"), longest(12, "mm"), other(4, "mm")],
            lengths(12, 5, 4, unit="mm"),
            "",
        ),
        ([longest(1.2), other(5, "mm")], AS_RECORDED, "1.2 cm x 5 mm"),
        ([longest(1.2, "[in_i]")], AS_RECORDED, "1.2 [in_i]"),
        ([longest(1), longest(2)], AS_RECORDED, "1 cm x 2 cm"),
        ([longest(4), other(3), other(2), other(1)], AS_RECORDED, "4 cm x 3 cm x 2 cm x 1 cm"),
        ([other(3)], AS_RECORDED, "3 cm"),
        ([longest(dataAbsentReason={"text": "unknown"})], AS_RECORDED, "recorded without a number"),
    ],
)
def test_dimensions_in_one_unit_are_read_and_stay_as_they_are(components, shown, recorded):
    resource = {"component": components} if components else {}
    before = copy.deepcopy(resource)
    assert SIZE.read(resource) == shown
    assert SIZE.recorded(resource) == recorded
    SIZE.write(resource, shown)
    assert resource == before


def test_a_changed_dimension_changes_its_number_alone():
    kept = {"interpretation": [{"text": "larger"}]}
    resource = {"component": [component("1"), longest(1.2, id="a", **kept), other(0.5, id="b")]}
    SIZE.write(resource, lengths("1.3", "0.5", unit="cm"))
    (_, first, second) = resource["component"]
    assert {**first, "valueQuantity": None} == {
        **longest(id="a", **kept),
        "valueQuantity": None,
    }
    assert str(first["valueQuantity"]["value"]) == "1.3"
    assert second == other(0.5, id="b")


def test_dimensions_are_added_and_taken_away():
    resource = {"component": [component("1"), longest(12, "mm"), other(5, "mm")]}
    SIZE.write(resource, lengths(12, 5, 4, unit="mm"))
    assert [c["valueQuantity"]["value"] for c in resource["component"][1:]] == [12, 5, 4]
    SIZE.write(resource, lengths(12, unit="mm"))
    assert resource == {"component": [component("1"), longest(12, "mm")]}
    SIZE.write(resource, None)
    assert resource == {"component": [component("1")]}


def test_a_number_takes_the_place_of_the_reason_to_have_none():
    resource = {"component": [longest(dataAbsentReason={"text": "unknown"})]}
    SIZE.write(resource, lengths(12, unit="mm"))
    assert resource == {"component": [longest(12, "mm")]}


class Asks(Form):
    size = Sizes("Size", missing="Enter the longest dimension", units=UNITS)


def typed(first="", second="", third="", unit=""):
    names = ("size", "size-second", "size-third", "size-unit")
    return MultiDict(zip(names, (first, second, third, unit), strict=True))


@pytest.mark.parametrize(
    ("boxes", "data", "error"),
    [
        (("28", "21", "", "mm"), lengths(28, 21, unit="mm"), None),
        ((" 2.80 ", "", "", "cm"), lengths("2.80", unit="cm"), None),
        (("", "", "", "mm"), None, "Enter the longest dimension"),
        (("28", "", "", ""), lengths(28, unit=""), "Choose the unit"),
        (("28", "", "", "km"), lengths(28, unit="km"), "Choose the unit"),
        (("21", "28", "", "mm"), None, "Enter the longest dimension in the first box"),
        (
            ("28", "", "21", "mm"),
            None,
            "Enter the dimensions without an empty box between them",
        ),
        (("big", "", "", "mm"), None, "Enter a number above 0, such as 12 or 0.5, in each box"),
        (("0", "", "", "mm"), None, "Enter a number above 0, such as 12 or 0.5, in each box"),
    ],
)
def test_the_boxes_give_one_answer_or_a_sentence(boxes, data, error):
    form = Asks(typed(*boxes))
    assert form.size.data == data
    assert tuple(form.size.typed.values()) == tuple(box.strip() for box in boxes)
    assert form.validate() is (error is None)
    assert list(form.size.errors) == ([error] if error else [])


def test_the_answer_fills_the_boxes():
    form = Asks()
    form.size.process(None, lengths(28, 21, unit="mm"))
    assert form.size.typed == {"": "28", "second": "21", "third": "", "unit": "mm"}
    assert form.size.display_of(form.size.data) == "28 x 21 mm"


def test_what_the_chart_holds_stays_until_a_box_is_filled():
    form = Asks()
    form.size.keep("1.2 cm x 5 mm")
    form.process(typed())
    assert form.size.data == AS_RECORDED
    assert form.validate()
    assert form.size.display_of(AS_RECORDED) == "1.2 cm x 5 mm (as in the chart)"
    form.process(typed("12", "5", "", "mm"))
    assert form.size.data == lengths(12, 5, unit="mm")
