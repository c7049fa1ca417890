"""The components of forms: every control has a name, its errors and hints belong to it."""

from types import SimpleNamespace

import pytest
from flask import render_template_string

from app.forms._elements.datatypes import Unit
from app.forms._fields.base import Asked, Option
from app.forms._registry import all_forms


def field(**more):
    return SimpleNamespace(
        **{
            "name": "t",
            "text": "",
            "errors": [],
            "options": [Option("1", "cT1"), Option("2", "cT2")],
            "depends_on": None,
            "typed": {"day": "", "month": "", "year": ""},
            **more,
        }
    )


@pytest.fixture
def component(app):
    def make(name, *args, **kwargs):
        call = (
            f"{{% from 'components/{name}.html' import {name} %}}{{{{ {name}(*args, **kwargs) }}}}"
        )
        with app.test_request_context("/"):
            return " ".join(render_template_string(call, args=args, kwargs=kwargs).split())

    return make


def _fields_of(made):
    """Return the classes of fields below one, those that a form can show."""
    return [
        found
        for below in made.__subclasses__()
        for found in [*([below] if hasattr(below, "macro") else []), *_fields_of(below)]
    ]


FIELDS = sorted({*_fields_of(Asked)} if all_forms() else (), key=lambda made: made.__name__)


@pytest.mark.parametrize("made", FIELDS)
def test_a_field_names_the_macro_that_shows_it(app, made):
    template = app.jinja_env.get_template(f"components/{made.macro}.html")
    macro = getattr(template.module, made.macro)
    assert macro.arguments == ("field", "label", "hint", "origin", "optional", "page")


CONTROLS = ("choices", "select", "date_input", "text_input", "text_area")


@pytest.mark.parametrize("name", CONTROLS)
def test_an_error_stands_at_the_field_and_describes_it(component, name):
    html = component(name, field(errors=["Choose the T category"]), "T", hint="As seen on imaging")
    assert 'id="t-error"' in html
    assert "Choose the T category" in html
    described = html.split('aria-describedby="')[1].split('"')[0].split()
    assert described == ["t-hint", "t-error"]


@pytest.mark.parametrize("name", CONTROLS)
def test_the_origin_of_a_value_is_told_and_described(component, name):
    html = component(name, field(), "T", origin="cT2, 12-Mar-2026, Dr Owen")
    assert "cT2, 12-Mar-2026, Dr Owen" in html
    assert 'aria-describedby="t-origin' in html


@pytest.mark.parametrize("name", CONTROLS)
def test_optional_is_a_word_and_nothing_is_described_by_nothing(component, name):
    html = component(name, field(), "T", optional=True)
    assert "(optional)" in html
    assert "aria-describedby" not in html
    assert "*" not in html


@pytest.mark.parametrize("name", CONTROLS)
def test_the_address_of_an_error_leads_to_the_field(component, name):
    assert component(name, field(errors=["Enter it"]), "T").count('id="t"') == 1


@pytest.mark.parametrize("name", CONTROLS)
def test_what_was_typed_is_escaped(component, name):
    evil = '"><script>'
    options = [Option(evil, evil)]
    html = component(
        name,
        field(text=evil, options=options, typed={"day": evil, "year": evil}, errors=[evil]),
        evil,
    )
    assert "<script>" not in html


def test_the_chosen_box_alone_is_checked(component):
    html = component("choices", field(text="2"), "T")
    assert html.count(" checked") == 1
    assert 'value="2" checked' in html


def test_a_folded_answer_that_is_chosen_is_in_sight(component):
    options = [Option("1", "cT1"), Option("2", "cT1(m)", folded=True)]
    assert "<details" in component("choices", field(options=options), "T")
    assert " open>" not in component("choices", field(options=options), "T")
    assert " open>" in component("choices", field(options=options, text="2"), "T")


