"""Answers that are searched for, between a page and the app, without a browser."""

import html
import json
import re
from urllib.parse import urljoin

import pytest

from app.terminology.concept import Concept
from app.terminology.systems import SEQUENCE_ONTOLOGY

pytestmark = pytest.mark.server

OWEN = "oncologist-owen"
FIND = "forms/genomic-variant/find/dna_change"


class Terminology:
    """A terminology server of which the app has heard."""

    def __init__(self, *found, searches=True):
        self.found, self.searches = found, searches

    def expander(self, session):
        return self

    def may_search(self):
        return self.searches

    def search(self, url, words, limit=20):
        return self.found

    def validate(self, url, system, code):
        return None


@pytest.fixture
def knows(running, monkeypatch):
    """Put a terminology server behind the app that finds these concepts."""

    def put(*found, **more):
        monkeypatch.setitem(running.flask.extensions, "terminology", Terminology(*found, **more))

    return put


@pytest.fixture
def find(running, clinician):
    """Post what is typed, as the page does meanwhile."""

    def find(words, address=FIND):
        typed, origin = {"dna_change-find": words}, {"Origin": running.app}
        whole = urljoin(clinician.home, address)
        clinician.page = clinician.http.post(whole, typed, headers=origin, timeout=30)
        return clinician

    return find


def values(text):
    return re.findall(r'name="dna_change"\s+value="([^"]*)"', text)


def test_words_find_answers_of_the_list(clinician, knows, find):
    knows(searches=False)
    clinician.launch("elena-martinez", OWEN)
    find("delet")
    assert values(clinician.page.text) == [f"{SEQUENCE_ONTOLOGY}|SO:0000159"]
    assert 'name="dna_change-found"' in clinician.page.text
    find("nothing such")
    assert "Nothing is found for “nothing such”." in clinician.text
    assert find("").page.text.strip() == ""


@pytest.mark.parametrize("field", ["found", "note", "made-up"])
def test_only_fields_that_are_searched_answer(clinician, find, field):
    clinician.launch("elena-martinez", OWEN)
    assert find("delet", f"forms/genomic-variant/find/{field}").page.status_code == 404


def test_words_are_taken_from_no_address(clinician, knows):
    knows()
    clinician.launch("elena-martinez", OWEN).open(f"{FIND}?dna_change-find=delet")
    assert clinician.page.status_code == 405


def test_what_a_server_knows_beside_the_list_is_asked_for_apart(clinician, knows, find):
    listed = Concept(SEQUENCE_ONTOLOGY, "SO:0000159", "deletion")
    knows(listed, Concept(SEQUENCE_ONTOLOGY, "SO:0001743", "copy_number_loss <b>"))
    clinician.launch("elena-martinez", OWEN)
    find("delet")
    assert values(clinician.page.text) == [listed.key]
    further = re.search(r'hx-post="([^"]*further=)"', clinician.page.text)[1]
    [words] = re.findall(r"hx-vals=\"([^\"]*)\"", clinician.page.text)
    assert json.loads(html.unescape(words)) == {"dna_change-find": "delet"}
    find("delet", further)
    assert values(clinician.page.text) == [
        f"{SEQUENCE_ONTOLOGY}|SO:0001743|copy_number_loss &lt;b&gt;"
    ]
    knows()
    find("xyzzy", further)
    assert "Nothing is found for “xyzzy”." in clinician.text


def test_a_page_without_scripts_searches_when_it_is_sent(clinician, knows):
    found = Concept(SEQUENCE_ONTOLOGY, "SO:0001743", "copy_number_loss")
    knows(found)
    clinician.launch("elena-martinez", OWEN).open("forms/genomic-variant/new")
    clinician.send(dna_change__find="copy")
    assert clinician.page.status_code == 422
    key = f"{found.key}|{found.term}"
    assert key in values(clinician.page.text)
    clinician.send(dna_change=key)
    assert clinician.inputs()["dna_change"] == key
    assert not clinician.inputs()["dna_change-find"]


def test_hits_of_words_that_were_sent_are_not_lost_in_the_draft(clinician, knows):
    knows()
    clinician.launch("linh-tran", OWEN).open("forms/genomic-variant/new")
    clinician.send(genes__find="fgfr")
    assert "Choose one of the answers found for “fgfr”" in clinician.text
    clinician.open("forms/genomic-variant/new")
    assert clinician.inputs()["genes-find"] == "fgfr"
    assert re.findall(r">(FGFR\d)", clinician.page.text)
