"""Answers that are searched for, as a person without JavaScript and one with it send them."""

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form

from app.forms._answers import AS_RECORDED
from app.forms._fields.base import Option
from app.forms._fields.search import SearchMany, SearchOne
from app.terminology.concept import Concept, TypedConcept
from app.terminology.lists import ConceptList

SITES = ConceptList(
    lambda: (
        Concept("urn:s", "10", "Breast"),
        Concept("urn:s", "11", "Breast, upper inner quadrant"),
        Concept("urn:s", "20", "Brain"),
        Concept("urn:s", "30", "Lung"),
    ),
    "http://example.org/ValueSet/sites",
)
KEYS = BREAST, QUADRANT, BRAIN, LUNG = [f"urn:s|{code}" for code in ("10", "11", "20", "30")]
breast, quadrant, brain, lung = map(SITES.find, KEYS)
X9 = TypedConcept("urn:t", "X9", "Elsewhere")


class Entry(Form):
    one = SearchOne("Site", concepts=SITES, missing="Choose the site")
    some = SearchMany("Sites", concepts=SITES, missing=None)
    any_ = SearchOne(
        "Any site", concepts=SITES, extensible=True, systems=("urn:s", "urn:t"), missing=None
    )
    told = SearchOne("Site in words", concepts=SITES, extensible=True, missing=None)
    single = SearchOne("Site", concepts=SITES, extensible=True, systems=("urn:t",), missing=None)


def filled(*pairs, **sent):
    form = Entry(MultiDict([("one", LUNG), *pairs, *sent.items()]))
    form.validate()
    return form


def only(**sent):
    form = Entry(MultiDict(list(sent.items())))
    form.validate()
    return form


def values(options):
    return [option.text for option in options]


def test_what_is_typed_is_found_by_words_and_stays_typed_until_something_is_chosen():
    form = only(**{"one-find": "brea"})
    assert values(form.one.found) == [BREAST, QUADRANT]
    assert form.errors["one"] == ["Choose one of the answers found for “brea”"]
    assert form.one.typed["find"] == "brea"


@pytest.mark.parametrize(
    ("words", "answer"),
    [("lung", lung), ("Breast", breast), ("11", quadrant)],
)
def test_what_is_typed_in_full_or_by_its_code_is_the_answer(words, answer):
    form = only(**{"one-find": words})
    assert "one" not in form.errors
    assert form.one.data == answer
    assert not form.one.typed["find"]


def test_a_hit_that_is_more_than_what_was_typed_has_to_be_chosen_although_it_is_the_only_one():
    form = only(**{"one-find": "upper"})
    assert values(form.one.found) == [QUADRANT]
    assert form.errors["one"] == ["Choose one of the answers found for “upper”"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("one", "Nothing is found for “liver”: try other words"),
        ("any_", "Nothing is found for “liver”: try other words, or enter a code"),
    ],
)
def test_words_that_find_nothing_are_told_and_stay(name, sentence):
    form = filled(**{f"{name}-find": "liver"})
    assert form.errors[name] == [sentence]
    assert form[name].typed["find"] == "liver"


def test_a_choice_among_the_hits_of_a_page_answers_its_words():
    form = only(**{"one": BREAST, "one-find": "brea", "one-found": "brea"})
    assert not form.errors
    assert form.one.data == breast
    assert not form.one.typed["find"]


def test_words_that_were_not_looked_up_are_never_dropped_for_an_older_choice():
    form = only(**{"one": LUNG, "one-find": "brea"})
    assert form.errors["one"] == ["Choose one of the answers found for “brea”"]
    assert form.one.data == lung
    assert values(form.one.found) == [BREAST, QUADRANT]
    again = only(**{"one": LUNG, "one-find": "brea", "one-found": "lung"})
    assert again.errors["one"] == ["Choose one of the answers found for “brea”"]


def test_several_answers_stand_once_each_in_the_order_of_the_list():
    form = filled(("some", LUNG), ("some", BREAST), ("some", f"{LUNG}\n{BRAIN}"))
    assert not form.errors
    assert form.some.data == (breast, brain, lung)
    assert form.some.display_of(form.some.data) == "Breast; Brain; Lung"


def test_one_more_answer_is_found_beside_those_that_are_chosen():
    form = filled(("some", LUNG), ("some-find", "brain"))
    assert form.some.data == (brain, lung)
    asked = filled(("some", BREAST), ("some-find", "br"))
    assert values(asked.some.found) == [BRAIN, QUADRANT]
    assert asked.errors["some"] == ["Choose one of the answers found for “br”"]
    chosen = filled(("some", BREAST), ("some", BRAIN), ("some-find", "br"), ("some-found", "br"))
    assert not chosen.errors
    assert chosen.some.data == (breast, brain)


def test_what_is_found_and_in_sight_already_is_not_told_to_be_missing():
    form = Entry()
    form.some.suggest([Option(breast, "Breast")])
    form.process(MultiDict([("some", QUADRANT), ("some-find", "breast"), ("one", LUNG)]))
    assert form.some.data == (breast, quadrant)  # the very words are meant
    form.process(MultiDict([("some", QUADRANT), ("some-find", "brea"), ("one", LUNG)]))
    assert not form.validate()
    assert form.some.found == []
    assert form.some.is_in_sight
    assert form.errors["some"] == [
        "Choose “brea” among the answers above the box, or empty the box"
    ]


