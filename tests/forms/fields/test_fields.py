import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form

from app.forms._answers import Absent, PartialDate, Ratio
from app.forms._elements.datatypes import Unit
from app.forms._fields.base import FreeText, Option
from app.forms._fields.choices import CodedSelect
from app.forms._fields.dates import DateBoxes
from app.forms._fields.lines import RatioOf, WholeNumber
from app.forms._fields.numbers import Measure
from tests.forms.answering import amount


class Entry(Form):
    day = DateBoxes("Date", missing="Enter the date")
    kind = CodedSelect(
        "Kind", missing="Choose the kind", options=[Option("a", "A")], absent=("unknown",)
    )
    note = FreeText("Note")


def filled(**sent):
    form = Entry(MultiDict({"kind": "a", "day-year": "2026", **sent}))
    form.validate()
    return form


@pytest.mark.parametrize(
    ("day", "month", "year", "expected"),
    [
        ("28", "4", "2026", PartialDate(2026, 4, 28)),
        ("1", "apr", "2026", PartialDate(2026, 4, 1)),
        ("29", "February", "2024", PartialDate(2024, 2, 29)),
        ("", "Sep.", "2026", PartialDate(2026, 9)),
        ("", "", "2026", PartialDate(2026)),
    ],
)
def test_a_date_may_be_partial_and_its_month_a_word(day, month, year, expected):
    form = filled(**{"day-day": day, "day-month": month, "day-year": year})
    assert not form.errors
    assert form.day.data == expected


@pytest.mark.parametrize(
    ("day", "month", "year", "sentence"),
    [
        ("31", "4", "2026", "Enter a day from 1 to 30"),
        ("29", "2", "2026", "Enter a day from 1 to 28"),
        ("3", "", "2026", "Enter the month, or leave the day empty too"),
        ("3", "13", "2026", "Enter the month as a number or a name, such as 4 or apr"),
        ("3", "nonsense", "2026", "Enter the month as a number or a name, such as 4 or apr"),
        ("3", "4", "26", "Enter the year with four digits, such as 2026"),
        ("3", "4", "²⁰²⁶", "Enter the year with four digits, such as 2026"),
        ("٣", "4", "2026", "Enter a day from 1 to 30"),
        ("0", "4", "2026", "Enter a day from 1 to 30"),
        ("3" * 5000, "4", "2026", "Enter a day from 1 to 30"),
        ("3", "4" * 5000, "2026", "Enter the month as a number or a name, such as 4 or apr"),
        ("3", "4", "0026", "Enter a year after 1900"),
        ("", "", "", "Enter the date"),
    ],
)
def test_a_date_that_cannot_be_says_what_to_enter_and_keeps_what_was_typed(
    day, month, year, sentence
):
    form = filled(**{"day-day": day, "day-month": month, "day-year": year})
    assert form.errors["day"] == [sentence]
    assert form.day.typed == {"day": day, "month": month, "year": year}


@pytest.mark.parametrize(
    ("text", "boxes"),
    [
        ("2026-04-08", ("8", "Apr", "2026")),
        ("2026-04", ("", "Apr", "2026")),
        ("2026", ("", "", "2026")),
        ("", ("", "", "")),
    ],
)
def test_a_recorded_date_fills_its_boxes_and_comes_back_the_same(text, boxes):
    form = Entry()
    form.day.process(None, PartialDate.of(text))
    assert tuple(form.day.typed.values()) == boxes
    if text:
        again = filled(**dict(zip(("day-day", "day-month", "day-year"), boxes, strict=True)))
        assert again.day.data == PartialDate.of(text)


def test_an_answer_that_is_not_offered_is_refused_with_the_act_to_do():
    assert filled(kind="b").errors["kind"] == ["Choose the kind"]
    assert filled(kind="").errors["kind"] == ["Choose the kind"]


def test_not_known_is_an_answer_where_the_form_allows_it():
    known = filled(kind="absent:unknown")
    assert (known.errors, known.kind.data) == ({}, Absent("unknown"))
    assert filled(kind="absent:not-performed").errors["kind"] == ["Choose the kind"]


def test_what_the_chart_holds_is_kept_although_the_list_lacks_it():
    form = Entry()
    form.kind.keep("Stage 2b, local")
    form.process(MultiDict({"kind": "as-recorded", "day-year": "2026"}))
    assert form.validate()
    assert form.kind.display_of(form.kind.data) == "Stage 2b, local (as in the chart)"


