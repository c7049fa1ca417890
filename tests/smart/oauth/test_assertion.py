"""Which key signs, by what the EHR lists and by the time of use."""

import base64
import json
import time
from types import SimpleNamespace

import pytest
from joserfc.jwk import RSAKey

from app.smart.ehrs.keys import make_keys, rotate
from app.smart.ehrs.private_file import replace_content, write_new

ISSUER = "https://ehr.example/fhir"


@pytest.fixture
def keys(registration, monkeypatch):
    """Give the app these keys, each with more members of its JWK."""

    def keys(*members) -> None:
        text = json.dumps({"keys": [key.as_dict(private=True) | more for key, more in members]})
        monkeypatch.setenv("EXAMPLE_KEY", text)
        registration.update(client_auth="asymmetric", private_key_env="EXAMPLE_KEY")

    return keys


def _headers(ehr) -> list[tuple[str, str]]:
    """Return algorithm and key id of each assertion that was sent."""
    found = []
    for form in ehr.forms("/token"):
        head = form["client_assertion"].partition(".")[0]
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        found.append((header["alg"], header["kid"]))
    return found


@pytest.mark.parametrize(
    ("listed", "signed"),
    [
        (["RS384", "ES384"], ("ES384", "app-ec")),
        (["RS256", "RS384"], ("RS384", "app-rsa")),
        (["ES384"], ("ES384", "app-ec")),
        (None, ("RS384", "app-rsa")),
    ],
)
def test_the_algorithm_is_one_that_the_ehr_lists(
    keys, rsa_key, ec_key, ehr, request, listed, signed
):
    keys((rsa_key, {}), (ec_key, {}))
    ehr.smart["token_endpoint_auth_signing_alg_values_supported"] = listed
    request.getfixturevalue("launch")()
    assert _headers(ehr) == [signed]


def test_an_ehr_that_lists_nothing_gets_the_one_key_that_there_is(keys, ec_key, ehr, request):
    keys((ec_key, {}))
    request.getfixturevalue("launch")()
    assert _headers(ehr) == [("ES384", "app-ec")]


@pytest.mark.parametrize(
    ("listed", "words"),
    [
        (["RS256", "PS384"], "neither RS384 nor ES384"),
        ([], "neither RS384 nor ES384"),
        (["ES384"], "no key for ES384 that signs now"),
    ],
)
def test_without_a_key_that_fits_nobody_is_sent_to_the_ehr(
    keys, rsa_key, ehr, request, listed, words
):
    keys((rsa_key, {}))
    ehr.smart["token_endpoint_auth_signing_alg_values_supported"] = listed
    browser = request.getfixturevalue("browser")
    page = browser.get("/launch", query_string={"iss": ISSUER, "launch": "xyz"})
    assert page.status_code == 502
    assert words in page.text


def test_the_key_is_chosen_when_it_is_used(keys, rsa_key, ehr, request, monkeypatch):
    soon = int(time.time()) + 4000
    newer = RSAKey.generate_key(2048, parameters={"kid": "newer"})
    keys((rsa_key, {"exp": soon + 4000}), (newer, {"nbf": soon}))
    launch = request.getfixturevalue("launch")
    browser = request.getfixturevalue("browser")
    launch()
    published = browser.get("/.well-known/jwks.json")
    assert {key["kid"] for key in published.json["keys"]} == {"app-rsa", "newer"}
    monkeypatch.setattr("app.smart.oauth.client.time", SimpleNamespace(time=lambda: soon + 1))
    launch()
    assert [kid for _, kid in _headers(ehr)] == ["app-rsa", "newer"]


def test_the_published_keys_may_be_kept_for_less_time_than_a_new_key_waits(keys, rsa_key, request):
    keys((rsa_key, {"nbf": 1, "exp": int(time.time()) + 4000}))
    answer = request.getfixturevalue("browser").get("/.well-known/jwks.json")
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    (key,) = answer.json["keys"]
    assert key.keys() == {"kty", "n", "e", "kid", "use", "alg", "key_ops"}


def test_rotated_keys_are_published_without_a_restart(
    registration, tmp_path, monkeypatch, ehr, request
):
    path = tmp_path / "keys.json"
    monkeypatch.setenv("EXAMPLE_KEY_FILE", str(path))
    registration |= {"client_auth": "asymmetric", "private_key_env": "EXAMPLE_KEY"}
    now = int(time.time())
    held = make_keys(now - 7200)
    write_new(path, held.text())
    browser, launch = request.getfixturevalue("browser"), request.getfixturevalue("launch")
    launch()
    rotated = rotate(held, now, lead=7200, overlap=7200)
    replace_content(path, rotated.text())
    published = browser.get("/.well-known/jwks.json").json["keys"]
    assert [jwk["kid"] for jwk in published] == [key.kid for key in rotated.keys]
    launch()
    assert {kid for _, kid in _headers(ehr)} == {held.signing(["RS384"], now).kid}
