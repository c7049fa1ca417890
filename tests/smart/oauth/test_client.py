import base64
import json
import time
from email.utils import formatdate

import pytest
import requests
from joserfc import jwt

from app.smart.errors import TokenRefused
from app.smart.oauth.client import OAuthClient

AUTH = "https://auth.example"


@pytest.fixture
def symmetric(registration, monkeypatch):
    monkeypatch.setenv("EXAMPLE_SECRET", "s3cret:/%")
    registration |= {"client_auth": "symmetric", "client_secret_env": "EXAMPLE_SECRET"}


@pytest.fixture
def without_openid(registration):
    registration["scopes"] = ["launch", "patient/Patient.rs"]


@pytest.fixture(params=["rsa", "ec"])
def private_key(request, registration, rsa_key, ec_key, monkeypatch):
    key = {"rsa": rsa_key, "ec": ec_key}[request.param]
    monkeypatch.setenv("EXAMPLE_KEY", json.dumps(key.as_dict(private=True)))
    registration |= {"client_auth": "asymmetric", "private_key_env": "EXAMPLE_KEY"}
    return key


def _basic(request) -> str:
    kind, _, value = request.headers["Authorization"].partition(" ")
    assert kind == "Basic"
    return base64.b64decode(value).decode()


def test_no_nonce_is_sent_where_no_id_token_is_asked_for(without_openid, begin):
    assert "nonce" not in begin()


def test_a_public_client_sends_its_id_and_no_authorization(ehr, launch, browser):
    browser.post(f"/l/{launch()}/sign-out")
    for path in ("/token", "/revoke"):
        for request, form in zip(ehr.requests(path), ehr.forms(path), strict=True):
            assert "Authorization" not in request.headers
            assert form["client_id"] == "oncoform"


def test_a_symmetric_client_sends_its_secret_by_basic_alone(symmetric, ehr, launch, browser):
    address = f"/l/{launch()}"
    browser.post(f"{address}/extend")
    browser.post(f"{address}/sign-out")
    sent = [*ehr.requests("/token"), *ehr.requests("/revoke")]
    assert len(sent) == 4
    for request in sent:
        assert _basic(request) == "oncoform:s3cret:/%"
        assert "s3cret" not in request.body
        assert "client_id" not in request.body


def test_an_asymmetric_client_signs_an_assertion_for_one_use(private_key, ehr, launch, browser):
    address = f"/l/{launch()}"
    browser.post(f"{address}/extend")
    browser.post(f"{address}/sign-out")
    forms = [*ehr.forms("/token"), *ehr.forms("/revoke")]
    seen = set()
    for form in forms:
        assert form["client_assertion_type"] == (
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        )
        algorithm = {"RSA": "RS384", "EC": "ES384"}[private_key.key_type]
        token = jwt.decode(form["client_assertion"], private_key, algorithms=[algorithm])
        assert token.header == {"alg": algorithm, "kid": private_key.kid, "typ": "JWT"}
        claims = token.claims
        assert claims["iss"] == claims["sub"] == "oncoform"
        assert claims["aud"] == f"{AUTH}/token"
        assert 0 < claims["exp"] - time.time() <= 240
        assert "client_id" not in form
        assert "client_secret" not in form
        seen.add(claims["jti"])
    assert len(seen) == len(forms) == 4


@pytest.mark.parametrize(
    ("headers", "off", "ahead"),
    [
        ({}, 290, 290),
        ({}, -290, -290),
        ({}, 5, 0),
        ({}, 3600, 0),
        ({"Age": "0"}, 290, 0),
        (None, 290, 0),
    ],
)
def test_an_assertion_is_dated_by_the_ehrs_clock(private_key, ehr, launch, headers, off, ahead):
    smart = json.dumps(ehr.smart)
    told = formatdate(time.time() + off, usegmt=True)
    dated = {"Date": "yesterday"} if headers is None else {"Date": told, **headers}
    ehr.smart = (200, dated, smart)
    launch()
    (form,) = ehr.forms("/token")
    algorithm = {"RSA": "RS384", "EC": "ES384"}[private_key.key_type]
    claims = jwt.decode(form["client_assertion"], private_key, algorithms=[algorithm]).claims
    assert claims["iat"] - time.time() == pytest.approx(ahead, abs=5)
    assert claims["exp"] - claims["iat"] == 240


def test_an_asymmetric_client_publishes_its_bare_public_key(private_key, browser):
    (key,) = browser.get("/.well-known/jwks.json").json["keys"]
    numbers = {"RSA": {"n", "e"}, "EC": {"crv", "x", "y"}}[private_key.key_type]
    assert key.keys() == numbers | {"kty", "kid", "use", "alg", "key_ops"}
    assert key["kid"] == private_key.kid
    assert key["key_ops"] == ["verify"]


def test_a_refresh_asks_for_no_scope(ehr, launch, browser):
    browser.post(f"/l/{launch()}/extend")
    assert ehr.forms("/token")[-1] == {
        "grant_type": "refresh_token",
        "refresh_token": "refresh-1",
        "client_id": "oncoform",
    }


@pytest.mark.parametrize(
    ("token", "spent"),
    [
        ((400, {}, '{"error": "invalid_grant"}'), True),
        ((401, {}, '{"error": "invalid_client"}'), False),
        ((429, {}, "slow down"), False),
        *(((status, {}, "<html>"), False) for status in (400, 401, 403, 404, 407, 408, 413)),
        ((502, {}, "<html>"), True),
        ((503, {}, "closed"), False),
        ((500, {}, "fault"), True),
        ((200, {}, "<html>"), True),
        ((200, {}, '{"access_token": "a", "access_token": "b", "token_type": "Bearer"}'), True),
        ((200, {}, '{"access_token": "a", "token_type": "Bearer", "expires_in": NaN}'), True),
        (requests.ReadTimeout(), True),
        (requests.ConnectionError(), True),
        (requests.ConnectTimeout(), False),
    ],
)
def test_a_refusal_tells_whether_the_token_may_be_spent(app, ehr, token, spent):
    ehr.token = token
    smart = app.extensions["smart"]
    client: OAuthClient = smart._client(smart.registry.with_issuer(ehr.issuer))
    with pytest.raises(TokenRefused) as refusal:
        client.refresh("refresh-1")
    assert refusal.value.spent is spent
    assert "refresh-1" not in repr(refusal.value) + str(refusal.value.details)


def test_each_token_is_given_back_under_its_own_name(ehr, launch, browser):
    browser.post(f"/l/{launch()}/sign-out")
    given_back = [(form["token"], form["token_type_hint"]) for form in ehr.forms("/revoke")]
    assert given_back == [("refresh-1", "refresh_token"), ("access-1", "access_token")]