@pytest.mark.parametrize(
    ("name", "own", "answer"),
    [
        (
            "any_",
            {"system": "urn:t", "code": "X9", "words": "Elsewhere"},
            TypedConcept("urn:t", "X9", "Elsewhere"),
        ),
        ("any_", {"words": "Elsewhere"}, TypedConcept("", "", "Elsewhere")),
        ("any_", {"system": "urn:s", "code": "20", "words": "whatever"}, brain),
        ("told", {"words": "Elsewhere"}, TypedConcept("", "", "Elsewhere")),
        ("single", {"code": "X9", "words": "Elsewhere"}, X9),
    ],
)
def test_an_open_list_takes_a_code_or_words_of_ones_own(name, own, answer):
    form = filled(**{f"{name}-{part}": value for part, value in own.items()})
    assert not form.errors
    assert form[name].data == answer
    assert [text for text in form[name].typed.values() if text] == [answer.key]


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        (
            {"system": "urn:t", "code": "X9"},
            "Enter the code system, the code and the words, or words alone",
        ),
        (
            {"code": "X9", "words": "Elsewhere"},
            "Enter the code system, the code and the words, or words alone",
        ),
        (
            {"system": "urn:t", "code": "X|9", "words": "Elsewhere"},
            "Enter the code without blanks and bars",
        ),
        (
            {"system": "urn:t", "code": "X 9", "words": "Elsewhere"},
            "Enter the code without blanks and bars",
        ),
        ({"system": "urn:u", "code": "X9", "words": "Elsewhere"}, "Choose the code system"),
        ({"words": "a\x07b"}, "Shorten the words to 300 characters"),
    ],
)
def test_an_own_answer_that_cannot_stand_is_told_and_stays_as_it_was_typed(own, sentence):
    form = filled(**{f"any_-{part}": value for part, value in own.items()})
    assert form.errors["any_"] == [sentence]
    assert {part: form.any_.typed[part] for part in own} == own
    assert form.any_.data is None


@pytest.mark.parametrize("key", ["urn:s|99", "||Elsewhere", "urn:s|99|Elsewhere", "nonsense"])
def test_a_closed_list_takes_nothing_else(key):
    assert only(one=key).errors["one"] == ["Choose the site"]
    assert filled(some=key).errors["some"] == ["Choose one of the answers"]


@pytest.mark.parametrize("keys", [f"{BREAST}\n{LUNG}", f"{LUNG}\n||a\n||b", f"{LUNG}\n|||"])
def test_one_answer_is_one(keys):
    """Of two, what is written would be neither."""
    assert only(one=keys).errors["one"] == ["Choose the site"]
    assert filled(any_=keys).errors["any_"] == ["Choose one of the answers"]


def test_own_words_are_one_line():
    form = filled(**{"any_-words": "left\r\nupper\n||x"})
    assert form.any_.data == TypedConcept("", "", "left upper ||x")
    assert not form.errors


def test_no_answer_is_told_where_one_is_needed():
    assert only(**{"one-find": ""}).errors["one"] == ["Choose the site"]
    assert not filled().errors


def test_what_the_chart_holds_is_an_answer_in_its_own_words():
    form = Entry()
    form.one.keep("A site of the laboratory")
    form.process(MultiDict({"one": "as-recorded"}))
    assert form.validate()
    assert form.one.data == AS_RECORDED
    assert values(form.one.chosen) == ["as-recorded"]
    assert form.one.chosen[0].label == "A site of the laboratory (as in the chart)"
    assert only(one="as-recorded").errors["one"] == ["Choose the site"]


def test_hits_of_a_server_stand_behind_those_of_the_list_and_are_answers():
    further = Option(TypedConcept("urn:s", "40", "Brainstem"), "Brainstem")
    form = Entry(MultiDict({"one": LUNG, "any_-find": "br"}))
    form.any_.further = [further, Option(brain, "Brain")]
    form.validate()
    assert values(form.any_.found) == [BREAST, BRAIN, QUADRANT, further.text]
    taken = filled(any_=further.text)
    assert not taken.errors
    assert taken.any_.display_of(taken.any_.data) == "Brainstem"


def test_what_the_server_says_of_an_unlisted_code_counts():
    known = TypedConcept("urn:u", "1", "Elsewhere")
    refused = TypedConcept("urn:s", "99", "Nowhere")
    form = Entry(MultiDict({"one": LUNG, "any_": known.key, "told": refused.key}))
    assert form.any_.unlisted() == [known]
    form.any_.verified.add(known)
    form.told.refused.add(refused)
    form.validate()
    assert form.errors == {
        "told": ["Choose another answer: “Nowhere” is none of those that mCODE has here"]
    }
    assert filled(any_=known.key).errors["any_"] == ["Choose the code system"]


def test_words_alone_and_listed_answers_have_no_code_to_verify():
    form = filled(any_=f"{BREAST}", told="||Elsewhere")
    assert form.any_.unlisted() == form.told.unlisted() == []


def test_short_answers_may_stand_side_by_side():
    form = Entry()
    form.one.suggest([Option(lung, "Lung"), Option(brain, "Brain")])
    assert form.one.is_compact
    form.one.suggest([Option(lung, "Lung " * 8)])
    assert not form.one.is_compact
