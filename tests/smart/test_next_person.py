"""The next person at the same browser does not go on as the one before."""

from datetime import timedelta

import pytest

from app.smart.context import User
from app.smart.cookies import NAME
from app.smart.gate import current_launch, launch_blueprint
from app.store import EventFilter
from app.store.database import now
from tests.smart.conftest import ISSUER

NANCY = {"sub": "nancy", "fhirUser": f"{ISSUER}/Practitioner/nancy"}
SOMEBODY_ELSE = "Somebody else has signed in at this browser"


@pytest.fixture(autouse=True)
def probe(app):
    pages = launch_blueprint("probe", __name__)

    @pages.route("/probe", methods=["GET", "POST"])
    def page():
        return f"{current_launch().user.reference} {current_launch().patient_id}"

    app.register_blueprint(pages)


@pytest.fixture
def store(app):
    return app.extensions["store"]


def key_of(browser) -> str:
    return browser.get_cookie(NAME, domain="app.example").value


def revoked(ehr) -> set[str]:
    return {form["token"] for form in ehr.forms("/revoke")}


def sign_in(ehr, launch, claims=None, **token) -> str:
    ehr.claims, ehr.token = claims or {}, token
    return launch()


def test_a_launch_by_another_person_ends_those_of_the_one_before(ehr, launch, browser, store):
    owens = [sign_in(ehr, launch), sign_in(ehr, launch, patient="bob")]
    nancys = sign_in(ehr, launch, NANCY, access_token="access-2", refresh_token="refresh-2")
    for launch_id in owens:
        for answer in (
            browser.get(f"/l/{launch_id}/probe"),
            browser.post(f"/l/{launch_id}/probe"),
            browser.get(f"/l/{launch_id}/probe", headers={"HX-Request": "true"}),
        ):
            assert answer.status_code == 404
            assert SOMEBODY_ELSE in answer.text
            assert "Open the app again from the chart" in answer.text
            assert answer.headers["X-Oncoform-Over"]
    assert browser.get(f"/l/{nancys}/probe").status_code == 200
    assert revoked(ehr) == {"access-1", "refresh-1"}


def test_their_tokens_and_context_are_forgotten_and_the_end_is_recorded(ehr, launch, store):
    owens = sign_in(ehr, launch)
    sign_in(ehr, launch, NANCY, access_token="access-2")
    assert store.launches.tokens(owens) is None
    assert store.launches.of_any_browser(owens) is None
    events = [found.event for found in store.audit.find(EventFilter(user="Practitioner/owen"))]
    assert [(event.type, event.details.get("why")) for event in events] == [
        ("launch-opened", None),
        ("launch-ended", "somebody-else"),
    ]


def test_a_launch_by_the_same_person_for_another_patient_leaves_the_earlier_open(
    ehr, launch, browser
):
    first, second = sign_in(ehr, launch), sign_in(ehr, launch, patient="bob")
    for launch_id, patient in ((first, "elena"), (second, "bob"), (first, "elena")):
        assert browser.get(f"/l/{launch_id}/probe").text == f"Practitioner/owen {patient}"
    assert revoked(ehr) == set()


def test_the_subject_counts_and_not_the_record_that_it_names(ehr, launch, browser):
    first = sign_in(ehr, launch)
    second = sign_in(ehr, launch, {"fhirUser": None})
    assert browser.get(f"/l/{first}/probe").status_code == 200
    sign_in(ehr, launch, {"sub": "owen-of-night"})
    for launch_id in (first, second):
        assert SOMEBODY_ELSE in browser.get(f"/l/{launch_id}/probe").text


def test_somebody_whom_the_ehr_does_not_name_is_another_than_who_is_named(ehr, launch, browser):
    owens = sign_in(ehr, launch)
    unnamed = {"scope": "launch patient/Patient.rs", "id_token": None}
    first, second = (sign_in(ehr, launch, **unnamed, patient=name) for name in ("elena", "bob"))
    assert SOMEBODY_ELSE in browser.get(f"/l/{owens}/probe").text
    for launch_id in (first, second):
        assert browser.get(f"/l/{launch_id}/probe").status_code == 200
    sign_in(ehr, launch)
    for launch_id in (first, second):
        assert SOMEBODY_ELSE in browser.get(f"/l/{launch_id}/probe").text


def test_another_browser_is_left_alone(ehr, launch, open_browser, browser):
    owens = sign_in(ehr, launch)
    ehr.claims = NANCY
    launch(open_browser())
    assert browser.get(f"/l/{owens}/probe").status_code == 200


def test_each_sign_in_has_a_new_key_and_the_old_one_opens_nothing(ehr, launch, browser, store):
    first = sign_in(ehr, launch)
    old = key_of(browser)
    second = sign_in(ehr, launch, patient="bob")
    new = key_of(browser)
    assert new != old
    for launch_id in (first, second):
        assert browser.get(f"/l/{launch_id}/probe").status_code == 200
    browser.set_cookie(NAME, old, domain="app.example", secure=True)
    for launch_id in (first, second):
        assert browser.get(f"/l/{launch_id}/probe").status_code == 404
    assert not store.knows_browser(old)


def test_a_planted_key_opens_nothing_of_the_person_who_signs_in(
    ehr, begin, answer, launch, browser, open_browser
):
    """Somebody makes the app know a key, plants it, and waits."""
    attacker = open_browser()
    begin(attacker)
    planted = key_of(attacker)
    browser.set_cookie(NAME, planted, domain="app.example", secure=True)
    owens = sign_in(ehr, launch)
    assert key_of(browser) != planted
    assert attacker.get(f"/l/{owens}/probe").status_code == 404
    assert browser.get(f"/l/{owens}/probe").status_code == 200


