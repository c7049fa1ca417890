"""The EHR opens the app for a patient whom its server does not have: the page leads somewhere."""

import html
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.smart.conftest import AUTH, ISSUER


@pytest.fixture
def pages(ehr, launch):
    """The home of a launch, at an EHR whose answer for the patient a test says."""
    home = f"/l/{launch()}/"

    def answer(request):
        is_patient = urlsplit(request.url).path.endswith("/Patient/elena")
        content = {"resourceType": "Bundle", "type": "searchset"}
        return (ehr.of_patient if is_patient else 200), {}, json.dumps(content)

    ehr.http.add_callback("GET", re.compile(rf"{ISSUER}/[A-Za-z].*"), callback=answer)
    return home


@pytest.mark.parametrize("page", ["", "forms/", "forms/ecog/new", "receipts/"])
@pytest.mark.parametrize("status", [404, 410])
def test_every_page_says_what_happened_and_offers_to_choose_another(
    ehr, pages, browser, page, status
):
    ehr.of_patient = status
    told = browser.get(f"{pages}{page}")
    assert told.status_code == 404
    assert "The EHR does not have this patient" in told.text
    assert "Open the patient&#39;s chart in the EHR" in told.text
    assert "To the summary" not in told.text
    (link,) = re.findall(r'href="(/launch[^"]*)"', told.text)
    begun = browser.get(html.unescape(link))
    assert begun.location.startswith(f"{AUTH}/authorize?")
    asked = parse_qs(urlsplit(begun.location).query)
    assert asked["aud"] == [ISSUER]
    assert "launch" not in asked


def test_a_patient_who_cannot_be_read_now_is_not_called_missing(ehr, pages, browser):
    ehr.of_patient = 500
    told = browser.get(pages)
    assert "does not have this patient" not in told.text
    assert "To the summary" in told.text
