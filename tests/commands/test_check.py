"""`oncoform check` as a hospital's engineer runs it."""

import pytest
import requests
import responses

from app.forms._registry import all_forms

ISSUER = "https://ehr.example/fhir"
OTHER = "https://other.example/fhir"
AUTH = "https://auth.example"


@pytest.fixture
def http():
    smart = {
        "authorization_endpoint": f"{AUTH}/authorize",
        "token_endpoint": f"{AUTH}/token",
        "capabilities": ["launch-ehr", "permission-v2"],
        "code_challenge_methods_supported": ["S256"],
        "issuer": AUTH,
    }
    key = {"kty": "RSA", "n": "n", "e": "AQAB"}
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        for base in (ISSUER, OTHER):
            mock.get(f"{base}/.well-known/smart-configuration", json=smart)
            mock.get(f"{base}/metadata", status=404)
        mock.get(
            f"{AUTH}/.well-known/openid-configuration",
            json={"issuer": AUTH, "jwks_uri": f"{AUTH}/jwks"},
        )
        mock.get(f"{AUTH}/jwks", json={"keys": [key]})
        yield mock


@pytest.fixture
def other(registration):
    return {**registration, "key": "other", "name": "Other EHR", "issuer": OTHER}


def _break(http, base):
    address = f"{base}/.well-known/smart-configuration"
    http.replace(responses.GET, address, body=requests.ConnectionError())


def test_one_ehr_is_checked_with_every_form(run, hospital, registration, other, http):
    hospital(registration, other)
    ended = run("check", "example")
    assert ended.exit_code == 0, ended.output
    assert f"Example EHR (example)  {ISSUER}" in ended.output
    for form in all_forms().values():
        assert form.title in ended.output
    assert not [call for call in http.calls if call.request.url.startswith(OTHER)]


def test_all_ehrs_are_checked_and_one_that_fails_tells_by_the_status(
    run, hospital, registration, other, http
):
    hospital(registration, other)
    assert run("check").exit_code == 0
    _break(http, OTHER)
    ended = run("check")
    assert ended.exit_code == 1
    assert "Example EHR" in ended.output
    assert "no connection" in ended.output


def test_two_ehrs_that_cannot_be_told_apart_are_warned_of(run, hospital, registration, other, http):
    shared = {"callback": "shared"}
    hospital({**registration, **shared}, {**other, **shared})
    assert "Other EHR answers at /callback too" in run("check", "example").output
    hospital({**registration, "callback": "own"}, {**other, **shared})
    assert "answers at /callback too" not in run("check").output
    hospital(registration, other)
    assert "answers at /callback too" not in run("check").output


def test_an_ehr_of_a_pattern_is_checked_at_the_base_that_is_named(
    run, hospital, registration, http
):
    hospital({**registration, "issuer": [ISSUER, "https://ehr.example/*/fhir"]})
    assert run("check", "example").exit_code == 2
    assert run("check", "example", "--issuer", ISSUER).exit_code == 0
    assert run("check", "example", "--issuer", "https://evil.example/fhir").exit_code == 2
    everything = run("check")
    assert everything.exit_code == 0
    assert "oncoform check example --issuer" in everything.output


def test_an_ehr_may_be_checked_before_the_app_is_registered_with_it(
    run, hospital, registration, http
):
    del registration["client_id"]
    hospital({**registration, "client_auth": "symmetric", "client_secret_env": "EXAMPLE_SECRET"})
    ended = run("check", "example")
    assert ended.exit_code == 1
    assert "The app does not start with this launch file" in ended.output
    assert f"{AUTH}/token" in ended.output


def test_an_ehr_that_is_not_in_the_file_is_named(run, hospital, registration):
    hospital(registration)
    ended = run("check", "other")
    assert ended.exit_code == 1
    assert "no EHR other; it has example" in ended.output


def test_a_launch_file_that_cannot_be_read_is_told(run, hospital, registration):
    hospital({**registration, "quirks": ["odd"]})
    ended = run("check")
    assert ended.exit_code == 1
    assert "no quirk odd" in ended.output


def test_only_forms_that_somebody_there_may_open_are_checked(run, hospital, registration, http):
    roles = {"nurse": {"forms": ["tnm-stage"]}}
    hospital({**registration, "forms": ["tnm-stage", "specimen"], "roles": roles})
    told = run("check", "example").output
    assert "TNM stage" in told
    assert "Specimen " in told
    assert "Tumor marker test" not in told


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"forms": ["tnm-stag"]}, "no form tnm-stag"),
        ({"roles": {"nurse": {"forms": ["tnm-stag"]}}}, "no form tnm-stag"),
        ({"roles": {"nurse": {"form": []}}}, "is forms meant"),
        ({"scopes": ["launch", "system/Patient.rs"]}, "take system/Patient.rs out"),
        ({"roles": {"nurse": {"scopes": ["patient/*.cruds"]}}}, "patient/*.cruds asks to delete"),
    ],
)
def test_what_keeps_the_app_from_starting_is_told(
    run, hospital, registration, http, changes, words
):
    hospital({**registration, **changes})
    ended = run("check", "example")
    assert ended.exit_code == 1
    assert words in ended.output


def test_what_follows_from_the_forms_is_asked_for(run, hospital, registration, http):
    del registration["scopes"]
    hospital({**registration, "forms": ["specimen"]})
    http.replace(
        responses.GET,
        f"{ISSUER}/.well-known/smart-configuration",
        json={
            "authorization_endpoint": f"{AUTH}/authorize",
            "token_endpoint": f"{AUTH}/token",
            "capabilities": ["launch-ehr", "permission-v2"],
            "code_challenge_methods_supported": ["S256"],
            "issuer": AUTH,
            "scopes_supported": ["launch", "openid", "patient/*.rs"],
        },
    )
    told = run("check", "example").output
    assert "patient/Specimen.cu" in told
    assert "patient/BodyStructure.cu" not in told


def test_receivers_are_listed_with_those_that_do_not_answer(
    run, hospital, registration, http, monkeypatch
):
    monkeypatch.setenv("REGISTRY_TOKEN", "t0ken")
    shared = {"product": "mcode-bundle", "purpose": "Reporting"}
    registry = {**shared, "key": "registry", "name": "Registry", "address": "https://r.example"}
    signed = {"auth": "bearer", "token_env": "REGISTRY_TOKEN"}
    other = {**shared, "key": "gone", "name": "Gone", "address": "https://gone.example"}
    hospital(registration, receivers=[{**registry, **signed}, other])
    http.add("OPTIONS", "https://r.example", status=204)
    http.add("OPTIONS", "https://gone.example", body=requests.ConnectTimeout())
    ended = run("check")
    assert ended.exit_code == 0, ended.output
    assert "Registry (registry)  https://r.example" in ended.output
    assert "mcode-bundle, sign-in: bearer. OPTIONS: answers 204" in ended.output
    assert "OPTIONS: The receiver was not reached" in ended.output
    asked = [call.request for call in http.calls if call.request.method == "OPTIONS"]
    assert not any("Authorization" in request.headers for request in asked)
    assert "Registry" not in run("check", "example").output