def test_answers_that_depend_on_another_field_name_it_and_stand_under_their_group(component):
    options = [
        Option("1", "I", only_for=("rai",), group="Rai stage"),
        Option("2", "II", only_for=("rai",), group="Rai stage"),
        Option("3", "A", only_for=("binet",), group="Binet"),
    ]
    html = component("choices", field(options=options, depends_on="system"), "Stage")
    assert 'data-depends="system"' in html
    assert html.count('data-for="rai"') == 3
    assert html.count('class="group"') == 2
    assert html.count('id="t-rai-stage"') == 1
    assert html.count('aria-describedby="t-rai-stage"') == 2
    for name in ("select", "checks"):
        html = component(name, field(options=options, depends_on="system"), "Stage")
        assert 'data-depends="system"' in html
        assert html.count('data-for="binet"') == 1


def test_a_date_has_three_named_boxes_that_keep_what_was_typed(component):
    html = component(
        "date_input", field(typed={"day": "31", "month": "feb", "year": "26"}), "Date of staging"
    )
    for box, value in (("day", "31"), ("month", "feb"), ("year", "26")):
        assert f'name="t-{box}" value="{value}"' in html
    assert html.count('inputmode="numeric"') == 2


def test_the_unit_stands_beside_the_box_and_in_the_label(component):
    item = field(typed={"": "12", "unit": "mm"}, units=[Unit("mm", "mm")], any_unit=False)
    html = component("measure", item, "Tumor size")
    assert "in mm" in html
    assert '<span aria-hidden="true">mm</span>' in html


@pytest.mark.parametrize("ticked", [True, False])
def test_a_confirmation_is_a_tick_with_its_question(component, ticked):
    html = component("confirm", "confirm-late", "The date is after the death", ticked)
    assert ('value="yes" checked' in html) is ticked
    assert "<span>The date is after the death</span>" in html


def test_the_error_summary_can_take_the_focus_and_links_to_the_fields(component):
    html = component("error_summary", [("Choose the N category", "#n")])
    assert 'role="alert" tabindex="-1"' in html
    assert '<a href="#n">Choose the N category</a>' in html
    assert component("error_summary", []) == ""


def test_a_fact_without_a_value_reads_no_data(component):
    assert "<dd> No data" in component("details", [("Grade", "")])


def test_a_badge_says_in_words_what_its_sign_shows(component):
    html = component("badge", "Positive", "action", "+")
    assert html == '<span class="badge action"><span aria-hidden="true">+</span> Positive</span>'


@pytest.mark.parametrize(
    ("act", "before", "shown"),
    [("new", "No data", "No data"), ("amended", "pN1a", "<del>pN1a</del>")],
)
def test_a_row_of_the_review_sets_old_beside_new(component, act, before, shown):
    line = SimpleNamespace(label="Edition", before="AJCC 7", after="AJCC 8")
    row = SimpleNamespace(
        write=SimpleNamespace(label="Regional nodes (N)", act=act, version="1"),
        before=before,
        after="pN1a(sn)",
        lines=[line],
    )
    html = component("record_row", row)
    assert '<th scope="row">Regional nodes (N)</th>' in html
    assert shown in html
    assert "<ins>pN1a(sn)</ins>" in html
    assert ("before: AJCC 7" in html) is (act == "amended")


def test_dimensions_have_a_name_each_and_a_unit_for_all_that_has_to_be_chosen(component):
    item = field(
        units=[Unit("mm", "mm"), Unit("cm", "cm")],
        typed={"": "1.2", "second": "", "third": "", "unit": "cm"},
        kept="",
        errors=["Choose the unit"],
    )
    html = component("sizes", item, "Size")
    for words in ("Longest dimension", "Second dimension", "Third dimension"):
        assert words in html
    assert 'id="t" name="t" value="1.2"' in html
    assert html.count("checked") == 1
    assert 'value="cm" checked' in html
    assert 'aria-describedby="t-error' in html
