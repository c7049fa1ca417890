"""One attempt to send: what leaves, how the app signs in, and what is made of each answer."""

import json
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs

import pytest
import requests
import responses
from joserfc import jwt
from joserfc.jwk import KeySet

from app.reuse.fate import Fate
from app.reuse.outbox.sender import _BOUNDS, _LONGEST_REQUEST, LEASE, Sender
from app.reuse.receivers import Receiver, Receivers
from app.smart.ehrs.key_source import KeySource
from tests.outgoing import ADDRESS, BODY, BY, OWNER, outgoing

TOKENS = "https://auth.example/token"


@pytest.fixture
def store(open_store):
    return open_store()


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite:///{tmp_path / 'store.sqlite'}"


@pytest.fixture
def http():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        yield http


def receiver(**more):
    values = {
        "key": "registry",
        "name": "Registry",
        "product": "registry-report",
        "address": "https://registry.example",
        "purpose": "Reporting",
    }
    return Receiver(**{**values, **more})


def sender(*receivers, interpreters=None, hours=72):
    return Sender(
        Receivers(receivers or [receiver()]),
        interpreters or {},
        demo=False,
        timeout=5,
        limit=timedelta(hours=hours),
    )


@pytest.fixture
def claim(store):
    """Queue something and claim it."""

    def claim(**more):
        sending = store.outbox.queue(OWNER, outgoing(**more), BY)
        return store.outbox.claim(sending.id, LEASE)

    return claim


def test_the_exact_body_leaves_with_its_headers_and_no_others_say_who_sends(http, claim):
    http.post(ADDRESS, status=201)
    assert sender().send(claim()).state == "accepted"
    request = http.calls[0].request
    assert request.body == BODY
    assert request.headers["Content-Type"] == "application/fhir+json"
    assert "Authorization" not in request.headers
    assert "Cookie" not in request.headers


@pytest.mark.parametrize(
    ("more", "header"),
    [
        ({"auth": "bearer", "secret": "t0ken"}, "Bearer t0ken"),
        (
            {"auth": "basic", "username": "site", "secret": "pa55"},
            f"Basic {b64encode(b'site:pa55').decode()}",
        ),
    ],
)
def test_the_app_signs_in_as_the_receiver_asks(http, claim, more, header):
    http.post(ADDRESS)
    sender(receiver(**more)).send(claim())
    assert http.calls[0].request.headers["Authorization"] == header


def test_a_client_s_certificate_is_used(http, claim):
    http.post(ADDRESS)
    sender(receiver(auth="mutual-tls", certificate="/etc/client.pem")).send(claim())
    assert http.calls[0].request.req_kwargs["cert"] == "/etc/client.pem"


class TestBackendServices:
    @pytest.fixture
    def backend(self, keys):
        return receiver(
            auth="smart-backend",
            client_id="oncoform",
            token_endpoint=TOKENS,
            scope="system/Bundle.c",
            keys=KeySource("KEYS", {"KEYS": keys}),
        )

    def test_the_app_proves_by_its_key_who_it_is(self, http, claim, backend, keys):
        http.post(TOKENS, json={"access_token": "t0ken", "expires_in": 300})
        http.post(ADDRESS)
        sending = sender(backend)
        for key in ("b-1", "b-2"):
            assert sending.send(claim(key=key)).state == "accepted"
        asked, *sent = [call.request for call in http.calls]
        form = parse_qs(asked.body.decode())
        assert form["client_assertion_type"][0].endswith(":jwt-bearer")
        assert (form["grant_type"], form["scope"]) == (["client_credentials"], ["system/Bundle.c"])
        key_set = KeySet.import_key_set(json.loads(keys))
        token = jwt.decode(form["client_assertion"][0], key_set, algorithms=["ES384"])
        assert token.claims["aud"] == TOKENS
        assert token.claims["iss"] == token.claims["sub"] == "oncoform"
        # The token serves as long as it holds.
        assert [one.headers["Authorization"] for one in sent] == ["Bearer t0ken"] * 2

    def test_a_token_that_is_not_taken_is_asked_for_anew(self, http, claim, backend):
        http.post(TOKENS, json={"access_token": "first", "expires_in": 300})
        http.post(TOKENS, json={"access_token": "second", "expires_in": 300})
        http.post(ADDRESS, status=401)
        http.post(ADDRESS)
        sending, claimed = sender(backend), claim()
        assert sending.send(claimed).state == "queued"
        assert sending.send(claimed).state == "accepted"
        assert http.calls[3].request.headers["Authorization"] == "Bearer second"

    def test_the_token_endpoint_is_discovered_where_the_file_names_none(self, http, claim, backend):
        base = "https://registry.example"
        discovery = f"{base}/.well-known/smart-configuration"
        http.get(discovery, json={"token_endpoint": TOKENS})
        http.post(TOKENS, json={"access_token": "t0ken"})
        http.post(ADDRESS)
        assert sender(replace(backend, token_endpoint="")).send(claim()).state == "accepted"
        assert http.calls[0].request.headers["Accept"] == "application/json"

    @pytest.mark.parametrize(
        "configuration", [{}, {"token_endpoint": "http://auth.example/token"}, []]
    )
    def test_an_endpoint_that_may_not_be_used_is_not(self, http, claim, backend, configuration):
        base = "https://registry.example"
        http.get(f"{base}/.well-known/smart-configuration", json=configuration)
        outcome = sender(replace(backend, token_endpoint="")).send(claim())
        assert (outcome.state, len(http.calls)) == ("queued", 1)

    @pytest.mark.parametrize(
        "answer",
        [
            {"status": 400, "json": {"error": "invalid_client"}},
            {"json": {"token_type": "bearer"}},
            {"json": {"access_token": "two\nlines"}},
            {"body": b"<html>"},
            {"body": requests.ConnectionError()},
        ],
    )
    def test_without_a_token_nothing_leaves(self, http, claim, backend, answer):
        http.post(TOKENS, **answer)
        outcome = sender(backend).send(claim())
        assert (outcome.state, len(http.calls)) == ("queued", 1)
        assert "No access token" in outcome.words


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        ({"body": requests.ReadTimeout()}, "unknown", "no answer in time"),
        ({"body": requests.ConnectionError()}, "unknown", "the connection broke"),
        ({"body": requests.ConnectTimeout()}, "queued", "was not reached"),
        ({"body": b"x" * (_BOUNDS.max_bytes + 1)}, "unknown", "larger than the app reads"),
        ({"status": 302, "headers": {"Location": "https://evil.example"}}, "unknown", "leads"),
        ({"status": 503}, "queued", "503"),
        ({"status": 400, "json": {"error": "no"}}, "refused", "no"),
        ({"status": 200, "body": b"<html>", "content_type": "text/html"}, "unknown", "web page"),
    ],
)
def test_each_answer_says_what_is_known(http, claim, answer, state, words):
    http.post(ADDRESS, **answer)
    outcome = sender().send(claim())
    assert outcome.state == state
    assert words in outcome.words
    assert (outcome.again is not None) == (state != "refused")
    assert len(http.calls) == 1


