import time
from base64 import b64encode

import pytest
import requests

AUTH = "https://auth.example"
GRANTED = "launch openid fhirUser online_access patient/Patient.rs patient/Observation.crus"
RIGHT = {"active": True, "client_id": "oncoform", "iss": AUTH, "patient": "elena"}


@pytest.fixture
def told(ehr):
    """Let the EHR offer introspection; what it answers is the list's one element."""
    answers = [dict(RIGHT)]
    ehr.smart["introspection_endpoint"] = f"{AUTH}/introspect"
    ehr._serve("POST", f"{AUTH}/introspect", lambda: answers[0])
    return answers


@pytest.fixture
def tokens(app, launch):
    """The tokens that are kept after a launch."""
    return lambda: app.extensions["store"].launches.tokens(launch()).tokens


def test_a_public_client_shows_the_token_itself(ehr, told, tokens):
    assert tokens()["access_token"] == "access-1"
    (request,) = ehr.requests("/introspect")
    assert request.headers["Authorization"] == "Bearer access-1"
    assert ehr.forms("/introspect") == [{"token": "access-1", "token_type_hint": "access_token"}]


class TestWithASecret:
    @pytest.fixture
    def registration(self, registration, monkeypatch):
        monkeypatch.setenv("EXAMPLE_SECRET", "s3cret")
        return {**registration, "client_auth": "symmetric", "client_secret_env": "EXAMPLE_SECRET"}

    def test_a_client_proves_itself_by_it(self, ehr, told, tokens):
        tokens()
        (request,) = ehr.requests("/introspect")
        expected = b64encode(b"oncoform:s3cret").decode()
        assert request.headers["Authorization"] == f"Basic {expected}"


def test_an_ehr_that_does_not_offer_it_is_not_asked(ehr, launch):
    assert launch()
    assert not ehr.requests("/introspect")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"active": False}, "not active"),
        ({"client_id": "another-app"}, "client_id"),
        ({"client_id": ["oncoform"]}, "client_id"),
        ({"iss": "https://another.example"}, "iss"),
        ({"patient": "bob"}, "patient"),
        ({"patient": 7}, "patient"),
        ({"patient": None}, "patient"),
    ],
)
def test_a_token_of_another_is_refused_and_given_back(ehr, told, begin, answer, change, words):
    told[0] = {**RIGHT, **change}
    page = answer(code="code-1", state=begin()["state"])
    assert page.status_code == 502
    assert words in page.text
    assert "bob" not in page.text
    assert [form["token"] for form in ehr.forms("/revoke")] == ["refresh-1", "access-1"]


@pytest.mark.parametrize(
    "failure",
    [
        {},
        {"active": "yes"},
        {"active": None, "patient": "bob"},
        (200, {}, "[]"),
        (200, {}, "null"),
        (200, {}, "<html>"),
        (200, {}, "[" * 100_000),
        (200, {}, "x" * 1_100_000),
        (204, {}, ""),
        (302, {"Location": "https://evil.example/introspect"}, ""),
        (307, {"Location": "https://evil.example/introspect"}, ""),
        (400, {}, '{"error": "invalid_request"}'),
        (401, {}, '{"active": false}'),
        (403, {}, ""),
        (404, {}, "<html>"),
        (500, {}, '{"active": false}'),
        (503, {}, ""),
        requests.ConnectTimeout(),
        requests.ReadTimeout(),
        requests.ConnectionError(),
    ],
)
def test_an_endpoint_that_fails_keeps_nobody_out(ehr, told, tokens, failure):
    told[0] = failure
    assert tokens()["scope"] == GRANTED
    assert not [call for call in ehr.http.calls if "evil" in call.request.url]


def test_nobody_waits_long_for_it(told, tokens, ehr):
    tokens()
    (call,) = [call for call in ehr.http.calls if call.request.url.endswith("/introspect")]
    assert max(call.request.req_kwargs["timeout"]) <= 5


@pytest.mark.parametrize(
    ("scope", "kept"),
    [
        ("openid patient/Patient.rs", "openid patient/Patient.rs"),
        (f"{GRANTED} patient/*.cruds", GRANTED),
        ("patient/*.cruds", GRANTED),
        (" ".join(reversed(GRANTED.split())), GRANTED),
        ("", GRANTED),
        (["openid"], GRANTED),
        (None, GRANTED),
    ],
)
def test_a_narrower_scope_is_taken_and_no_wider_one(told, tokens, scope, kept):
    told[0] = {**RIGHT, "scope": scope}
    assert tokens()["scope"] == kept


@pytest.mark.parametrize("left", [90, 90.5])
def test_an_end_fills_in_where_the_token_response_had_none(ehr, told, tokens, left):
    ehr.token = {"expires_in": None}
    told[0] = {**RIGHT, "exp": time.time() + left}
    kept = tokens()
    assert kept["expires_at"] == pytest.approx(time.time() + 90, abs=3)
    assert kept["expires_at"] - kept["renew_at"] == pytest.approx(22, abs=1)


@pytest.mark.parametrize(
    "exp", [1, -1, 0, "soon", None, True, [], float("nan"), float("inf"), 10**400]
)
def test_an_end_that_says_nothing_is_left_aside(ehr, told, tokens, exp):
    ehr.token = {"expires_in": None}
    told[0] = {**RIGHT, "exp": exp}
    assert tokens()["expires_at"] is None


@pytest.mark.parametrize("exp", [10**15, 1e15])
def test_an_endless_end_is_a_month(ehr, told, tokens, exp):
    ehr.token = {"expires_in": None}
    told[0] = {**RIGHT, "exp": exp}
    assert tokens()["expires_at"] == pytest.approx(time.time() + 30 * 86_400, abs=3)


def test_an_end_of_the_token_response_stays(told, tokens):
    told[0] = {**RIGHT, "exp": time.time() + 10}
    assert tokens()["expires_at"] == pytest.approx(time.time() + 3600, abs=3)


@pytest.mark.parametrize(
    "text",
    [
        '{"active": false, "active": false}',
        '{"active": false, "exp": NaN}',
        '["active", false]',
        '{"active": false',
    ],
)
def test_an_answer_that_readers_take_differently_is_none(ehr, told, tokens, text):
    told[0] = (200, {"Content-Type": "application/json"}, text)
    assert tokens()["scope"] == GRANTED
    assert ehr.requests("/introspect")
