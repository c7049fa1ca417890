from __future__ import annotations

import pytest

from app.store import counts

# Any moment will do, as long as a minute does not end in the middle of a test.
MOMENT = counts.now()


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(counts, "now", lambda: MOMENT)


@pytest.fixture
def settings(settings):
    return {**settings, "LAUNCHES_PER_MINUTE": 3, "BROWSER_LAUNCHES_PER_MINUTE": 2}


def _launch(client, ehr, **more):
    return client.get("/launch", query_string={"iss": ehr.issuer, "launch": "xyz"}, **more)


def test_one_launch_too_many_of_an_address_is_told_to_wait(ehr, open_browser):
    for _ in range(3):
        assert _launch(open_browser(), ehr).status_code == 302
    before = len(ehr.http.calls)
    page = _launch(open_browser(), ehr)
    assert page.status_code == 429
    assert int(page.headers["Retry-After"]) == counts.seconds_left()
    assert f"Wait {counts.seconds_left()} seconds" in page.text
    assert "Set-Cookie" not in page.headers
    assert len(ehr.http.calls) == before


def test_another_address_is_let_in(ehr, open_browser):
    for _ in range(4):
        _launch(open_browser(), ehr)
    elsewhere = {"REMOTE_ADDR": "10.0.0.9"}
    assert _launch(open_browser(), ehr, environ_overrides=elsewhere).status_code == 302


def test_one_launch_too_many_of_a_browser_is_told_to_wait_wherever_it_is(ehr, browser):
    # The first comes without a key and is counted by its address alone.
    for number in range(3):
        place = {"REMOTE_ADDR": f"10.0.0.{number}"}
        assert _launch(browser, ehr, environ_overrides=place).status_code == 302
    place = {"REMOTE_ADDR": "10.0.0.99"}
    assert _launch(browser, ehr, environ_overrides=place).status_code == 429


def test_answers_are_counted_too_and_a_state_is_not_spent_by_one_too_many(
    ehr, begin, answer, open_browser
):
    state = begin()["state"]
    for _ in range(3):
        assert answer(open_browser(), code="code-1", state="forged").status_code == 400
    assert answer(code="code-1", state=state).status_code == 429
    assert not ehr.requests("/token")


def test_one_too_many_is_no_event_of_the_audit_trail(app, ehr, open_browser):
    def number() -> int:
        with app.extensions["store"]._database.reading() as session:
            return session.connection().exec_driver_sql("SELECT count(*) FROM audit").scalar()

    for _ in range(3):
        _launch(open_browser(), ehr)
    before = number()
    assert _launch(open_browser(), ehr).status_code == 429
    assert number() == before


class TestWithoutLimit:
    @pytest.fixture
    def settings(self, settings):
        return {**settings, "LAUNCHES_PER_MINUTE": 0, "BROWSER_LAUNCHES_PER_MINUTE": 0}

    def test_everybody_is_let_in(self, ehr, browser):
        assert {_launch(browser, ehr).status_code for _ in range(8)} == {302}


class TestBehindProxies:
    @pytest.fixture
    def settings(self, settings):
        return {**settings, "TRUSTED_PROXIES": 1}

    def test_the_client_is_whom_the_last_proxy_saw(self, ehr, open_browser):
        for number in range(3):
            forged = {"X-Forwarded-For": f"192.0.2.{number}, 10.0.0.1"}
            assert _launch(open_browser(), ehr, headers=forged).status_code == 302
        again = {"X-Forwarded-For": "192.0.2.77, 10.0.0.1"}
        assert _launch(open_browser(), ehr, headers=again).status_code == 429
        other = {"X-Forwarded-For": "10.0.0.2"}
        assert _launch(open_browser(), ehr, headers=other).status_code == 302


def test_what_a_client_says_of_its_address_is_not_believed(ehr, open_browser):
    for number in range(3):
        forged = {"X-Forwarded-For": f"192.0.2.{number}"}
        assert _launch(open_browser(), ehr, headers=forged).status_code == 302
    again = {"X-Forwarded-For": "192.0.2.99", "X-Real-IP": "192.0.2.99"}
    assert _launch(open_browser(), ehr, headers=again).status_code == 429


@pytest.mark.parametrize(
    ("places", "status"),
    [
        # Of IPv6 a client has a whole network, RFC 6177.
        ([f"2001:db8:1:2::{number:x}" for number in range(4)], 429),
        ([f"2001:db8:1:{number:x}::1" for number in range(4)], 302),
        # Some proxies name the port, which is another each time.
        ([f"203.0.113.9:{number}" for number in range(4000, 4004)], 429),
        ([f"[2001:db8:1:2::9]:{number}" for number in range(4000, 4004)], 429),
        ([f"::ffff:203.0.113.{number}" for number in range(4)], 302),
        ([f"fe80::1%eth{number}" for number in range(4)], 429),
        (["unknown"] * 4, 429),
    ],
)
def test_nobody_is_another_by_an_address_that_costs_nothing(ehr, open_browser, places, status):
    for place in places[:3]:
        came = {"REMOTE_ADDR": place}
        assert _launch(open_browser(), ehr, environ_overrides=came).status_code == 302
    last = {"REMOTE_ADDR": places[3]}
    assert _launch(open_browser(), ehr, environ_overrides=last).status_code == status
