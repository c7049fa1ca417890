import pytest

from app.smart.cookies import browser_key

LAUNCH = {"iss": "https://ehr.example/fhir", "launch": "xyz"}


def _cookies(answer) -> dict[str, set[str]]:
    """Return each cookie's attributes by its name."""
    parsed = {}
    for header in answer.headers.getlist("Set-Cookie"):
        first, *attributes = header.split("; ")
        parsed[first.partition("=")[0]] = set(attributes)
    return parsed


def _value(answer) -> str:
    return answer.headers["Set-Cookie"].split(";")[0].partition("=")[2]


def test_the_cookie_comes_back_in_a_frame_and_to_nobody_else(ehr, browser):
    answer = browser.get("/launch", query_string=LAUNCH)
    assert _cookies(answer) == {
        "__Host-oncoform": {"HttpOnly", "Path=/", "SameSite=None", "Secure", "Partitioned"}
    }
    assert len(_value(answer)) >= 43


def test_the_key_is_kept_from_launch_to_launch_until_somebody_signs_in(ehr, launch, browser):
    first = _value(browser.get("/launch", query_string=LAUNCH))
    assert _value(browser.get("/launch", query_string=LAUNCH)) == first
    launch()
    second = browser.get_cookie("__Host-oncoform", domain="app.example").value
    assert second != first
    for _ in range(2):
        assert _value(browser.get("/launch", query_string=LAUNCH)) == second


@pytest.mark.parametrize("planted", ["planted", "", "x" * 4000])
def test_a_key_that_the_app_did_not_make_is_replaced(ehr, browser, planted):
    browser.set_cookie("__Host-oncoform", planted, domain="app.example")
    assert _value(browser.get("/launch", query_string=LAUNCH)) != planted


def test_the_key_is_not_kept_as_it_is(ehr, begin, launch, browser, tmp_path):
    state = begin()["state"]
    launch()
    key = browser.get_cookie("__Host-oncoform", domain="app.example").value
    content = b"".join(path.read_bytes() for path in tmp_path.glob("app.sqlite*"))
    assert b"launches" in content
    for secret in (key, state, "access-1", "refresh-1", "elena", "Owen Hale", "Practitioner/owen"):
        assert secret.encode() not in content


class TestInTheDemo:
    @pytest.fixture
    def settings(self, settings):
        return {**settings, "DEMO": True, "BASE_URL": "http://127.0.0.1:8000"}

    @pytest.mark.parametrize(
        ("address", "peer", "twin"),
        [
            ("http://127.0.0.1:8000", "127.0.0.1", True),
            ("http://localhost:8000", "127.0.0.1", True),
            ("http://[::1]:8000", "::1", True),
            ("http://[::1]", "::1", True),
            ("https://127.0.0.1:8000", "127.0.0.1", False),
            ("http://app.example", "127.0.0.1", False),
            ("http://127.0.0.1:8000", "192.0.2.1", False),
        ],
    )
    def test_a_twin_serves_clients_on_plain_loopback_alone(self, app, ehr, address, peer, twin):
        answer = app.test_client().get(
            "/launch",
            query_string=LAUNCH,
            base_url=address,
            environ_base={"REMOTE_ADDR": peer},
        )
        keys = [header.split(";")[0] for header in answer.headers.getlist("Set-Cookie")]
        assert len({key.partition("=")[2] for key in keys}) == 1
        cookies = _cookies(answer)
        assert "Secure" in cookies.pop("__Host-oncoform")
        assert cookies == (
            {"oncoform-loopback": {"HttpOnly", "Path=/", "SameSite=Lax"}} if twin else {}
        )
        with app.test_request_context(
            base_url=address,
            environ_base={"REMOTE_ADDR": peer},
            headers={"Cookie": "oncoform-loopback=key"},
        ) as context:
            assert browser_key(context.request) == ("key" if twin else None)


def test_outside_the_demo_there_is_no_twin(app, ehr):
    loopback = {"base_url": "http://127.0.0.1:8000", "environ_base": {"REMOTE_ADDR": "127.0.0.1"}}
    answer = app.test_client().get("/launch", query_string=LAUNCH, **loopback)
    assert _cookies(answer).keys() == {"__Host-oncoform"}
    cookie = {"Cookie": "oncoform-loopback=key"}
    with app.test_request_context(headers=cookie, **loopback) as context:
        assert browser_key(context.request) is None
