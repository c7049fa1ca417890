"""The interactions: read, search with its pages, create, update, transaction, capability."""

import threading
import time
from decimal import Decimal

import pytest

from app.fhir.errors import BadAnswer, Forbidden, Missing, Refused, ServerFault, Unreachable
from app.fhir.search import Query

LABS = Query("Observation", (("patient", "p1"), ("category", "laboratory")), "laboratory results")


def observation(id_, **more):
    return {"resourceType": "Observation", "id": id_, **more}


def ids(answer):
    return [resource["id"] for resource in answer.resources]


def test_a_search_sends_its_parameters_and_reads_matches_without_total(ehr):
    ehr.answers("/Observation", ehr.searchset(observation("1")))
    answer = ehr.session().search(LABS)
    assert ids(answer) == ["1"]
    assert answer.complete
    assert ehr.requests[0].url.endswith("/Observation?patient=p1&category=laboratory")


@pytest.mark.parametrize(
    "link",
    [
        "https://ehr.example/fhir/Observation?page=2",
        "https://EHR.example:443/fhir/Observation?page=2",
        "https://ehr.example/fhir?_getpages=abc",
        "/fhir/Observation?page=2",
        "Observation?page=2",
        "?page=2",
    ],
)
def test_pages_below_the_base_are_followed_absolute_or_relative(ehr, link):
    ehr.answers("/Observation", ehr.searchset(observation("1"), next_link=link))
    for path in ("/Observation", ""):
        ehr.answers(path, ehr.searchset(observation("2")))
    answer = ehr.session().search(LABS)
    assert ids(answer) == ["1", "2"]
    assert answer.complete


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/fhir/Observation?page=2",
        "http://ehr.example/fhir/Observation?page=2",
        "https://ehr.example:444/fhir/Observation?page=2",
        "https://ehr.example/other/Observation?page=2",
        "https://ehr.example/fhirx/Observation?page=2",
        "https://ehr.example/fhir/../admin",
        "https://ehr.example/fhir/%2e%2e/admin",
        "https://ehr.example/fhir/%2e%2e%2fadmin",
        "https://ehr.example/fhir/..\\admin",
        "https://ehr.example\\@evil.example/fhir/",
        "https://user@ehr.example/fhir/Observation",
        "https://ehr.example.evil.example/fhir/Observation",
        "https://ehr.example:port/fhir/",
        "https://[::1/fhir/",
        "//evil.example/fhir/Observation",
        "javascript:alert(1)",
        "file:///etc/passwd",
        " https://ehr.example/fhir/Observation",
        ["https://ehr.example/fhir/Observation"],
        {"url": "x"},
        7,
    ],
)
def test_a_next_link_away_from_the_base_is_never_followed(ehr, link):
    ehr.answers("/Observation", ehr.searchset(observation("1"), next_link=link))
    answer = ehr.session().search(LABS)
    assert ids(answer) == ["1"]
    assert not answer.complete
    assert isinstance(answer.error, BadAnswer)
    assert len(ehr.requests) == 1


@pytest.mark.parametrize("link", [None, "?page=2", "https://evil.example/fhir/Observation"])
def test_the_first_page_alone_says_whether_there_are_more(ehr, link):
    ehr.answers("/Observation", ehr.searchset(observation("1"), next_link=link))
    answer = ehr.session().first_page(LABS)
    assert ids(answer) == ["1"]
    assert answer.complete == (link is None)
    assert len(ehr.requests) == 1


def test_pages_that_lead_back_end(ehr):
    first = f"{ehr.base}/Observation?patient=p1&category=laboratory"
    ehr.answers("/Observation", ehr.searchset(observation("1"), next_link="?page=2"))
    ehr.answers("/Observation", ehr.searchset(observation("2"), next_link=first))
    answer = ehr.session().search(LABS)
    assert ids(answer) == ["1", "2"]
    assert not answer.complete


def test_pages_without_end_are_cut_off(ehr):
    for number in range(10):
        page = ehr.searchset(observation(str(number)), next_link=f"?page={number}")
        ehr.answers("/Observation", page)
    answer = ehr.session(max_pages=4).search(LABS)
    assert len(answer.resources) == 4
    assert not answer.complete


def test_a_later_page_that_fails_leaves_what_was_read(ehr):
    ehr.answers("/Observation", ehr.searchset(observation("1"), next_link="?page=2"))
    ehr.answers("/Observation", status=500)
    answer = ehr.session().search(LABS)
    assert ids(answer) == ["1"]
    assert isinstance(answer.error, ServerFault)
    assert not answer.complete


def test_a_first_page_that_fails_is_raised(ehr):
    ehr.answers("/Observation", ehr.outcome("unknown parameter"), status=400)
    with pytest.raises(Refused):
        ehr.session().search(LABS)


