from datetime import timedelta

import pytest
from flask import url_for

from app.fhir.session import FhirSession
from app.smart.gate import current_launch, fhir_session, launch_blueprint
from app.store import launches
from app.store.database import now


@pytest.fixture(autouse=True)
def pages(app):
    """Two pages of a launch, one that links to the other."""
    blueprint = launch_blueprint("pages", __name__)

    @blueprint.get("/probe/<name>")
    def page(name):
        launch = current_launch()
        return f"{launch.patient_id} {name} {url_for('pages.other')} {url_for('smart.extend')}"

    @blueprint.route("/other", methods=["GET", "POST"])
    def other():
        session = fhir_session()
        assert fhir_session() is session
        return session.read("Practitioner", "owen")["id"]

    app.register_blueprint(blueprint)


def test_a_page_knows_its_launch_and_links_within_it(launch, browser):
    launch_id = launch()
    text = browser.get(f"/l/{launch_id}/probe/x").text
    assert text == f"elena x /l/{launch_id}/other /l/{launch_id}/extend"


def test_a_page_reads_the_chart_with_the_launchs_token(ehr, launch, browser):
    launch_id = launch()
    assert browser.get(f"/l/{launch_id}/other").text == "owen"
    request = ehr.requests("/Practitioner/owen")[-1]
    assert request.headers["Authorization"] == "Bearer access-1"


def test_a_page_that_is_over_keeps_no_connection(launch, browser, monkeypatch):
    closed = []

    def close(session):
        closed.append(session)

    monkeypatch.setattr(FhirSession, "close", close)
    address = f"/l/{launch()}/other"
    signing_in = len(closed)
    assert signing_in == 1  # the one that read the user's name
    browser.get(address)
    browser.get(address)
    assert len(set(map(id, closed))) == len(closed) == signing_in + 2


def test_a_token_that_the_ehr_refuses_is_renewed_in_the_middle_of_a_page(ehr, launch, browser):
    launch_id = launch()
    ehr.token = {"access_token": "access-2"}
    user, ehr.user = ehr.user, (401, {}, "")

    def accept_again():
        ehr.user = user

    ehr.on_token = accept_again
    assert browser.get(f"/l/{launch_id}/other").text == "owen"
    used = [request.headers["Authorization"] for request in ehr.requests("/Practitioner/owen")]
    assert used[-2:] == ["Bearer access-1", "Bearer access-2"]


def test_a_session_that_cannot_be_renewed_ends_in_words(ehr, launch, browser):
    launch_id = launch()
    ehr.token = (400, {}, '{"error": "invalid_grant"}')
    ehr.user = (401, {}, "")
    page = browser.get(f"/l/{launch_id}/other")
    assert page.status_code == 401
    assert "Open the app again from the chart" in page.text


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_page_is_closed_to_another_browser(launch, open_browser, method):
    owner, stranger = open_browser(), open_browser()
    launch_id, own = launch(owner), launch(stranger)
    assert getattr(stranger, method)(f"/l/{own}/other").status_code == 200
    refused = getattr(stranger, method)(f"/l/{launch_id}/other")
    assert refused.status_code == 404
    assert "Open the app again from the chart" in refused.text
    assert "elena" not in refused.text
    assert stranger.post(f"/l/{launch_id}/sign-out").status_code == 404
    assert getattr(owner, method)(f"/l/{launch_id}/other").status_code == 200


@pytest.mark.parametrize("key", [None, "", "forged", "\x00", "\xff"])
def test_a_page_is_closed_without_the_cookie(launch, browser, open_browser, key):
    launch_id = launch()
    stranger = open_browser()
    if key is not None:
        stranger.set_cookie("__Host-oncoform", key, domain="app.example")
    assert stranger.get(f"/l/{launch_id}/other").status_code == 404


@pytest.mark.parametrize("launch_id", ["unknown", "%00", "%FF", "%25", "x" * 5000, "\u20ac"])
def test_an_unknown_launch_is_closed(launch, browser, launch_id):
    launch()
    assert browser.get(f"/l/{launch_id}/other").status_code == 404


def test_two_tabs_have_two_patients(ehr, launch, browser):
    first = launch()
    ehr.token = {"patient": "bob"}
    second = launch()
    assert browser.get(f"/l/{first}/probe/x").text.startswith("elena")
    assert browser.get(f"/l/{second}/probe/x").text.startswith("bob")


def test_a_launch_ends_after_its_hours(launch, browser, monkeypatch):
    launch_id = launch()
    later = now() + timedelta(hours=12, minutes=1)
    monkeypatch.setattr(launches, "now", lambda: later)
    assert browser.get(f"/l/{launch_id}/other").status_code == 404


def test_a_launch_of_an_ehr_that_was_taken_out_is_closed(app, launch, browser):
    launch_id = launch()
    app.extensions["smart"].registry._by_key.clear()
    assert browser.get(f"/l/{launch_id}/other").status_code == 404
