"""Dynamic registration against an EHR whose answers a test bends."""

import json

import pytest
import requests
import responses

from app.fhir.addresses import AddressRule
from app.smart.checking.registration import Registered, RegistrationRefused, register
from app.smart.oauth.http import Web

ENDPOINT = "https://auth.example/register"
ASKED = {
    "client_name": "Oncoform",
    "redirect_uris": ["https://app.example/callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "token_endpoint_auth_method": "none",
}
SYMMETRIC = ASKED | {"token_endpoint_auth_method": "client_secret_basic"}


@pytest.fixture
def ask(http):
    """Register by `asked` with an EHR that gives `answer`: (status, content) or an exception."""

    def ask(answer, asked=ASKED, token=""):
        if isinstance(answer, Exception):
            http.post(ENDPOINT, body=answer)
        else:
            status, content = answer
            body = content if isinstance(content, (str, bytes)) else json.dumps(content)
            http.post(ENDPOINT, status=status, body=body)
        return register(Web(AddressRule(demo=False), 5), ENDPOINT, asked, token)

    return ask


def test_the_metadata_are_sent_once_as_json(ask, http):
    assert ask((201, {"client_id": "app-7"})) == Registered("app-7")
    (call,) = http.calls
    assert json.loads(call.request.body) == ASKED
    assert call.request.headers["Content-Type"] == "application/json"
    assert "Authorization" not in call.request.headers


def test_an_initial_token_goes_along(ask, http):
    ask((201, {"client_id": "app-7"}), token="door-key")
    assert http.calls[0].request.headers["Authorization"] == "Bearer door-key"


def test_a_symmetric_app_gets_its_secret_and_when_it_ends(ask):
    content = {"client_id": "app-7", "client_secret": "s3cret", "client_secret_expires_at": 1900000}
    registered = ask((201, content), SYMMETRIC)
    assert (registered.client_secret, registered.secret_ends) == ("s3cret", 1900000)
    assert "s3cret" not in repr(registered)


def test_a_public_app_keeps_no_secret(ask):
    assert ask((201, {"client_id": "app-7", "client_secret": "s3cret"})).client_secret is None


def test_what_the_ehr_registered_otherwise_is_told(ask):
    content = {
        "client_id": "app-7",
        **ASKED,
        "redirect_uris": ["https://app.example/callback", "https://more.example/"],
        "grant_types": ["authorization_code"],
        "token_endpoint_auth_method": "client_secret_post",
    }
    assert ask((200, content)).differences == (
        'grant_types is ["authorization_code"]',
        'token_endpoint_auth_method is "client_secret_post"',
    )


def test_the_way_to_change_the_registration_is_kept(ask):
    content = {
        "client_id": "app-7",
        "registration_client_uri": "https://auth.example/register/app-7",
        "registration_access_token": "manage-it",
    }
    registered = ask((201, content))
    assert registered.management == "https://auth.example/register/app-7"
    assert registered.management_token == "manage-it"
    assert "manage-it" not in repr(registered)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((400, {"error": "invalid_redirect_uri"}), "does not accept the redirect URI"),
        ((400, {"error": "invalid_client_metadata"}), "what the app says of itself"),
        ((400, {"error": "invalid_software_statement"}), "software statement that it can check"),
        ((400, {"error": "unapproved_software_statement"}), "not approved"),
        ((401, {"error": "invalid_token"}), "ONCOFORM_REGISTRATION_TOKEN"),
        ((401, ""), "ONCOFORM_REGISTRATION_TOKEN"),
        ((403, {"error": "access_denied"}), "does not let the app register itself"),
        ((404, "<html>"), "no registration at the address"),
        ((405, ""), "no registration at the address"),
        ((429, ""), "busy"),
        ((503, ""), "busy"),
        ((500, "x"), "HTTP status 500"),
        ((400, {"error": ["odd"]}), "HTTP status 400"),
        (
            (400, {"error": "odd", "error_description": "no\x1b[2J such\nthing"}),
            "no [2J such thing",
        ),
        ((201, ""), "no client id"),
        ((201, "[" * 100_000), "no client id"),
        ((201, []), "no client id"),
        ((201, {"client_id": 7}), "no client id"),
        ((201, {"client_id": "a\nb"}), "no client id"),
        ((201, {"client_id": ""}), "no client id"),
        ((201, "x" * 1_100_000), "too large"),
        (requests.ReadTimeout(), "look there"),
        (requests.ConnectionError(), "look there"),
    ],
)
def test_a_refusal_says_why_and_what_to_do(ask, answer, words):
    with pytest.raises(RegistrationRefused) as refusal:
        ask(answer)
    assert words in str(refusal.value)
    assert str(refusal.value).isprintable()


def test_a_symmetric_app_without_a_secret_is_told_under_which_name_it_stands(ask):
    with pytest.raises(RegistrationRefused, match=r"app-7.*no secret"):
        ask((201, {"client_id": "app-7"}), SYMMETRIC)


def test_the_initial_token_is_never_repeated(ask):
    with pytest.raises(RegistrationRefused) as refusal:
        ask((401, {"error_description": "Bearer door-key is not good"}), token="door-key")
    assert "door-key" not in str(refusal.value)


def test_a_registration_is_not_sent_on_to_another_address(http):
    http.post(ENDPOINT, status=307, headers={"Location": "https://evil.example/register"})
    http.add(responses.POST, "https://evil.example/register", json={"client_id": "x"})
    with pytest.raises(RegistrationRefused, match="another address"):
        register(Web(AddressRule(demo=False), 5), ENDPOINT, ASKED, "door-key")
    assert len(http.calls) == 1
