"""Rows of a form that are entries of one list, and the words of "other"."""

import copy

import pytest
from werkzeug.datastructures import MultiDict

from app.forms._answers import text_of
from app.forms._definition import Fold, Part
from app.forms._elements.datatypes import Amount
from app.forms._elements.paths import Ext, Listed, Nth, Replaced, Within, drop
from app.forms._elements.plain import Whole, Words
from app.forms._elements.single import OtherWords
from app.forms._fields.base import Target
from app.forms._fields.lines import ShortText, WholeNumber
from app.forms._pages.workspace import answers_of
from app.forms._rows import Rows, RowsForm
from app.terminology.concept import Concept
from tests.forms.answering import amount

URL = "urn:dose"
OTHER = Concept("urn:null", "UNC", "un-encoded")


def _row(number):
    def place(element):
        return Target(("main",), Within((Nth(Ext(URL), number - 1),), element))

    return {
        "site": ShortText("Site", missing=None, target=place(Words("valueString"))),
        "dose": WholeNumber(
            "Dose",
            missing=None,
            most=99,
            target=place(Within((Ext("dose"),), Whole("valueInteger"))),
        ),
    }


ROWS = Rows("Dose", Ext(URL), 3, (("site",), Fold("More", (("dose",),))), _row)


class Doses(RowsForm):
    parts = (Part("main", "Doses", "urn:profile", type="Procedure"),)
    repeated = (ROWS,)
    rows = (*ROWS.page, ("note",))

    note = ShortText("Note", missing=None, target=Target(("main",), Words("note")))


def entry(site=None, dose=None, **more):
    found = {"url": URL, **more}
    if site:
        found["valueString"] = site
    if dose:
        found["extension"] = [{"url": "dose", "valueInteger": dose}]
    return found


OTHER_URL = {"url": "urn:other", "valueString": "kept"}


def filled(resource, **answers):
    """Return the resource after a person changed some answers of the form."""
    after = copy.deepcopy(resource)
    part = Doses.parts[0]
    form = Doses()
    held = form.load({"main": resource})
    named = {name.replace("_", "-"): value for name, value in answers.items()}
    texts = {name: text_of(answer) for name, answer in held.items()}
    form.process(MultiDict({**texts, **named}))
    unchanged = {name for name, answer in held.items() if form[name].data == answer}
    form.fill(after, part, unchanged)
    return after


def doses(*entries):
    return {"resourceType": "Procedure", "extension": list(entries)}


def test_each_row_reads_its_own_extension():
    resource = doses(entry("chest", 20), OTHER_URL, entry(dose=30))
    assert Doses().load({"main": resource}) == {
        "site-1": "chest",
        "dose-1": 20,
        "site-2": None,
        "dose-2": 30,
        "site-3": None,
        "dose-3": None,
        "note": None,
    }


@pytest.mark.parametrize(
    "resource",
    [
        doses(entry("chest", 20), OTHER_URL, entry(dose=30)),
        doses({"url": URL}, entry("chest")),
        doses(entry(), entry(extra=1), entry("a"), entry("b"), entry("c")),
        {"resourceType": "Procedure"},
        {"resourceType": "Procedure", "extension": "malformed"},
    ],
)
def test_an_untouched_form_writes_nothing(resource):
    assert filled(resource) == resource
    changed = filled(resource, note="seen")
    assert changed.pop("note") == "seen"
    assert changed == resource


def test_one_answer_changes_one_extension():
    resource = doses(entry("chest", 20, id="a"), OTHER_URL, entry("arm", 30, id="b"))
    assert filled(resource, dose_2="31") == doses(
        entry("chest", 20, id="a"), OTHER_URL, entry("arm", 31, id="b")
    )


def test_an_emptied_row_takes_its_extension_away_with_all_that_is_in_it():
    unknown = {"url": "unknown", "valueString": "of the dose"}
    first = {**entry("chest"), "extension": [{"url": "dose", "valueInteger": 20}, unknown]}
    resource = doses(first, OTHER_URL, entry("arm", 30), entry("leg"))
    assert filled(resource, site_1="", dose_1="") == doses(
        OTHER_URL, entry("arm", 30), entry("leg")
    )