def test_a_note_has_an_end_and_unix_line_ends():
    assert filled(note="one\r\ntwo").note.data == "one\ntwo"
    assert filled(note="a\x00b").errors["note"] == ["Remove the control characters from the note"]
    assert filled(note="x" * 2001).errors["note"] == ["Shorten the note to 2000 characters"]


class Sized(Form):
    size = Measure("Size", missing=None, units=[Unit("mm", "mm"), Unit("cm", "cm")], most="100")


@pytest.mark.parametrize(
    ("held", "sent", "sentences"),
    [
        (amount(4, "[in_i]"), amount(4, "[in_i]"), []),
        (amount(4, "[in_i]"), amount(400, "[in_i]"), []),
        (amount(4, "[in_i]"), amount(400, "mm"), ["Enter a number of at most 100"]),
        (amount(4, "mm"), amount(4, "[in_i]"), ["Choose the unit"]),
        (None, amount(4, "[in_i]"), ["Choose the unit"]),
    ],
)
def test_the_chart_s_own_unit_may_be_sent_back_and_no_other(held, sent, sentences):
    form = Sized()
    if held:
        form.size.allow(held)
    form.process(MultiDict({"size": str(sent.value), "size-unit": sent.unit}))
    form.validate()
    assert list(form.size.errors) == sentences
    assert form.size.data == sent


class Typed(Form):
    result = Measure("Result", missing=None, units=[Unit("ng/mL", "ng/mL")], any_unit=True)
    ratio = RatioOf("Ratio", missing=None)


DROPS = Ratio(amount(3, "drops"), amount(1, "mL"))
UCUM = ["Enter the unit as a UCUM code, such as ng/mL"]


@pytest.mark.parametrize(
    ("held", "sent", "sentences"),
    [
        (None, amount(4, "ng/mL"), []),
        (None, amount(4, "U/mL"), []),
        (None, amount(4), []),
        (None, amount(4, "banana/wk"), UCUM),
        (None, amount(4, "IU/mL"), ["Enter the unit as a UCUM code: [IU]/mL"]),
        (amount(4, "banana/wk"), amount(4, "banana/wk"), []),
        (amount(4, "banana/wk"), amount(5, "banana/wk"), []),
        (amount(4, "banana/wk"), amount(5, "apple/wk"), UCUM),
        (amount(4, "banana/wk"), amount(5, "U/mL"), []),
    ],
)
def test_a_typed_unit_is_a_ucum_code_or_the_chart_s_own(held, sent, sentences):
    form = Typed()
    if held:
        form.result.allow(held)
    form.process(MultiDict({"result": str(sent.value), "result-unit": sent.unit}))
    form.validate()
    assert list(form.result.errors) == sentences
    assert form.result.data == sent


@pytest.mark.parametrize(
    ("held", "sent", "sentences"),
    [
        (None, Ratio(amount(1), amount(40)), []),
        (None, Ratio(amount(3, "mg"), amount(1, "mL")), []),
        (None, Ratio(amount(3, "mg"), amount(1, "banana")), UCUM),
        (None, Ratio(amount(3, "mcg"), amount(1, "mL")), ["Enter the unit as a UCUM code: ug"]),
        (DROPS, Ratio(amount(4, "drops"), amount(1, "mL")), []),
        (DROPS, Ratio(amount(4, "drips"), amount(1, "mL")), UCUM),
    ],
)
def test_the_units_of_a_ratio_are_ucum_codes_or_the_chart_s_own(held, sent, sentences):
    form = Typed()
    form.ratio.allow(held)
    form.process(MultiDict({"ratio": str(sent)}))
    form.validate()
    assert list(form.ratio.errors) == sentences
    assert form.ratio.data == sent


class Counted(Form):
    count = WholeNumber("Count", missing=None, most=99)
    weight = Measure("Weight", missing=None, units=[Unit("kg", "kg")])
    ratio = RatioOf("Ratio", missing=None)


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("count", "1" * 5000, "Enter a whole number from 0 to 99"),
        ("count", "1_0", "Enter a whole number from 0 to 99"),
        ("count", "١٢", "Enter a whole number from 0 to 99"),
        ("weight", "1e400", "Enter a number, such as 12 or 0.5"),
        ("weight", "7" * 5000, "Enter a number, such as 12 or 0.5"),
        ("weight", "١٢", "Enter a number, such as 12 or 0.5"),
        ("ratio", "١:٤٠", "Enter two numbers with a colon between, such as 1:40"),
    ],
)
def test_what_is_no_number_of_a_chart_is_told_at_the_field(name, typed, sentence):
    form = Counted(MultiDict({name: typed}))
    assert not form.validate()
    assert form.errors == {name: [sentence]}
