"""A renewal may bring a new statement of who the user is: it must be about the same person."""

import base64
import hashlib
import time

import pytest
from joserfc import jwt

from app.smart.oauth.cache import ResponseCache

AUTH = "https://auth.example"


@pytest.fixture
def extend(ehr, launch, browser, app):
    """Launch, then extend with what the EHR now claims; whether that was accepted."""

    def extend(change=None, **token) -> bool:
        launch_id = launch()
        ehr.claims = change or {}
        ehr.token = {"access_token": "access-2", **token}
        page = browser.post(f"/l/{launch_id}/extend")
        assert page.status_code in {303, 409}, page.text
        kept = app.extensions["store"].launches.tokens(launch_id).tokens
        accepted = page.status_code == 303
        assert kept["access_token"] == ("access-2" if accepted else "access-1")
        # What was spent in vain is not spent again.
        assert (kept["refresh_token"] is None) is not accepted
        return accepted

    return extend


@pytest.mark.parametrize(
    "change", [{}, {"nonce": None}, {"iat": int(time.time()) - 30}, {"iat": 1}, {"fhirUser": None}]
)
def test_a_statement_about_the_same_person_is_accepted(extend, change):
    assert extend(change)


@pytest.mark.parametrize(
    "change",
    [
        {"sub": "nancy"},
        {"sub": None},
        {"iss": "https://another.example"},
        {"aud": "another-app"},
        {"azp": "another-app"},
        {"nonce": "another"},
        {"exp": int(time.time()) - 301},
    ],
)
def test_a_statement_about_another_ends_the_renewals(extend, change):
    assert not extend(change)


@pytest.mark.parametrize(
    "absent", [["aud"], ["aud", "nonce"], ["iss"], ["exp"], ["iat"], ["aud", "exp", "iat", "iss"]]
)
def test_a_claim_that_is_absent_goes_into_the_log_and_ends_nothing(extend, caplog, absent):
    assert extend(dict.fromkeys(absent))
    (line,) = [record for record in caplog.messages if "id_token" in record]
    named = [name for name in ("iss", "aud", "exp", "iat") if name in absent]
    assert line == f"example: an id_token of a renewal lacks {', '.join(named)}; access goes on"


def test_a_claim_that_is_null_is_absent(ehr, extend, caplog):
    claims = {**ehr.id_claims(), "aud": None}
    header = {"alg": "RS256", "kid": "ehr-1"}
    assert extend(id_token=jwt.encode(header, claims, ehr.key))
    assert "lacks aud" in caplog.text


@pytest.mark.parametrize("claim", ["aud", "iss", "exp", "iat", "nonce", "sub"])
def test_the_id_token_of_a_launch_has_every_claim(ehr, begin, answer, claim):
    ehr.claims = {claim: None}
    state = begin()["state"]
    assert answer(code="code-1", state=state).status_code == 502


@pytest.mark.parametrize(
    "change",
    [
        {"aud": None, "sub": "nancy"},
        {"aud": None, "iss": "https://another.example"},
        {"iss": None, "aud": "another-app"},
        {"aud": []},
        {"aud": ""},
        {"aud": 7},
        {"aud": None, "azp": "another-app"},
    ],
)
def test_beside_what_is_absent_nothing_may_differ(extend, change):
    assert not extend(change)


def test_a_claim_that_is_absent_needs_a_right_signature_all_the_same(ehr, extend, rsa_key):
    claims = ehr.id_claims()
    del claims["aud"]
    assert not extend(id_token=jwt.encode({"alg": "RS256", "kid": "ehr-1"}, claims, rsa_key))


def test_keys_that_cannot_be_read_now_cost_no_refresh_token(ehr, launch, browser, app):
    """Whether the id_token is right is seen at the next renewal."""
    launch_id = launch()
    id_token = jwt.encode({"alg": "RS256", "kid": "ehr-2"}, ehr.id_claims(), ehr.key)
    ehr.token = {"access_token": "access-2", "refresh_token": "refresh-2", "id_token": id_token}
    ehr.jwks = (503, {}, "")
    app.extensions["smart"]._discovery._cache = ResponseCache()
    assert browser.post(f"/l/{launch_id}/extend").status_code == 409
    tokens = app.extensions["store"].launches.tokens(launch_id).tokens
    assert (tokens["access_token"], tokens["refresh_token"]) == ("access-1", "refresh-2")


@pytest.mark.parametrize("id_token", [7, "x.y.z", ""])
def test_what_is_no_statement_ends_the_renewals(extend, id_token):
    assert not extend(id_token=id_token)


def test_a_renewal_needs_no_statement(extend):
    assert extend(id_token=None)


def test_a_statement_where_nobody_was_named_before_is_left_aside(ehr, launch, browser, app):
    ehr.token = {"scope": "launch patient/Patient.rs", "id_token": None}
    launch_id = launch()
    ehr.token = {"access_token": "access-2"}
    assert browser.post(f"/l/{launch_id}/extend").status_code == 303


def _half_digest(token: str, algorithm: str) -> str:
    digest = hashlib.new(f"sha{algorithm[-3:]}", token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "PS512"])
@pytest.mark.parametrize(("token", "status"), [("access-1", 303), ("access-7", 502)])
def test_a_statement_made_for_another_token_is_refused(
    ehr, begin, answer, algorithm, token, status
):
    state = begin()["state"]
    claims = {**ehr.id_claims(), "at_hash": _half_digest(token, algorithm)}
    header = {"alg": algorithm, "kid": "ehr-1"}
    ehr.token = {"id_token": jwt.encode(header, claims, ehr.key, algorithms=[algorithm])}
    page = answer(code="code-1", state=state)
    assert page.status_code == status
    assert ("at_hash" in page.text) is (status == 502)


@pytest.mark.parametrize("at_hash", [None, "", 7, ["x"], "\u20ac"])
def test_an_odd_digest_is_refused(ehr, begin, answer, at_hash):
    state = begin()["state"]
    claims = {**ehr.id_claims(), "at_hash": at_hash}
    header = {"alg": "RS256", "kid": "ehr-1"}
    ehr.token = {"id_token": jwt.encode(header, claims, ehr.key)}
    assert answer(code="code-1", state=state).status_code == 502
