import json

import pytest
import requests
from joserfc import jwt

ISSUER = "https://ehr.example/fhir"
AUTH = "https://auth.example"


@pytest.fixture
def launch_page(browser):
    return lambda: browser.get("/launch", query_string={"iss": ISSUER, "launch": "xyz"})


@pytest.mark.parametrize(
    "change",
    [
        {"code_challenge_methods_supported": None},
        {"code_challenge_methods_supported": []},
        {"code_challenge_methods_supported": ["plain"]},
        {"code_challenge_methods_supported": "S256"},
        {"code_challenge_methods_supported": [["S256"]]},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "http://auth.example/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://user:pass@auth.example/authorize"},
        {"authorization_endpoint": "https://auth.example/authorize#x"},
        {"authorization_endpoint": "https://auth.example/a\nb"},
        {"authorization_endpoint": ["https://auth.example/authorize"]},
        {"authorization_endpoint": "https://[::1/authorize"},
        {"token_endpoint": None},
        {"token_endpoint": "http://auth.example/token"},
        {"token_endpoint": "https://127.0.0.1/token"},
        {"token_endpoint": "https://10.0.0.1/token"},
        {"token_endpoint": "https://169.254.169.254/token"},
        {"token_endpoint": "https://[::ffff:127.0.0.1]/token"},
        {"token_endpoint": "//evil.example:99999/token"},
        {"token_endpoint": "ftp://auth.example/token"},
    ],
)
def test_an_ehr_that_cannot_be_used_safely_is_refused(ehr, launch_page, change):
    ehr.smart |= change
    page = launch_page()
    assert page.status_code == 502
    assert "Example EHR" in page.text


@pytest.mark.parametrize("name", ["revocation_endpoint", "introspection_endpoint"])
@pytest.mark.parametrize("address", ["http://auth.example/x", "https://10.0.0.1/x", ["x"], 7])
def test_an_endpoint_that_is_of_no_use_is_done_without(ehr, launch, browser, name, address):
    ehr.smart[name] = address
    assert browser.post(f"/l/{launch()}/sign-out").status_code == 303
    assert {call.request.url.split("?")[0] for call in ehr.http.calls} <= {
        f"{ISSUER}/.well-known/smart-configuration",
        f"{AUTH}/.well-known/openid-configuration",
        f"{AUTH}/jwks",
        f"{AUTH}/token",
        f"{AUTH}/revoke",
        f"{ISSUER}/Practitioner/owen",
    }


@pytest.mark.parametrize(
    "answer",
    [
        (404, {}, "{}"),
        (500, {}, "{}"),
        (204, {}, ""),
        (302, {"Location": "https://evil.example/"}, ""),
        (301, {"Location": "https://ehr.example/elsewhere"}, ""),
        (200, {"Content-Type": "text/html"}, "<html>"),
        (200, {}, ""),
        (200, {}, "[]"),
        (200, {}, '"x"'),
        (200, {}, "[" * 100_000),
        (200, {}, b"\xff\xfe\x00"),
        (200, {}, "{" + " " * 1_000_000 + "}"),
        requests.ConnectTimeout(),
        requests.ReadTimeout(),
        requests.ConnectionError(),
        requests.exceptions.SSLError(),
    ],
)
def test_what_is_no_configuration_is_refused(ehr, launch_page, answer):
    ehr.smart = answer
    page = launch_page()
    assert page.status_code == 502
    assert "SMART configuration" in page.text
    assert len(ehr.http.calls) == 1


def test_relative_endpoints_are_below_the_fhir_base(ehr, begin, answer, browser):
    ehr.smart |= {"authorization_endpoint": "auth/authorize"}
    page = browser.get("/launch", query_string={"iss": ISSUER, "launch": "xyz"})
    assert page.location.startswith(f"{ISSUER}/auth/authorize?")


def test_an_ehr_is_asked_once_in_a_few_minutes(ehr, begin):
    begin()
    begin()
    assert len(ehr.requests("/smart-configuration")) == 1


def test_a_dead_ehr_is_left_alone_for_some_seconds_and_then_asked_again(
    ehr, launch_page, monkeypatch
):
    good, ehr.smart = ehr.smart, (503, {}, "")
    pages = [launch_page() for _ in range(3)]
    assert [page.status_code for page in pages] == [502, 502, 502]
    assert all("HTTP status 503" in page.text for page in pages)
    assert len(ehr.requests("/smart-configuration")) == 1
    ehr.smart = good
    monkeypatch.setattr("app.smart.oauth.cache.FAULT_SECONDS", -1)
    assert launch_page().status_code == 302


