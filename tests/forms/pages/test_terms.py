"""Answers that only a terminology server knows: found, verified, or left to the clinician."""

import pytest
from werkzeug.datastructures import MultiDict

from app.forms._definition import EntryForm
from app.forms._fields.search import SearchOne
from app.forms._pages.views import further_hits, look_further, searches_further, verify
from app.mcode.valuesets import required_sets, value_set
from app.terminology.concept import Concept
from app.terminology.lists import ConceptList

REQUIRED = value_set("body-location-qualifier").url
EXTENSIBLE = value_set("tumor-marker-test").url
SHIPPED = Concept("urn:s", "1", "Left")
NEW = Concept("urn:s", "2", "Left upper")


class Server:
    """A terminology server that knows `found`, and of codes what `verdicts` has."""

    def __init__(self, found=(SHIPPED, NEW), searches=True, **verdicts):
        self.found, self.searches, self.verdicts = found, searches, verdicts
        self.asked = []

    def may_search(self):
        return self.searches

    def search(self, url, words, limit=20):
        self.asked.append((url, words))
        return self.found

    def validate(self, url, system, code):
        self.asked.append((url, system, code))
        return self.verdicts.get(f"c{code}")


def question(url, **more):
    concepts = ConceptList(lambda: (SHIPPED,), url)
    systems = ("urn:s",)
    return SearchOne("Where", concepts=concepts, systems=systems, missing=None, **more)


class Entry(EntryForm):
    rows = (("strict",), ("free",), ("closed",), ("unnamed",))

    strict = question(REQUIRED, extensible=True)
    free = question(EXTENSIBLE, extensible=True)
    closed = question(REQUIRED)
    unnamed = question(None, extensible=True)


def test_the_sets_of_this_test_are_bound_as_it_says():
    assert REQUIRED in required_sets()
    assert EXTENSIBLE not in required_sets()


def test_what_the_app_ships_is_not_found_a_second_time():
    form = Entry()
    server = Server()
    assert [(o.text, o.label) for o in further_hits(form.free, "left", server)] == [
        ("urn:s|2|Left upper", "Left upper")
    ]
    assert server.asked == [(EXTENSIBLE, "left")]


@pytest.mark.parametrize("found", [None, ()])
def test_a_server_that_cannot_say_finds_nothing_more(found):
    assert further_hits(Entry().free, "left", Server(found)) == []


def test_only_open_fields_of_a_value_set_are_asked_about():
    form, server = Entry(), Server()
    asked = {name: searches_further(item, server) for name, item in form.asked.items()}
    assert asked == {"strict": True, "free": True, "closed": False, "unnamed": False}
    assert further_hits(form.closed, "left", server) == []
    assert further_hits(form.unnamed, "left", server) == []
    assert server.asked == []
    assert not searches_further(form.free, Server(searches=False))


def test_a_page_that_is_sent_with_words_gets_the_hits_of_the_server_too():
    form = Entry(MultiDict({"free-find": "upper", "strict": SHIPPED.key}))
    server = Server((NEW,))
    look_further(form, server)
    assert [option.label for option in form.free.found] == ["Left upper"]
    assert server.asked == [(EXTENSIBLE, "upper")]


def test_a_code_is_refused_only_where_mcode_allows_no_other_and_the_server_says_no():
    typed = {"strict": "urn:s|9|Nine", "free": "urn:s|9|Nine", "unnamed": "urn:s|9|Nine"}
    form = Entry(MultiDict(typed))
    server = Server(c9=False)
    verify(form, server)
    form.validate()
    assert form.errors == {
        "strict": ["Choose another answer: “Nine” is none of those that mCODE has here"]
    }
    assert server.asked == [(REQUIRED, "urn:s", "9"), (EXTENSIBLE, "urn:s", "9")]


def test_a_code_of_a_system_that_is_not_offered_stands_where_the_server_knows_it():
    for verdict, errors in ((True, {}), (None, {"strict": ["Choose the code system"]})):
        form = Entry(MultiDict({"strict": "urn:other|9|Nine"}))
        verify(form, Server(c9=verdict))
        form.validate()
        assert form.errors == errors


def test_where_the_server_is_silent_the_word_of_the_clinician_stands():
    form = Entry(MultiDict({"strict": "urn:s|9|Nine", "free": "||In words"}))
    verify(form, Server())
    assert form.validate()


def test_listed_answers_and_words_alone_are_not_asked_about():
    form = Entry(MultiDict({"strict": SHIPPED.key, "free": "||In words"}))
    server = Server()
    verify(form, server)
    assert server.asked == []