@pytest.mark.parametrize("body", [{"resourceType": "Observation"}, [], b"no", {"entry": []}])
def test_an_answer_that_is_no_bundle_is_a_bad_answer(ehr, body):
    ehr.answers("/Observation", body)
    with pytest.raises(BadAnswer):
        ehr.session().search(LABS)


def test_included_resources_and_remarks_are_told_from_matches(ehr):
    bundle = {
        "resourceType": "Bundle",
        "entry": [
            {"resource": observation("1"), "search": {"mode": "match"}},
            {"resource": observation("2"), "search": {"mode": "include"}},
            {"resource": {"resourceType": "Medication", "id": "3"}},
            {"resource": ehr.outcome("parameter ignored"), "search": {"mode": "outcome"}},
            {"resource": "no object"},
            {"fullUrl": "empty"},
            "no entry",
            {"resource": {"id": "without a type"}},
        ],
    }
    ehr.answers("/Observation", bundle)
    answer = ehr.session().search(LABS)
    assert ids(answer) == ["1"]
    assert [r["id"] for r in answer.included] == ["2", "3"]
    assert answer.notes == ["parameter ignored"]


def test_many_searches_keep_their_order_and_hold_their_errors(ehr):
    ehr.answers("/Observation", ehr.searchset(observation("1")))
    ehr.answers("/Condition", status=403)
    queries = [LABS, Query("Condition", (), "diagnoses")]
    labs, diagnoses = ehr.session().search_all(queries)
    assert ids(labs) == ["1"]
    assert isinstance(diagnoses.error, Forbidden)
    assert not diagnoses.complete


def test_calls_run_at_the_same_time(ehr):
    meeting = threading.Barrier(3, timeout=60)
    assert len(ehr.session().run_all([meeting.wait] * 3)) == 3


def test_numbers_come_back_digit_for_digit(ehr):
    text = b'{"resourceType":"Observation","id":"1","value":10.50,"n":3,"small":1.0E-7}'
    ehr.answers("/Observation/1", text)
    ehr.answers("/Observation/1", {}, method="PUT")
    session = ehr.session()
    stored = session.read("Observation", "1")
    assert stored["value"] == Decimal("10.50")
    session.update(stored, if_match="1")
    assert ehr.requests[1].body.replace(b" ", b"") == text


@pytest.mark.parametrize("version", ["1", 'W/"1"', '"1"', " 1 "])
def test_an_update_is_bound_to_its_version_however_it_is_written(ehr, version):
    ehr.answers("/Observation/1", observation("1"), method="PUT", headers={"ETag": 'W/"2"'})
    result = ehr.session().update(observation("1"), if_match=version)
    assert ehr.requests[0].headers["If-Match"] == 'W/"1"'
    assert (result.status, result.version, result.reference) == (200, "2", "Observation/1")


def test_a_create_sends_its_condition_and_asks_for_the_stored_resource(ehr):
    ehr.answers("/Observation", status=201, method="POST", headers={"Location": "x"})
    ehr.session().create(observation("1"), if_none_exist="identifier=s|v")
    headers = ehr.requests[0].headers
    assert headers["If-None-Exist"] == "identifier=s|v"
    assert headers["Prefer"] == "return=representation"
    assert headers["Content-Type"].startswith("application/fhir+json")


def test_a_transaction_pairs_its_results_with_what_was_sent(ehr):
    answer = {
        "resourceType": "Bundle",
        "type": "transaction-response",
        "entry": [
            {"response": {"status": "201 Created", "location": "Observation/5/_history/1"}},
            {"response": {"status": "201", "etag": 'W/"7f3a-uuid"'}, "resource": observation("6")},
        ],
    }
    ehr.answers("", answer, method="POST")
    first, second = ehr.session().transaction({"resourceType": "Bundle", "entry": [{}, {}]})
    assert (first.status, first.reference, first.version) == (201, "Observation/5", "1")
    assert (second.status, second.reference, second.version) == (201, "Observation/6", "7f3a-uuid")


@pytest.mark.parametrize(
    "body",
    [
        {"resourceType": "Bundle", "entry": []},
        {"resourceType": "Bundle"},
        {"resourceType": "OperationOutcome"},
        b"",
    ],
)
def test_a_transaction_answered_with_something_else_has_an_unknown_outcome(ehr, body):
    ehr.answers("", body, method="POST")
    with pytest.raises(BadAnswer) as caught:
        ehr.session().transaction({"resourceType": "Bundle", "entry": [{}]})
    assert caught.value.outcome_unknown


@pytest.mark.parametrize("status", [200, 404, 500])
def test_a_server_that_says_nothing_of_itself_is_no_error(ehr, status):
    ehr.answers("/metadata", b"<html>", status=status)
    capability = ehr.session().capability()
    assert capability.supports("Observation", "create") is None
    assert capability.supports_transaction is None


def test_the_capability_is_asked_for_once(ehr):
    ehr.answers("/metadata", {"resourceType": "CapabilityStatement"})
    session = ehr.session()
    assert session.capability() is session.capability()
    assert len(ehr.requests) == 1


