"""Value sets searched by a terminology server or by the EHR, and servers that do not behave."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from app.fhir.session import FhirSession
from app.terminology import expand
from app.terminology.concept import Concept
from app.terminology.expand import Terminology
from app.terminology.systems import SNOMED

TX = "https://tx.example/r4"
EHR = "https://ehr.example/fhir"
TOKEN = "tx-token"
SITES = "http://example.org/ValueSet/sites"


class EhrTokens:
    def current(self):
        return "ehr-token"

    def renew(self, spent):
        return "other-ehr-token"


class Server:
    def __init__(self, mock, base):
        self.mock, self.base = mock, base

    def expands(self, *terms, **more):
        contains = [dict(zip(("system", "code", "display"), term, strict=True)) for term in terms]
        body = {"resourceType": "ValueSet", "expansion": {"contains": contains}}
        self.answers("ValueSet/$expand", body, **more)

    def states(self, *operations):
        resource = {"type": "ValueSet", "operation": [{"name": name} for name in operations]}
        rest = [{"mode": "server", "resource": [resource]}]
        self.answers("metadata", {"resourceType": "CapabilityStatement", "rest": rest})

    def answers(self, path, body, *, status=200, **more):
        kind = {"json": body} if isinstance(body, dict) else {"body": body}
        self.mock.add("GET", f"{self.base}/{path}", status=status, **kind, **more)

    def asked(self):
        called = [call.request for call in self.mock.calls]
        return [request for request in called if request.url.startswith(self.base)]


@pytest.fixture
def mock():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def tx(mock):
    return Server(mock, TX)


@pytest.fixture
def ehr(mock):
    return Server(mock, EHR)


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(expand, "monotonic", lambda: now[0])
    return now


def expander(url=TX, token=TOKEN, terminology=None):
    terminology = terminology or Terminology(
        {
            "TERMINOLOGY_URL": url,
            "TERMINOLOGY_TOKEN": token,
            "TERMINOLOGY_TIMEOUT": 3,
            "DEMO": False,
        }
    )
    return terminology.expander(FhirSession(EHR, EhrTokens()))


def test_the_server_is_asked_for_the_words_and_as_many_codes_as_are_shown(tx):
    tx.expands((SNOMED, "76752008", "Breast structure"), (SNOMED, "39607008", "Lung structure"))
    assert expander().search(SITES, "  Str  bre ", 2) == [
        Concept(SNOMED, "76752008", "Breast structure"),
        Concept(SNOMED, "39607008", "Lung structure"),
    ]
    (request,) = tx.asked()
    query = parse_qs(urlsplit(request.url).query)
    assert query == {"url": [SITES], "filter": ["Str bre"], "count": ["2"]}


@pytest.mark.network
def test_the_configured_server_may_be_in_the_hospitals_own_network(monkeypatch):
    reached = []

    def connect(_socket, place):
        reached.append(place)
        raise OSError("nobody is there")

    monkeypatch.setattr("app.fhir.connections.socket.socket.connect", connect)
    assert expander("https://10.1.2.3/fhir").search(SITES, "x") is None
    assert reached == [("10.1.2.3", 443)]


def test_no_more_codes_are_shown_than_wanted_even_if_the_server_sends_all(tx):
    tx.expands(*((SNOMED, str(number), f"Site {number}") for number in range(500)))
    assert [concept.code for concept in expander().search(SITES, "site", 3)] == ["0", "1", "2"]
    assert len(expander().search(SITES, "site", 10_000)) == expand.MOST_TERMS


def test_the_terminology_server_gets_its_own_token_and_none_of_an_ehr(tx, ehr):
    tx.expands()
    expander().search(SITES, "x")
    expander(token="").search(SITES, "x")
    assert [request.headers.get("Authorization") for request in tx.asked()] == [
        "Bearer tx-token",
        None,
    ]
    assert ehr.asked() == []


def test_a_terminology_server_that_wants_another_token_never_gets_an_ehr_s(tx):
    tx.answers("ValueSet/$expand", b"", status=401)
    assert expander().search(SITES, "x") is None
    assert [request.headers["Authorization"] for request in tx.asked()] == ["Bearer tx-token"]


def test_nothing_typed_finds_nothing_and_asks_nobody(tx):
    assert expander().search(SITES, "  ") == []
    assert tx.asked() == []


def test_an_answer_is_remembered_for_a_while(tx, clock):
    tx.expands((SNOMED, "1", "Lung"))
    terms = expander()
    assert terms.search(SITES, "Lung") == terms.search(SITES, "lung")
    assert len(tx.asked()) == 1
    terms.search(SITES, "lung", 5)
    clock[0] += 601
    terms.search(SITES, "lung")
    assert len(tx.asked()) == 3


def test_what_is_remembered_has_a_bound(tx):
    tx.expands((SNOMED, "1", "Lung"))
    terms = expander()
    for number in range(600):
        terms.search(SITES, f"lung {number}")
    assert len(terms._known.answers) == 500


@pytest.mark.parametrize(
    "term",
    [
        (SNOMED, "1", "Lung\x00"),
        (SNOMED, "1", "Lung\u202e"),
        (SNOMED, "1\x1b", "Lung"),
        (f"{SNOMED}|2020", "1", "Lung"),
        (SNOMED, "1", "x" * 301),
        (SNOMED, "1" * 65, "Lung"),
        (SNOMED, "1|4", "Lung"),
        (SNOMED, "1 4", "Lung"),
        ("http://" + "x" * 255, "1", "Lung"),
    ],
)
def test_terms_that_are_not_fit_to_be_shown_or_recorded_are_left_out(tx, term):
    tx.expands(term, (SNOMED, "2", "Left lung"))
    assert expander().search(SITES, "lung") == [Concept(SNOMED, "2", "Left lung")]


def test_a_code_is_shown_once_and_its_system_by_its_usual_address(tx):
    tx.expands(("urn:oid:2.16.840.1.113883.6.96", "1", "Lung"), (SNOMED, "1", "Lung"))
    assert expander().search(SITES, "lung") == [Concept(SNOMED, "1", "Lung")]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 404),
        (b"", 422),
        (b"<html>", 500),
        (b"", 200),
        (b"<html>", 200),
        (b'{"resourceType": "ValueSet"}', 200),
        (b'{"resourceType": "OperationOutcome"}', 200),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, 200),
        (json.dumps({"resourceType": "ValueSet", "x": "x" * 2_100_000}).encode(), 200),
        (requests.ConnectionError("reset"), 200),
        (requests.ReadTimeout(), 200),
    ],
)
def test_a_server_that_cannot_say_is_no_error(tx, body, status):
    tx.answers("ValueSet/$expand", body, status=status)
    assert expander().search(SITES, "lung") is None


def test_the_words_do_not_follow_a_redirect_to_another_server(tx, mock):
    elsewhere = "https://evil.example/r4/ValueSet/$expand"
    tx.answers("ValueSet/$expand", b"", status=302, headers={"Location": elsewhere})
    assert expander().search(SITES, "lung") is None
    assert [call.request.url.split("?")[0] for call in mock.calls] == [f"{TX}/ValueSet/$expand"]


def test_a_dead_server_is_left_alone_for_a_minute(tx, clock):
    tx.answers("ValueSet/$expand", requests.ConnectTimeout())
    terms = expander()
    for word in ("a", "ab", "abc"):
        assert terms.search(SITES, word) is None
    assert terms.search("http://example.org/ValueSet/other", "a") is None
    assert terms.validate(SITES, SNOMED, "1") is None
    assert len(tx.asked()) == 1
    clock[0] += 61
    tx.mock.replace(
        "GET",
        f"{TX}/ValueSet/$expand",
        json={"resourceType": "ValueSet", "expansion": {}},
    )
    assert terms.search(SITES, "abcd") == []


def test_a_value_set_that_the_server_does_not_know_leaves_the_others_alone(tx):
    tx.answers("ValueSet/$expand", b"", status=404)
    terms = expander()
    terms.search(SITES, "a")
    terms.search(SITES, "ab")
    assert len(tx.asked()) == 1
    terms.search("http://example.org/ValueSet/other", "a")
    assert len(tx.asked()) == 2


def test_nobody_waits_for_a_busy_server(tx, monkeypatch):
    slept = []
    monkeypatch.setattr("app.fhir.transport.time.sleep", slept.append)
    tx.answers("ValueSet/$expand", b"", status=503, headers={"Retry-After": "2"})
    assert expander().search(SITES, "a") is None
    assert slept == []


def test_the_time_to_wait_is_the_setting_s(tx):
    def told(request):
        return 200, {}, json.dumps({"resourceType": "ValueSet", "expansion": {}})

    tx.mock.add_callback("GET", f"{TX}/ValueSet/$expand", callback=told)
    expander().search(SITES, "a")
    assert tx.mock.calls[0].request.req_kwargs["timeout"] == (1, 2)


def test_without_a_terminology_server_the_ehr_is_asked_where_it_says_that_it_can(ehr):
    ehr.states("expand")
    ehr.expands((SNOMED, "1", "Lung"))
    terminology = Terminology(
        {"TERMINOLOGY_URL": "", "TERMINOLOGY_TOKEN": "", "TERMINOLOGY_TIMEOUT": 3}
    )
    for word in ("lun", "lung"):
        found = expander(terminology=terminology).search(SITES, word)
        assert found == [Concept(SNOMED, "1", "Lung")]
    assert [urlsplit(request.url).path for request in ehr.asked()] == [
        "/fhir/metadata",
        "/fhir/ValueSet/$expand",
        "/fhir/ValueSet/$expand",
    ]
    assert {request.headers["Authorization"] for request in ehr.asked()} == {"Bearer ehr-token"}
    assert expander(terminology=terminology).validate(SITES, SNOMED, "1") is None


@pytest.mark.parametrize("statement", [None, {"resourceType": "CapabilityStatement"}])
def test_an_ehr_that_does_not_say_so_is_not_asked(ehr, clock, statement):
    if statement:
        ehr.answers("metadata", statement)
    else:
        ehr.states("validate-code")
    terms = expander(url="")
    assert terms.search(SITES, "a") is None
    assert terms.search(SITES, "ab") is None
    assert [urlsplit(request.url).path for request in ehr.asked()] == ["/fhir/metadata"]


@pytest.mark.parametrize("verdict", [True, False])
def test_a_code_is_checked_against_its_value_set(tx, verdict):
    result = [{"name": "result", "valueBoolean": verdict}]
    tx.answers("ValueSet/$validate-code", {"resourceType": "Parameters", "parameter": result})
    terms = expander()
    assert terms.validate(SITES, SNOMED, "1") is verdict
    assert terms.validate(SITES, SNOMED, "1") is verdict
    (request,) = tx.asked()
    query = parse_qs(urlsplit(request.url).query)
    assert query == {"url": [SITES], "system": [SNOMED], "code": ["1"]}


@pytest.mark.parametrize("body", [b"", b"{}", b'{"resourceType": "Parameters"}'])
def test_a_check_without_a_verdict_says_nothing(tx, body):
    tx.answers("ValueSet/$validate-code", body)
    assert expander().validate(SITES, SNOMED, "1") is None


def test_what_is_logged_names_neither_words_nor_tokens(tx, caplog):
    tx.answers("ValueSet/$expand", b"", status=500)
    expander().search(SITES, "somebody typed this")
    assert len(caplog.records) == 1
    assert "typed" not in caplog.text
    assert "tx-token" not in caplog.text


def test_whether_a_search_may_bring_something_is_told_without_asking(ehr, tx, clock):
    own = expander()
    assert own.may_search()
    assert tx.asked() == []
    tx.answers("ValueSet/$expand", requests.ConnectTimeout())
    own.search(SITES, "a")
    assert not own.may_search()
    clock[0] += 61
    assert own.may_search()
    ehr.states("validate-code")
    of_the_ehr = expander(url="")
    assert of_the_ehr.may_search()
    assert of_the_ehr.search(SITES, "a") is None
    assert not of_the_ehr.may_search()