def test_a_row_that_is_half_emptied_keeps_the_rest():
    unknown = {"url": "unknown", "valueString": "of the dose"}
    first = {**entry("chest"), "extension": [{"url": "dose", "valueInteger": 20}, unknown]}
    assert filled(doses(first), dose_1="") == doses({**entry("chest"), "extension": [unknown]})


def test_rows_may_be_emptied_changed_and_added_at_once():
    resource = doses(entry("chest", 20), entry("arm", 30))
    after = filled(resource, site_1="", dose_1="", dose_2="31", site_3="leg")
    assert after == doses(entry("arm", 31), entry("leg"))


def test_new_rows_come_in_their_order_without_gaps():
    after = filled({"resourceType": "Procedure"}, site_1="chest", dose_3="3")
    assert after == doses(entry("chest"), entry(dose=3))
    assert "extension" not in filled(after, site_1="", dose_1="", dose_2="")


def test_an_extension_that_no_field_can_read_stays():
    resource = doses(entry(valueCode="x"), entry("arm"))
    assert filled(resource, site_2="") == doses(entry(valueCode="x"))


def test_further_rows_are_behind_their_titles():
    first, folded, second, third, note = Doses.rows
    assert (first, note) == (("site-1",), ("note",))
    assert folded == Fold("More", (("dose-1",),))
    assert [second.title, third.title] == ["Dose 2", "Dose 3"]
    assert third.rows == (("site-3",), ("dose-3",))


def test_what_has_no_row_is_told(make_subject):
    resource = doses(*(entry(site) for site in "abcde"))
    subject = make_subject()
    assert Doses().notices(subject) == []
    amended = type(subject)(
        subject.record, "pat", subject.primary, subject.today, {"main": resource}
    )
    (told,) = Doses().notices(amended)
    assert "“Dose”" in told
    assert "2 further" in told
    assert filled(resource, site_3="") == doses(*(entry(site) for site in "abde"))


def test_a_draft_keeps_whose_answer_counts_in_a_row():
    sent = {"dose-2": "31", "resolve-dose-2": "mine", "resolve-<b>": "mine", "dose-9": "1"}
    assert answers_of(sent, Doses) == {"dose-2": "31", "resolve-dose-2": "mine"}


def test_rows_may_be_entries_of_any_list():
    first, third = (
        Within((Nth(Listed("suspectEntity"), place), Listed("causality")), Words("author"))
        for place in (0, 2)
    )
    resource = {"resourceType": "AdverseEvent"}
    third.write(resource, "Owen")
    assert resource["suspectEntity"] == [{}, {}, {"causality": [{"author": "Owen"}]}]
    assert (first.read(resource), third.read(resource)) == (None, "Owen")
    drop(resource, "suspectEntity", resource["suspectEntity"][:2])
    assert first.read(resource) == "Owen"


def other(text=None, code="UNC"):
    concept = {"coding": [{"system": "urn:null", "code": code}]}
    return {"url": URL, "valueCodeableConcept": {**concept, **({"text": text} if text else {})}}


def test_the_words_of_other_are_the_text_of_its_concept():
    element = OtherWords(URL, OTHER)
    resource = doses(other("listed", code="A"), other("arc"))
    before = copy.deepcopy(resource)
    assert element.read(resource) == "arc"
    element.write(resource, "arc")
    assert resource == before
    element.write(resource, "grid")
    assert resource == doses(other("listed", code="A"), other("grid"))
    element.write(resource, None)
    assert resource == doses(other("listed", code="A"), other())


def test_without_other_there_is_nothing_to_put_into_words():
    element = OtherWords(URL, OTHER)
    for resource in (doses(other("listed", code="A")), doses(entry("chest")), doses()):
        before = copy.deepcopy(resource)
        assert element.read(resource) is None
        element.write(resource, "grid")
        assert resource == before


def test_a_value_of_another_type_stands_beside_until_a_new_answer_takes_its_place():
    element = Replaced("dose", Amount("doseQuantity"), "doseQuantity")
    low, high = ({"value": value, "unit": "mg", "code": "mg"} for value in (50, 75))
    resource = {"doseRange": {"low": low, "high": high}}
    before = copy.deepcopy(resource)
    assert element.read(resource) is None
    assert "50" in element.recorded(resource)
    element.write(resource, None)
    assert resource == before
    element.write(resource, amount(60, "mg"))
    assert list(resource) == ["doseQuantity"]
    assert element.read(resource) == amount(60, "mg")