def test_two_launches_under_way_at_once_both_open(ehr, begin, answer, browser):
    asked = [begin() for _ in range(2)]
    for query in asked:
        ehr.launched = query
        opened = answer(code="code-1", state=query["state"])
        assert opened.status_code == 303, opened.text


@pytest.mark.parametrize("moment", ["add", "end"])
def test_of_two_people_who_sign_in_at_once_one_at_most_goes_on(
    app, ehr, launch, store, monkeypatch, moment
):
    """A sign-in comes within another, which is about to add its launch or to end others."""
    smart, key = app.extensions["smart"], "browser-key"
    opener, at = smart.authorizer.opener, smart.registry.with_issuer(ISSUER)
    act = getattr(store.launches, moment)

    def sign_in_as(name):
        context = {"patient": "elena", "tenant": None, "role": "", "requested": ""}
        context |= {"identity": {"iss": ISSUER, "sub": name, "nonce": ""}}
        tokens = {"access_token": name, "refresh_token": None, "scope": ""}
        return opener.open(key, at, User(f"Practitioner/{name}", name), context, tokens)

    def act_late(*given):
        monkeypatch.setattr(store.launches, moment, act)
        sign_in_as("owen")
        return act(*given)

    monkeypatch.setattr(opener, "_on_end", bool)
    sign_in_as("owen")
    monkeypatch.setattr(store.launches, moment, act_late)
    sign_in_as("nancy")
    assert len({one.context["user"]["name"] for one in store.launches.open_in(key)}) <= 1


class TestInactivity:
    @pytest.fixture
    def later(self, monkeypatch):
        """Let so many seconds pass."""
        passed = timedelta()

        def later(seconds: int) -> None:
            nonlocal passed
            passed += timedelta(seconds=seconds)
            for module in ("app.store.launches", "app.smart.service"):
                monkeypatch.setattr(f"{module}.now", lambda: now() + passed)

        return later

    def test_ends_a_launch_and_revokes_its_tokens(self, ehr, launch, browser, store, later):
        page = f"/l/{launch()}/probe"
        later(19 * 60)
        assert browser.get(page).status_code == 200
        later(19 * 60)
        assert browser.post(page).status_code == 200
        later(20 * 60 + 1)
        for headers in ({}, {"HX-Request": "true"}):
            closed = browser.get(page, headers=headers)
            assert closed.status_code == 404
            assert "nobody used it" in closed.text
        assert revoked(ehr) == {"access-1", "refresh-1"}
        (event,) = store.audit.find(EventFilter(type="launch-ended"))
        assert event.event.details == {"why": "inactive"}

    def test_what_no_person_asks_for_is_no_activity(self, launch, browser, later):
        home = f"/l/{launch()}"
        for _ in range(5):
            later(4 * 60 - 1)
            browser.get(f"{home}/time-left")
            browser.get(f"{home}/ehr-style.css")
            browser.post(f"{home}/probe", headers={"X-Oncoform-Automatic": "yes"})
        assert 0 < int(browser.get(f"{home}/time-left").text) <= 5
        later(6)
        assert "nobody used it" in browser.get(f"{home}/time-left").text

    def test_a_person_goes_on_before_the_end(self, launch, browser, later):
        home = f"/l/{launch()}"
        later(19 * 60)
        assert 58 <= int(browser.get(f"{home}/time-left").text) <= 60
        assert int(browser.post(f"{home}/time-left").text) in {1199, 1200}
        later(19 * 60)
        assert browser.get(f"{home}/probe").status_code == 200

    def test_going_on_is_not_for_other_sites(self, launch, browser):
        address = f"/l/{launch()}/time-left"
        headers = {"Sec-Fetch-Site": "cross-site"}
        assert browser.post(address, headers=headers).status_code == 403

    def test_what_nobody_asks_for_again_is_forgotten_with_the_purge(self, launch, store, later):
        launch_id = launch()
        later(20 * 60 + 1)
        store.purge()
        assert store.launches.end(launch_id, "signed-out") is None

    def test_a_launch_that_waits_for_its_patient_ends_too(self, ehr, begin, answer, browser, later):
        ehr.token = {"patient": None, "scope": "openid fhirUser user/Patient.rs"}
        opened = answer(code="code-1", state=begin(launch=None)["state"])
        later(20 * 60 + 1)
        assert "nobody used it" in browser.get(opened.location).text


def test_a_browser_that_signed_out_is_known_again_at_the_next_launch(launch, browser):
    """So that a page that is still open there is told why it is over, and can go on."""
    first = launch()
    browser.post(f"/l/{first}/sign-out")
    second = launch()
    closed = browser.post(f"/l/{first}/probe", data={"entry": "new:patient"})
    assert closed.status_code == 307
    assert closed.location == f"/l/{second}/probe"
    assert "You have signed out" in browser.get(f"/l/{first}/probe").text


def test_what_is_too_much_is_refused_after_the_end_too(launch, browser, store):
    first = launch()
    store.launches.end(first, "time")
    large = {"entry": "new:patient", "note": "x" * 2_000_000}
    assert browser.post(f"/l/{first}/probe", data=large).status_code in {404, 413}
