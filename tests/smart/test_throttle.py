import pytest

from app.store import counts


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Let no minute end in the middle of a test."""
    begun = counts.now()
    monkeypatch.setattr(counts, "now", lambda: begun)


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


def _metadata(mode, destination):
    named = {"Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": destination}
    return {name: value for name, value in named.items() if value is not None}


@pytest.mark.parametrize(
    ("mode", "destination"),
    [
        ("no-cors", "image"),
        ("no-cors", "script"),
        ("no-cors", "style"),
        ("cors", "empty"),
        ("no-cors", None),
        (None, "image"),
        ("navigate", "image"),
    ],
)
def test_what_a_page_fetches_as_a_part_of_itself_locks_nobody_out(
    ehr, begin, answer, open_browser, mode, destination
):
    headers = _metadata(mode, destination)
    state = begin()["state"]
    for _ in range(9):
        page = _launch(open_browser(), ehr, headers=headers)
        assert page.status_code == 403
        assert "Set-Cookie" not in page.headers
        fetched = open_browser().get(f"/callback?code=code-1&state={state}", headers=headers)
        assert fetched.status_code == 403
    assert not ehr.requests("/token")
    assert _launch(open_browser(), ehr).status_code == 302
    assert answer(code="code-1", state=state).status_code == 303


@pytest.mark.parametrize(
    ("mode", "destination"),
    [
        ("navigate", "document"),
        ("navigate", "iframe"),
        ("navigate", "frame"),
        ("navigate", "object"),
        ("navigate", "embed"),
        ("navigate", None),
        (None, None),
    ],
)
def test_who_goes_to_the_app_is_let_in_also_in_a_frame(
    ehr, begin, browser, open_browser, mode, destination
):
    headers = _metadata(mode, destination)
    assert _launch(open_browser(), ehr, headers=headers).status_code == 302
    query = {"code": "code-1", "state": begin()["state"]}
    assert browser.get("/callback", query_string=query, headers=headers).status_code == 303


@pytest.mark.parametrize("query", ["iss=https://evil.example", "launch=xyz", "iss=a&iss=b", ""])
def test_launches_from_no_known_ehr_keep_out_none_from_a_chart(ehr, open_browser, query):
    def stray(place="10.0.0.1"):
        came = {"REMOTE_ADDR": place}
        return open_browser().get(f"/launch?{query}", environ_overrides=came).status_code

    assert stray() in {400, 403}
    assert [stray() for _ in range(8)] == [429] * 8
    assert stray("10.0.0.2") in {400, 403}
    came = {"REMOTE_ADDR": "10.0.0.1"}
    launches = [_launch(open_browser(), ehr, environ_overrides=came) for _ in range(4)]
    assert [page.status_code for page in launches] == [302, 302, 302, 429]


class TestStrayLaunchesOfMany:
    @pytest.fixture
    def settings(self, settings):
        return {**settings, "LAUNCHES_PER_MINUTE": 30}

    def test_are_a_tenth_of_those_from_a_chart(self, open_browser):
        came = [open_browser().get("/launch?iss=x").status_code for _ in range(4)]
        assert came == [403, 403, 403, 429]
