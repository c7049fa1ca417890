"""What an answer means: never more than the receiver has said."""

import json

import pytest

from app.reuse.fate import fate_of, words_of

JSON = {"Content-Type": "application/fhir+json"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
PAGE = b"<!DOCTYPE html><html><body>Please sign in</body></html>"
OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [
        {"severity": "error", "code": "required", "diagnostics": "No Patient"},
        {"severity": "error", "code": "value", "details": {"text": "No site"}},
        {"severity": "error", "code": "structure"},
    ],
}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (200, "accepted"),
        (201, "accepted"),
        (202, "sent"),
        (204, "sent"),
        (302, "unknown"),
        (400, "refused"),
        (401, "again"),
        (403, "refused"),
        (404, "refused"),
        (408, "unknown"),
        (409, "refused"),
        (422, "refused"),
        (429, "again"),
        (500, "unknown"),
        (502, "unknown"),
        (503, "again"),
        (504, "unknown"),
    ],
)
def test_a_status_says_whether_it_was_taken(status, state):
    assert fate_of(status, JSON, b"").state == state
    assert str(status) in fate_of(status, JSON, b"").words


@pytest.mark.parametrize(
    ("status", "state"),
    [(200, "unknown"), (404, "refused"), (500, "unknown"), (503, "again")],
)
@pytest.mark.parametrize("headers", [HTML, {}], ids=["typed", "untyped"])
def test_a_web_page_is_no_word_of_a_receiver(status, state, headers):
    fate = fate_of(status, headers, PAGE)
    assert fate.state == state
    assert "web page" in fate.words
    assert "sign in" not in fate.words


@pytest.mark.parametrize("body", [b'{"resourceType": "Bun', b"\xff\xfe", b'{"a": 1, "a": 2}'])
def test_after_a_broken_answer_nobody_knows(body):
    assert fate_of(200, JSON, body).state == "unknown"


def test_a_refusal_has_the_words_of_each_issue():
    assert fate_of(400, JSON, json.dumps(OUTCOME).encode()).words == (
        "No Patient; No site; structure"
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"issue": {"diagnostics": "Unique Violation"}}, "Unique Violation"),
        ({"entry": [{"resource": OUTCOME}]}, "No Patient; No site; structure"),
        ({"error": "Missing Parameters"}, "Missing Parameters"),
        ({"issue": [1, None, {"diagnostics": 7, "code": "x"}]}, "x"),
        ([[[[[[[[[[OUTCOME]]]]]]]]]], ""),
        ("text", ""),
    ],
)
def test_words_are_found_wherever_a_receiver_puts_them(content, words):
    assert words_of(json.dumps(content).encode()) == words


def test_words_are_one_line_that_shows():
    assert words_of("No\n\x00 such\u202e site".encode()) == "No such site"
    assert len(words_of(b"no " * 100_000)) <= 2000


def outcome(*severities):
    issues = [{"severity": one, "code": "processing"} for one in severities]
    return {"resourceType": "OperationOutcome", "issue": issues}


def response(code):
    header = {"resourceType": "MessageHeader", "response": {"code": code}}
    return {"resourceType": "Bundle", "type": "message", "entry": [{"resource": header}]}


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (outcome("information"), "accepted"),
        (outcome("information", "warning"), "understood in part"),
        (outcome("warning", "error"), "refused"),
        (outcome("fatal"), "refused"),
        ({"entry": [{"resource": outcome("error")}]}, "refused"),
        (response("ok"), "accepted"),
        (response("fatal-error"), "refused"),
        (response("transient-error"), "again"),
        ({"resourceType": "Bundle", "id": "1"}, "accepted"),
    ],
)
def test_a_receiver_may_refuse_with_status_200(answer, state):
    assert fate_of(200, JSON, json.dumps(answer).encode()).state == state


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Type": "application/xhtml+xml"}, b"<?xml version='1.0'?><html>Sign in</html>"),
        ({"Content-Type": "application/xml"}, b"<?xml version='1.0'?>\n<HTML>Sign in</HTML>"),
        ({"Content-Type": "application/fhir+xml"}, b"<OperationOutcome/>"),
        ({"Content-Type": "text/plain"}, b"ERROR: the queue is full"),
        ({}, b'{"resourceType": "Oper'),
    ],
)
def test_what_cannot_be_read_says_nothing_of_whether_it_was_taken(headers, body):
    assert fate_of(200, headers, body).state == "unknown"
