"""What an EHR's server can answer, and what the app makes of it."""

import json

import pytest
import requests
import urllib3

from app.fhir import transport
from app.fhir.errors import (
    BadAnswer,
    Conflict,
    Expired,
    Forbidden,
    Missing,
    ReaderGone,
    Refused,
    ServerFault,
    Unreachable,
)
from app.fhir.session import Query

PATIENT = {"resourceType": "Patient", "id": "p1"}
NEW = {"resourceType": "Observation", "status": "final"}


@pytest.fixture(autouse=True)
def waits(monkeypatch):
    slept = []
    monkeypatch.setattr(transport.time, "sleep", slept.append)
    return slept


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Refused),
        (403, Forbidden),
        (404, Missing),
        (405, Refused),
        (409, Conflict),
        (410, Missing),
        (412, Conflict),
        (422, Refused),
        (429, ServerFault),
        (500, ServerFault),
        (503, ServerFault),
    ],
)
def test_each_refusal_is_an_error_of_its_own_with_the_servers_words(ehr, status, error):
    ehr.answers("/Patient/p1", ehr.outcome("because of this"), status=status)
    with pytest.raises(error) as caught:
        ehr.session().read("Patient", "p1")
    assert caught.value.http_status == status
    assert caught.value.issues == ["because of this"]
    assert caught.value.message


def test_a_refusal_without_an_outcome_still_says_what_to_do(ehr):
    ehr.answers("/Patient/p1", b"<html>Forbidden</html>", status=403)
    with pytest.raises(Forbidden) as caught:
        ehr.session().read("Patient", "p1")
    assert caught.value.issues == []
    assert "administrator" in caught.value.message


def test_after_a_401_the_token_is_renewed_once_and_the_request_repeated(ehr):
    ehr.answers("/Patient/p1", status=401)
    ehr.answers("/Patient/p1", PATIENT)
    assert ehr.session("old", "new").read("Patient", "p1") == PATIENT
    assert ehr.tokens_sent == ["Bearer old", "Bearer new"]


@pytest.mark.parametrize("tokens", [("old",), ("old", "new")])
def test_a_401_that_stays_ends_the_session(ehr, tokens):
    ehr.answers("/Patient/p1", status=401)
    with pytest.raises(Expired):
        ehr.session(*tokens).read("Patient", "p1")
    assert len(ehr.requests) == len(tokens)


def test_a_write_is_repeated_after_a_401_with_the_same_body(ehr):
    ehr.answers("/Observation", status=401, method="POST")
    ehr.answers("/Observation", {**NEW, "id": "1"}, status=201, method="POST")
    assert ehr.session("old", "new").create(NEW).status == 201
    assert ehr.requests[0].body == ehr.requests[1].body


def test_a_server_without_authorization_gets_no_token(ehr):
    ehr.answers("/Patient/p1", PATIENT)
    session = ehr.session()
    session._transport._tokens.left.clear()
    session.read("Patient", "p1")
    assert ehr.tokens_sent == [None]


def test_what_is_read_is_asked_of_the_chart_and_not_of_a_server_s_memory(ehr):
    ehr.answers("/Patient/p1", PATIENT)
    ehr.answers("/Observation", ehr.searchset(NEW))
    session = ehr.session()
    session.read("Patient", "p1")
    session.search(Query("Observation", (), "results"))
    assert [r.headers["Cache-Control"] for r in ehr.requests] == ["no-cache", "no-cache"]


def test_cookies_of_the_ehr_are_not_kept(ehr):
    ehr.answers("/Patient/p1", PATIENT, headers={"Set-Cookie": "sid=1; Path=/"})
    session = ehr.session()
    session.read("Patient", "p1")
    session.read("Patient", "p1")
    assert "Cookie" not in ehr.requests[1].headers


@pytest.mark.parametrize(
    ("failure", "sent"),
    [
        (requests.ConnectTimeout(), False),
        (requests.exceptions.SSLError("bad certificate"), False),
        (
            requests.ConnectionError(
                urllib3.exceptions.MaxRetryError(
                    None, "/", urllib3.exceptions.NewConnectionError(None, "refused")
                )
            ),
            False,
        ),
        (requests.ReadTimeout(), True),
        (requests.ConnectionError("reset by peer"), True),
    ],
)
def test_no_answer_says_whether_the_request_may_have_arrived(ehr, failure, sent):
    ehr.answers("/Observation", failure, method="POST")
    ehr.mock.replace("POST", f"{ehr.base}/Observation", body=failure)
    with pytest.raises(Unreachable) as caught:
        ehr.session().create(NEW)
    assert (caught.value.sent, caught.value.outcome_unknown) == (sent, sent)
    assert len(ehr.requests) == 1


@pytest.mark.parametrize(
    ("status", "unknown"),
    [
        *((status, True) for status in (408, 500, 502, 503, 504, 507, 520)),
        *((status, False) for status in (400, 401, 403, 404, 405, 409, 410, 412, 415, 422)),
        *((status, False) for status in (429, 501)),
    ],
)
@pytest.mark.parametrize("body", ["", {"resourceType": "OperationOutcome"}], ids=["", "outcome"])
def test_a_failing_server_may_have_stored_what_was_sent(ehr, status, unknown, body):
    ehr.answers("/Observation", body, status=status, method="POST")
    with pytest.raises(transport.FhirError) as caught:
        ehr.session().create(NEW)
    assert caught.value.outcome_unknown is unknown
    assert len(ehr.requests) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_reader_waits_once_where_the_ehr_asks_for_a_short_delay(ehr, waits, status):
    ehr.answers("/Patient/p1", status=status, headers={"Retry-After": "2"})
    ehr.answers("/Patient/p1", PATIENT)
    assert ehr.session().read("Patient", "p1") == PATIENT
    assert waits == [2.0]


