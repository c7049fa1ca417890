from __future__ import annotations

import pytest
import requests

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
        {"revocation_endpoint": "http://auth.example/revoke"},
    ],
)
def test_an_ehr_that_cannot_be_used_safely_is_refused(ehr, launch_page, change):
    ehr.smart |= change
    page = launch_page()
    assert page.status_code == 502
    assert "Example EHR" in page.text


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


def test_an_ehr_is_asked_once_in_a_few_minutes(ehr, begin, monkeypatch):
    begin()
    begin()
    assert len(ehr.requests("/smart-configuration")) == 1
    monkeypatch.setattr("app.smart.oauth.discovery.KEPT_SECONDS", -1)
    begin()
    assert len(ehr.requests("/smart-configuration")) == 1


def test_a_failure_is_not_remembered(ehr, launch_page):
    good, ehr.smart = ehr.smart, (503, {}, "")
    assert launch_page().status_code == 502
    ehr.smart = good
    assert launch_page().status_code == 302


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