def test_an_ehr_that_many_wait_for_is_said_to_be_slow(app, ehr, launch_page, monkeypatch):
    places = app.extensions["smart"]._discovery._cache._places
    monkeypatch.setattr(places, "_most", 0)
    page = launch_page()
    assert page.status_code == 502
    assert "others wait for it" in page.text
    assert ehr.requests("/smart-configuration") == []


def test_statements_by_unknown_keys_do_not_make_the_app_fetch_keys_without_end(
    ehr, begin, answer, rsa_key
):
    ehr.key = rsa_key  # its id in the statement stays ehr-1, which the key set has
    ehr.jwks["keys"][0]["kid"] = "another"
    for _ in range(4):
        assert answer(code="code-1", state=begin()["state"]).status_code == 502
    assert len(ehr.requests("/jwks")) == 2


def test_a_key_that_is_new_in_the_key_set_is_found_at_once(ehr, launch, rsa_key):
    launch()
    ehr.jwks["keys"] = [{**rsa_key.as_dict(private=False), "kid": "ehr-1"}]
    ehr.key = rsa_key
    ehr.jwks["keys"][0]["kid"] = "ehr-2"
    ehr.id_token = lambda: jwt.encode({"alg": "RS256", "kid": "ehr-2"}, ehr.id_claims(), rsa_key)
    launch()
    assert len(ehr.requests("/jwks")) == 2


@pytest.mark.parametrize(
    "text",
    [
        '{"token_endpoint": "https://auth.example/token", %s}',
        '{"x": NaN, %s}',
        '{"x": 1%s, %%s}' % ("0" * 200),
        '{"x": %s, %%s}' % ("[" * 101 + "]" * 101),
    ],
)
def test_a_configuration_that_readers_could_take_differently_is_refused(ehr, launch_page, text):
    ehr.smart = (200, {}, text % json.dumps(ehr.smart)[1:-1])
    assert json.loads(ehr.smart[2])
    page = launch_page()
    assert page.status_code == 502
    assert "not JSON" in page.text


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("openid", {"issuer": "https://evil.example", "jwks_uri": f"{AUTH}/jwks"}),
        ("openid", {"issuer": f"{AUTH}/", "jwks_uri": f"{AUTH}/jwks"}),
        ("openid", {"jwks_uri": f"{AUTH}/jwks"}),
        ("openid", {"issuer": AUTH}),
        ("openid", {"issuer": AUTH, "jwks_uri": "http://auth.example/jwks"}),
        ("openid", {"issuer": AUTH, "jwks_uri": "https://192.168.1.1/jwks"}),
        ("openid", (404, {}, "")),
        ("openid", (302, {"Location": "https://evil.example"}, "")),
        ("jwks", {}),
        ("jwks", {"keys": {}}),
        ("jwks", {"keys": []}),
        ("jwks", {"keys": [None, "x", {}]}),
        ("jwks", (200, {}, "[]")),
        ("jwks", (200, {}, "x" * 1_100_000)),
        ("jwks", requests.ReadTimeout()),
    ],
)
def test_without_the_issuers_own_keys_nobody_gets_in(ehr, begin, answer, part, content):
    setattr(ehr, part, content)
    assert answer(code="code-1", state=begin()["state"]).status_code == 502


@pytest.mark.parametrize("issuer", [None, 7, "http://auth.example", "https://other.example"])
def test_the_issuer_is_the_one_of_the_smart_configuration(ehr, begin, answer, issuer):
    ehr.http.get("https://other.example/.well-known/openid-configuration", json=ehr.openid)
    ehr.smart["issuer"] = issuer
    assert answer(code="code-1", state=begin()["state"]).status_code == 502


@pytest.mark.parametrize(
    ("part", "words"),
    [("openid", "Its OpenID configuration could not"), ("jwks", "Its key set could not be read")],
)
def test_a_document_that_cannot_be_read_is_told_by_its_name(ehr, begin, answer, part, words):
    setattr(ehr, part, (503, {}, ""))
    page = answer(code="code-1", state=begin()["state"])
    assert page.status_code == 502
    assert f"{words}" in page.text
    assert "HTTP status 503" in page.text


def test_the_smart_configuration_that_cannot_be_read_is_told_by_its_name(ehr, launch_page):
    ehr.smart = (503, {}, "")
    assert "Its SMART configuration could not be read: HTTP status 503" in launch_page().text


def test_an_issuer_with_a_slash_at_its_end_has_its_configuration_below(ehr, launch):
    issuer = f"{AUTH}/realm/"
    ehr.smart["issuer"] = ehr.openid["issuer"] = ehr.claims["iss"] = issuer
    address = f"{AUTH}/realm/.well-known/openid-configuration"
    ehr.http.get(address, json=ehr.openid)
    assert launch()
    assert len(ehr.requests("/realm/.well-known/openid-configuration")) == 1
