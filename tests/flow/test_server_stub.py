"""A FHIR server with the habits of real EHRs, behind the sandbox's sign-in: read whole, or told."""

import socket
import subprocess
import sys
import time

import pytest

from app.config import ROOT
from tests.live import HOST, Clinician, demo
from tests.summary.conftest import XHTML, Rendered

CHARTS = ROOT.parent / "shared" / "cases" / "charts"
QUIRKS = "outcome,nototal,smallpages,refusecat,refuseobs,refuseintent,noentry"

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(not CHARTS.exists(), reason="the shared cases are not here"),
]


@pytest.fixture(scope="module")
def upstream():
    """The FHIR base of the stub while its process runs."""
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, CHARTS / "server-stub.py", str(port), CHARTS / "server-epic.json"]
    with subprocess.Popen([*command, QUIRKS]) as process:
        until_it_answers(port)
        yield f"http://{HOST}:{port}/fhir"
        process.terminate()


def until_it_answers(port):
    for _ in range(100):
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the stub does not answer")


@pytest.fixture(scope="module")
def page(upstream, tmp_path_factory):
    with demo(tmp_path_factory.mktemp("stub"), upstream=upstream) as running:
        clinician = Clinician(running).launch("epic-1", "oncologist-owen")
        assert clinician.page.status_code == 200, clinician.text
        yield clinician


def card(page, heading):
    """Return the words of the cards and notices whose heading begins so."""
    cards = Rendered(page.page.text).sections().items()
    return " ".join(words for title, (words, _) in cards if title.startswith(heading))


def test_the_warning_in_its_answers_is_told(page):
    words = "search request applies to a sub-resource that the client is not authorized for."
    assert words in card(page, "This page is incomplete")


def test_what_it_lists_by_category_only_is_read_or_said_to_be_unread(page):
    assert "diagnoses, observations" in card(page, "Not read: what has no category")
    assert "Progesterone receptor Negative" in page.text
    assert "Cytology, fluid Malignant cells present 02-May-2026" in page.text


def test_each_drug_is_named_among_the_treatments(page):
    treatments = card(page, "Treatments")
    for drug in ("palbociclib", "capecitabine", "letrozole", "trastuzumab"):
        assert drug in treatments
    assert "Drug without a name" not in page.text


def test_a_preliminary_result_is_marked_wherever_it_stands(page):
    assert page.text.count("HER2 Positive") == page.text.count("HER2 Positive (preliminary)") > 0


def test_the_diagnosis_of_nine_conditions_is_one_cancer_with_its_stage_in_words(page):
    titles = [title for title in Rendered(page.page.text).sections() if "of left breast" in title]
    assert len([title for title in titles if "in situ" not in title]) == 1
    breast = card(page, "Malignant neoplasm")
    assert "Stage IIA (cT2, cN0, cM0, G2, ER+, PR+, HER2-)" in breast
    assert "9 entries of the chart record this cancer" in breast


def test_what_is_to_be_completed_is_said_once_of_each_cancer(page):
    rows = Rendered(page.page.text).root.iter(f"{XHTML}li")
    said = [" ".join("".join(row.itertext()).split()) for row in rows]
    missing = [words for words in said if " Add: No " in words]
    assert len(missing) > 5
    assert len(set(missing)) == len(missing)


def test_the_loose_categories_of_a_day_stand_with_its_group(page):
    assert "Clinical · TNM · 01-Jun-2026 IIA cT2 cN0 author" in card(page, "Not linked")


def test_all_pages_of_a_search_are_read(page):
    """Ten resources come at a time, without their number."""
    assert "34 earlier of WBC" in page.text
