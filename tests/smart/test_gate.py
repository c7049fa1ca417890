from contextlib import ExitStack
from datetime import timedelta

import pytest
from flask import url_for

from app.fhir.session import FhirSession
from app.fhir.transport import MAX_THREADS
from app.smart import service
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


@pytest.mark.parametrize("path", ["/l/a%00b/other", "/l/%00/", "/l/%00/time-left"])
def test_the_database_is_not_asked_for_an_id_that_postgresql_cannot_take(
    app, browser, monkeypatch, path
):
    launch = app.extensions["store"].launches
    browser.set_cookie("__Host-oncoform", "key", domain="app.example", secure=True)
    for name in ("find", "end", "ended", "of_any_browser"):
        monkeypatch.setattr(launch, name, None)
    assert browser.get(path).status_code == 404


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


def test_a_page_beyond_its_places_is_answered_at_once(app, ehr, launch, browser, monkeypatch):
    address = f"/l/{launch()}/other"
    places = app.extensions["smart"]._places_of_ehrs
    monkeypatch.setattr(places, "_seconds", 0.01)
    with ExitStack() as others:
        for _ in range(service.MOST_READING):
            others.enter_context(places.hold("example"))
        asked = len(ehr.requests("/Practitioner/owen"))
        page = browser.get(address)
        assert page.status_code == 503
        assert page.headers["Retry-After"] == "30"
        assert "The EHR is slow" in page.text
        assert len(ehr.requests("/Practitioner/owen")) == asked
    for _ in range(2 * service.MOST_READING):
        assert browser.get(address).text == "owen"


def test_one_launch_does_not_take_all_places_of_its_ehr(app, launch, browser, monkeypatch):
    own, other = launch(), launch()
    places = app.extensions["smart"]._places_of_launches
    monkeypatch.setattr(places, "_seconds", 0.01)
    with ExitStack() as pages:
        for _ in range(service.MOST_OF_LAUNCH):
            pages.enter_context(places.hold(own))
        assert browser.get(f"/l/{own}/other").status_code == 503
        assert browser.get(f"/l/{other}/other").text == "owen"


@pytest.mark.parametrize(("method", "status"), [("get", 499), ("post", 200)])
def test_a_page_whose_reader_has_gone_asks_the_ehr_for_nothing_more(
    ehr, launch, browser, method, status
):
    """One that may write goes on, since what it sent is read back."""
    address = f"/l/{launch()}/other"
    asked = len(ehr.requests("/Practitioner/owen"))
    gone = {"waitress.client_disconnected": lambda: True}
    assert getattr(browser, method)(address, environ_overrides=gone).status_code == status
    assert len(ehr.requests("/Practitioner/owen")) == asked + (method == "post")
    assert browser.get(address).status_code == 200


def test_a_page_that_is_used_again_at_once_writes_nothing_of_it(app, launch, browser, monkeypatch):
    address = f"/l/{launch()}/probe/x"
    used = []
    launches_kept = app.extensions["store"].launches
    use = launches_kept.use
    monkeypatch.setattr(launches_kept, "use", lambda *said: used.append(said) or use(*said))
    for seconds in (0, 9, 11, 15, 22):
        later = now() + timedelta(seconds=seconds)
        monkeypatch.setattr(service, "now", lambda moment=later: moment)
        assert browser.get(address).status_code == 200
    assert len(used) == 2


def test_pages_share_the_requests_that_their_ehr_gets_at_once(app, launch, browser):
    smart = app.extensions["smart"]
    at_once = []
    places = smart._places_of_ehrs
    with ExitStack() as others:
        found = smart.find_launch(
            launch(), browser.get_cookie("__Host-oncoform", "app.example").value
        )
        for _ in range(service.MOST_READING):
            others.enter_context(places.hold("example"))
            at_once.append(smart.fhir_session(found)._limits.at_once())
    assert at_once[0] >= MAX_THREADS
    assert at_once == sorted(at_once, reverse=True)
    assert at_once[-1] == 1
