"""Access to the chart near its end and after it, for a person whose browser runs no scripts."""

import re
import time
from urllib.parse import urljoin

import pytest

from tests.live import Clinician, demo

pytestmark = pytest.mark.server

PATIENT, USER = "elena-martinez", "oncologist-owen"
FORM = "forms/tnm-stage/new"
ENTRY = {"entry": "new:elena-martinez-breast-cancer", "patient": PATIENT}


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """Both servers; access lasts for less than the five minutes of the warning."""
    with demo(tmp_path_factory.mktemp("demo"), token_seconds=120) as servers:
        yield servers


@pytest.fixture
def person(running):
    return Clinician(running).launch(PATIENT, USER)


def _post(person, path, **values):
    headers = {"Origin": person.demo.app}
    return person.http.post(urljoin(person.home, path), values, headers=headers, timeout=30)


def _end_access(person) -> None:
    """Let the token of the launch be past its end, and no other to be had."""
    launches = person.demo.flask.extensions["store"].launches
    launch_id = person.home.rstrip("/").rpartition("/")[2]
    row = launches.tokens(launch_id)
    past = int(time.time()) - 1
    ended = {**row.tokens, "refresh_token": None, "expires_at": past, "renew_at": past}
    lease = launches.begin_renewal(launch_id, row.version)
    assert launches.finish_renewal(launch_id, lease, ended)


def test_a_page_warns_and_its_button_extends_and_leads_back(person):
    page = person.open(FORM).page
    assert "Access to the chart ends within 5 minutes. Extend it now." in person.text
    (back,) = re.findall(r'name="back"\s+value="([^"]+)"', page.text)
    launches = person.demo.flask.extensions["store"].launches
    launch_id = person.home.rstrip("/").rpartition("/")[2]
    before = launches.tokens(launch_id)
    extended = _post(person, "extend", back=back)
    assert (extended.status_code, extended.url) == (200, page.url)
    assert launches.tokens(launch_id).version == before.version + 1


def test_what_was_typed_is_there_after_access_has_ended_and_a_new_launch(person):
    person.open(FORM)
    _end_access(person)
    kept = _post(person, "forms/tnm-stage/draft", **ENTRY, note="typed before the end")
    assert kept.status_code == 200
    refused = _post(person, "extend")
    assert refused.status_code == 409
    assert "What you typed is kept as a draft" in refused.text
    saved = person.http.get(urljoin(person.home, FORM), timeout=30)
    assert saved.status_code >= 400
    assert "Saved to the chart" not in saved.text
    again = Clinician(person.demo).launch(PATIENT, USER).open(FORM)
    assert "typed before the end" in again.page.text


def test_what_is_sent_when_access_has_ended_is_kept(person):
    person.open("forms/ecog/new")
    _end_access(person)
    person.send(note="sent after the end")
    assert person.page.status_code >= 400
    again = Clinician(person.demo).launch(PATIENT, USER).open("forms/ecog/new")
    assert "sent after the end" in again.page.text