@pytest.mark.parametrize("after", ["3600", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "-1", ""])
def test_a_reader_does_not_wait_long_or_for_something_unclear(ehr, waits, after):
    ehr.answers("/Patient/p1", status=429, headers={"Retry-After": after})
    with pytest.raises(ServerFault):
        ehr.session().read("Patient", "p1")
    assert waits == []
    assert len(ehr.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Sign in</html>",
        b"",
        b"[]",
        b'"text"',
        b'{"resourceType": "OperationOutcome"}',
        b'{"resourceType": "Patient", "id": "somebody-else"}',
        b'{"resourceType": "Patient", "id": "p1", "x": NaN}',
        b"\xff\xfe\x00",
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"a":' * 200 + b"1" + b"}" * 200,
        b'{"resourceType": "Patient", "id": "p1", "x": ' + b"1" * 10_000 + b"}",
    ],
)
def test_an_answer_that_is_not_the_resource_asked_for_is_a_bad_answer(ehr, body):
    ehr.answers("/Patient/p1", body)
    with pytest.raises(BadAnswer):
        ehr.session().read("Patient", "p1")


def test_an_answer_larger_than_the_limit_is_not_read_to_its_end(ehr):
    ehr.answers("/Patient/p1", json.dumps({**PATIENT, "text": "x" * 200_000}))
    with pytest.raises(BadAnswer, match="too large"):
        ehr.session(max_bytes=100_000).read("Patient", "p1")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_below_the_base_is_followed(ehr, status):
    ehr.answers("/Patient/p1", status=status, headers={"Location": "/fhir/moved/p1"})
    ehr.answers("/moved/p1", PATIENT)
    assert ehr.session().read("Patient", "p1") == PATIENT


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/fhir/Patient/p1",
        "http://ehr.example/fhir/Patient/p1",
        "https://ehr.example:8443/fhir/Patient/p1",
        "//evil.example/fhir/Patient/p1",
        "https://ehr.example/other/Patient/p1",
        "https://ehr.example@evil.example/fhir/",
        "/fhir/../admin",
        "",
    ],
)
def test_the_token_never_goes_along_with_a_redirect_to_another_place(ehr, target):
    ehr.answers("/Patient/p1", status=302, headers={"Location": target})
    with pytest.raises(BadAnswer):
        ehr.session().read("Patient", "p1")
    assert [request.url for request in ehr.requests] == [f"{ehr.base}/Patient/p1"]


def test_redirects_in_a_circle_end(ehr):
    ehr.answers("/Patient/p1", status=302, headers={"Location": "/fhir/Patient/p1"})
    with pytest.raises(BadAnswer, match="circle"):
        ehr.session().read("Patient", "p1")
    assert len(ehr.requests) < 10


def test_a_write_is_never_sent_on_by_a_redirect(ehr):
    ehr.answers("/Observation", status=307, headers={"Location": "/fhir/x"}, method="POST")
    with pytest.raises(BadAnswer) as caught:
        ehr.session().create(NEW)
    assert caught.value.outcome_unknown
    assert len(ehr.requests) == 1


def test_an_id_cannot_lead_out_of_the_base(ehr):
    ehr.answers("/Patient/..%2F..%2Fadmin", PATIENT)
    with pytest.raises(BadAnswer):
        ehr.session().read("Patient", "../../admin")
    assert ehr.requests == []


def test_the_servers_words_never_show_a_token(ehr):
    words = "header was 'Authorization: Bearer s3cret-token' and s3cret-token eyJhbGci.eyJz.c2ln"
    ehr.answers("/Patient/p1", ehr.outcome(words), status=403)
    with pytest.raises(Forbidden) as caught:
        ehr.session("s3cret-token").read("Patient", "p1")
    shown = repr(caught.value.issues) + str(caught.value)
    assert "s3cret" not in shown
    assert "eyJ" not in shown


@pytest.mark.parametrize(("status", "error"), [(200, BadAnswer), (422, Refused)])
def test_an_answer_of_too_many_parts_is_not_parsed(ehr, status, error):
    ehr.answers("/Patient/p1", b"[" + b"{}," * 600_000 + b"{}]", status=status)
    with pytest.raises(error) as caught:
        ehr.session().read("Patient", "p1")
    assert caught.value.http_status == status
    if status == 200:
        assert "too large" in caught.value.message


def test_who_reads_for_nobody_any_more_is_told_instead_of_asking_on(ehr):
    ehr.answers("/Patient/p1", PATIENT)
    answers = iter([False, True])
    session = ehr.session(is_given_up=lambda: next(answers, True))
    with pytest.raises(ReaderGone):
        session.search_all([Query("Observation", (("patient", "p1"),), "x")] * 20)
    with pytest.raises(ReaderGone):
        session.capability()