@pytest.mark.parametrize("id_", ["", ".", ".."])
def test_an_id_cannot_lead_out_of_the_base(ehr, id_):
    with pytest.raises(Missing):
        ehr.session().read("Patient", id_)
    assert ehr.requests == []


def test_pages_end_when_they_are_too_many_bytes_together(ehr):
    page = {"resourceType": "Observation", "id": "1", "note": "x" * 60_000}
    for number in range(7):
        link = f"{ehr.base}/page/{number + 1}"
        path = f"/page/{number}" if number else "/Observation"
        ehr.answers(path, ehr.searchset(page, next_link=link))
    session = ehr.session(max_bytes=100_000, all_answers=3)
    answer = session.search(LABS)
    assert not answer.complete
    assert "too large" in answer.error.message
    assert len(ehr.requests) == 5


def test_searches_at_the_same_time_share_what_they_may_bring(ehr):
    found = {"resourceType": "Observation", "id": "1", "note": "x" * 60_000}
    ehr.answers("/Observation", ehr.searchset(found))
    answers = ehr.session(max_bytes=100_000, all_answers=2).search_all([LABS] * 6)
    complete = [answer for answer in answers if answer.complete]
    assert len(complete) == 3
    assert all(isinstance(a.error, BadAnswer) for a in answers if not a.complete)


def test_what_is_read_together_ends_when_its_time_is_over(ehr):
    ehr.answers("/Observation", ehr.searchset(next_link=f"{ehr.base}/Observation?page=2"))
    answer = ehr.session(all_seconds=0).search_all([LABS])[0]
    assert isinstance(answer.error, Unreachable)
    assert ehr.requests == []


def test_pages_end_when_they_have_too_many_parts_together(ehr):
    """A part takes two bytes on the way, and a hundred in memory."""
    page = {"resourceType": "Observation", "id": "1", "component": [{}] * 400}
    for number in range(4):
        path = f"/page/{number}" if number else "/Observation"
        found = ehr.searchset(page, next_link=f"{ehr.base}/page/{number + 1}")
        ehr.answers(path, found)
    answer = ehr.session(all_nodes=2_000).search(LABS)
    assert not answer.complete
    assert "too large" in answer.error.message
    assert len(answer.resources) == 2


def test_pages_end_when_they_have_too_many_resources_together(ehr):
    """What several searches find counts once; after the last nothing more is asked."""
    found = [{"resourceType": "Observation", "id": str(number)} for number in range(5)]
    ehr.answers("/Observation", ehr.searchset(*found[:3], next_link=f"{ehr.base}/page/1"))
    ehr.answers("/page/1", ehr.searchset(*found, next_link=f"{ehr.base}/page/2"))
    session = ehr.session(all_resources=4)
    budget = session.budget()
    answer = session.search(LABS, budget)
    assert not answer.complete
    assert "more entries than one page of the app reads" in answer.error.message
    assert [item["id"] for item in answer.resources] == ["0", "1", "2", "0", "1", "2", "3"]
    again = session.try_search(LABS, budget)
    assert again.error.message == answer.error.message
    assert len(ehr.requests) == 2


def test_nothing_more_is_asked_when_the_answers_were_too_large(ehr):
    found = {"resourceType": "Observation", "id": "1", "note": "x" * 60_000}
    ehr.answers("/Observation", ehr.searchset(found))
    session = ehr.session(max_bytes=100_000, all_answers=1)
    budget = session.budget()
    answers = [session.try_search(LABS, budget) for _ in range(4)]
    assert [answer.complete for answer in answers] == [True, False, False, False]
    assert len(ehr.requests) == 2


def test_a_delay_that_the_ehr_asks_for_is_no_longer_than_the_time_left(ehr):
    ehr.answers("/Observation", status=429, headers={"Retry-After": "3"})
    session = ehr.session(all_seconds=1)
    began = time.monotonic()
    answer = session.try_search(LABS)
    assert isinstance(answer.error, ServerFault)
    assert time.monotonic() - began < 1


def test_ten_thousand_results_are_read(ehr):
    result = {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": "urn:category", "code": "laboratory"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}], "text": "Hb"},
        "subject": {"reference": "Patient/p1"},
        "valueQuantity": {"value": 1, "unit": "g/dL", "system": "urn:u", "code": "g/dL"},
        "referenceRange": [{"low": {"value": 1}, "high": {"value": 2}}],
    }
    for page in range(10):
        found = [result | {"id": f"r{page}-{number}"} for number in range(1_000)]
        link = f"{ehr.base}/page/{page + 1}" if page < 9 else None
        path = f"/page/{page}" if page else "/Observation"
        ehr.answers(path, ehr.searchset(*found, next_link=link))
    answer = ehr.session().search(LABS)
    assert answer.complete
    assert len(answer.resources) == 10_000
