"""Drafts that 0.1.0 kept are opened by today's forms, in the launch in which they were begun."""

import json
import re
from pathlib import Path

import pytest
import responses

from app import create_app
from app.store import upgrade_database
from tests import older
from tests.forms import chart as charts
from tests.live import _lines, _sent_by_default

EHR = "http://127.0.0.1:9000/fhir"
ORIGIN = "http://127.0.0.1:8000"
DATA = Path(__file__).parents[2] / "app" / "sandbox" / "data" / "elena-martinez.json"


@pytest.fixture
def held(database_url):
    return older.load(database_url)


@pytest.fixture
def client(held, database_url, monkeypatch):
    """A browser at today's app, on the database of 0.1.0 and the chart of then."""
    settings = {
        "DEMO": True,
        "BASE_URL": ORIGIN,
        "DATABASE_URL": database_url,
        "SECRET_KEYS": held["key"],
    }
    upgrade_database(settings)
    monkeypatch.delenv("ONCOFORM_SANDBOX_URL", raising=False)
    monkeypatch.setattr(charts, "BASE", EHR)
    app = create_app({**settings, "TESTING": True})
    for launch in held["launches"]:
        _give_time(app.extensions["store"].launches, launch["launch"])
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(f"{EHR}/metadata", status=404)
        mock.get(re.compile(r".*/smart-style.*|.*/\.well-known/.*"), status=404)
        entries = json.loads(DATA.read_text(encoding="utf-8"))["entry"]
        charts.Chart(mock, *(entry["resource"] for entry in entries))
        yield app.test_client()
    app.extensions["store"].close()


def _give_time(launches, launch):
    """Let the access of a launch, which was over an hour after it began, have no end."""
    lease = launches.begin_renewal(launch["id"], launches.tokens(launch["id"]).version)
    endless = {**launch["tokens"], "expires_at": None, "renew_at": None}
    assert launches.finish_renewal(launch["id"], lease, endless)


def inputs(client, launch, path):
    """Return what a browser would send of the form on a page if nothing were changed."""
    client.set_cookie(launch["cookie"], launch["browser"], domain="127.0.0.1")
    answer = client.get(f"/l/{launch['launch']['id']}/{path}", base_url=ORIGIN)
    assert answer.status_code == 200, answer.text
    form = re.search(r'(?s)<form id="entry".*?</form>', answer.text)
    return _lines(_sent_by_default(form[0]))


def typed(draft):
    """Return what the person has typed or chosen: inputs of the page's own are left aside."""
    return {
        name: value
        for name, value in draft["values"].items()
        if value and name not in {"seen", "disputed"}
    }


def test_every_draft_fills_its_form_with_what_was_typed(client, held):
    drafts = [draft for draft in held["drafts"] if draft["state"] == "open"]
    assert len(drafts) == 3
    for draft in drafts:
        (launch,) = (one for one in held["launches"] if one["launch"]["owner"] == draft["owner"])
        shown = inputs(client, launch, f"forms/{draft['form']}/new")
        expected = typed(draft)
        assert {name: shown.get(name) for name in expected} == expected


def test_a_draft_goes_on_to_its_review(client, held):
    owen = held["launches"][0]
    shown = inputs(client, owen, "forms/body-surface-area/new")
    # The chart has one of the same day already.
    shown["confirm-another-of-the-day"] = "yes"
    address = f"/l/{owen['launch']['id']}/forms/body-surface-area/new"
    answer = client.post(address, data=shown, base_url=ORIGIN, headers={"Origin": ORIGIN})
    answer = client.get(answer.location, base_url=ORIGIN) if answer.location else answer
    assert answer.status_code == 200, answer.text
    assert "Review before saving" in answer.text
    assert "1.73" in answer.text