def test_a_product_reads_the_answers_of_its_receivers(http, claim):
    def interpret(status, headers, body):
        assert (status, headers["X-From"], body) == (400, "icare", b"Unique Violation")
        return Fate("accepted", "It was there already.")

    http.post(ADDRESS, status=400, body="Unique Violation", headers={"X-From": "icare"})
    outcome = sender(interpreters={"registry-report": interpret}).send(claim())
    assert (outcome.state, outcome.words, outcome.status) == (
        "accepted",
        "It was there already.",
        400,
    )


def test_after_an_answer_that_the_product_cannot_read_nobody_knows(http, claim):
    http.post(ADDRESS, body="Elena")
    outcome = sender(interpreters={"registry-report": lambda *_: {}["Elena"]}).send(claim())
    assert outcome.state == "unknown"
    assert "KeyError" in outcome.words
    assert "Elena" not in outcome.words


def test_what_was_confirmed_for_one_address_does_not_go_to_another(http, claim):
    outcome = sender(receiver(address="https://moved.example")).send(claim())
    # It does not wait for an address that is gone: whoever confirms it sees the new one.
    assert (outcome.state, outcome.again) == ("queued", None)
    assert "address of the receiver was changed" in outcome.words
    assert len(http.calls) == 0


def test_what_was_confirmed_for_a_receiver_that_is_gone_waits(http, claim):
    outcome = sender(receiver(key="other")).send(claim())
    assert outcome.state == "queued"
    assert "launch.json no longer" in outcome.words


class TestPauses:
    def pause(self, http, claimed, hours=72, **headers):
        http.post(ADDRESS, status=503, headers=headers)
        again = sender(hours=hours).send(claimed).again
        return again and (again - datetime.now(UTC)).total_seconds()

    def test_a_pause_grows_with_each_attempt(self, http, store):
        sending = store.outbox.queue(OWNER, outgoing(), BY)
        pauses = []
        for _ in range(8):
            claimed = store.outbox.claim(sending.id, timedelta(0))
            pauses.append(self.pause(http, claimed))
        assert 20 < pauses[0] < 40
        assert pauses[:5] == sorted(pauses[:5])
        assert max(pauses) <= 1.2 * 6 * 3600

    def test_a_receiver_says_when(self, http, claim):
        assert 899 < self.pause(http, claim(), **{"Retry-After": "900"}) <= 901

    def test_a_receiver_names_the_moment(self, http, claim):
        moment = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
        assert 3590 < self.pause(http, claim(), **{"Retry-After": moment}) <= 3600

    @pytest.mark.parametrize("said", ["soon", "-5", "1e9", "Wed, 99 Nov 2026"])
    def test_what_is_no_time_is_not_heeded(self, http, claim, said):
        assert self.pause(http, claim(), **{"Retry-After": said}) < 40

    @pytest.mark.parametrize("said", ["999999999", "9999999999999"])
    def test_a_time_without_measure_ends_the_attempts_or_is_not_heeded(self, http, claim, said):
        pause = self.pause(http, claim(), **{"Retry-After": said})
        assert pause is None or pause < 40

    def test_after_the_limit_it_is_not_tried_again(self, http, claim):
        assert self.pause(http, claim(), hours=1, **{"Retry-After": "3700"}) is None


def test_an_attempt_is_over_before_its_lease_is():
    assert timedelta(seconds=2 * _LONGEST_REQUEST + _BOUNDS.total + 30) < LEASE
