"""A renewal may bring a new statement of who the user is: it must be about the same person."""

import base64
import hashlib
import time

import pytest
from joserfc import jwt

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
        {"exp": int(time.time()) - 120},
    ],
)
def test_a_statement_about_another_ends_the_renewals(extend, change):
    assert not extend(change)


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
