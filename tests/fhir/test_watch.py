"""An observer hears of every exchange what it was about, and nothing of what it held."""

import pytest
import requests

from app.fhir.errors import Conflict, Missing, ServerFault, Unreachable
from app.fhir.search import Query
from app.fhir.session import FhirSession, Limits
from app.fhir.watch import Act, NotRecorded, Result, Sent
from app.fhir.writes import TransactionBuilder

SECRET = "MARTINEZ"
OBSERVATION = {"resourceType": "Observation", "id": "7", "valueString": SECRET}


class Notes:
    def __init__(self, *, failing=False):
        self.failing = failing
        self.heard = []

    def sending(self, act):
        if self.failing:
            raise NotRecorded
        self.heard.append(act)

    def answered(self, act, result):
        self.heard.append((act, result))


class Token:
    def current(self):
        return "t1"

    def renew(self, spent):
        return None


@pytest.fixture
def notes():
    return Notes()


@pytest.fixture
def session(ehr, notes):
    return FhirSession(ehr.base, Token(), Limits(), notes)


def test_a_read_is_told_with_its_id_and_status(ehr, session, notes):
    ehr.answers("/Observation/7", OBSERVATION)
    session.read("Observation", "7")
    assert notes.heard == [(Act("GET", "Observation/7"), Result(200))]


def test_a_search_is_told_page_by_page_with_the_names_of_what_it_asks_by(ehr, session, notes):
    link = f"{ehr.base}/Observation?page=2&value={SECRET}"
    ehr.answers("/Observation", ehr.searchset(OBSERVATION, next_link=link))
    ehr.answers("/Observation", ehr.searchset())
    session.search(Query("Observation", (("patient", "p1"), ("code", SECRET)), "labs"))
    assert notes.heard == [
        (Act("GET", "Observation", ("patient", "code")), Result(200)),
        (Act("GET", "Observation", ("page", "value")), Result(200)),
    ]
    assert SECRET not in repr(notes.heard)


@pytest.mark.parametrize(
    ("status", "error", "unknown"), [(404, Missing, False), (500, ServerFault, False)]
)
def test_a_refused_read_is_told_by_its_status_not_in_the_words_of_the_ehr(
    ehr, session, notes, status, error, unknown
):
    ehr.answers("/Observation/7", ehr.outcome(SECRET), status=status)
    with pytest.raises(error):
        session.read("Observation", "7")
    assert notes.heard == [(Act("GET", "Observation/7"), Result(status, error.__name__, unknown))]


def test_a_write_is_told_before_it_is_sent_and_after(ehr, session, notes):
    def answer(request):
        assert len(notes.heard) == 1
        return 201, {"Location": f"{ehr.base}/Observation/8/_history/1"}, ""

    ehr.mock.add_callback("POST", f"{ehr.base}/Observation", answer)
    session.create(OBSERVATION, if_none_exist="identifier=urn%3Aietf%7Curn%3Auuid%3A1")
    act = Act(
        "POST",
        "Observation",
        writes=(Sent("POST", "Observation", once="urn:ietf|urn:uuid:1"),),
    )
    assert notes.heard == [act, (act, Result(201, stored=("Observation/8/_history/1",)))]


def test_an_update_is_told_with_the_version_that_it_replaces(ehr, session, notes):
    ehr.answers("/Observation/7", OBSERVATION, method="PUT", headers={"ETag": 'W/"4"'})
    session.update(OBSERVATION, if_match="3")
    act = Act("PUT", "Observation/7", writes=(Sent("PUT", "Observation/7", onto="3"),))
    assert notes.heard == [act, (act, Result(200, stored=("Observation/7/_history/4",)))]


def test_a_transaction_is_told_entry_by_entry(ehr, session, notes):
    entries = [
        {"response": {"status": "201 Created", "location": "Observation/9/_history/1"}},
        {"response": {"status": "200", "etag": 'W/"4"'}, "resource": OBSERVATION},
    ]
    ehr.answers("", {"resourceType": "Bundle", "entry": entries}, method="POST")
    identifier = {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:1"}
    builder = TransactionBuilder().create(OBSERVATION, "urn:uuid:2", identifier)
    session.transaction(builder.update(OBSERVATION, "3").bundle())
    act = Act(
        "POST",
        "",
        writes=(
            Sent("POST", "Observation", once="urn:ietf:rfc:3986|urn:uuid:1"),
            Sent("PUT", "Observation/7", onto="3"),
        ),
    )
    stored = ("Observation/9/_history/1", "Observation/7/_history/4")
    assert notes.heard == [act, (act, Result(200, stored=stored))]
    assert SECRET not in repr(notes.heard)


@pytest.mark.parametrize(
    ("status", "error", "unknown"), [(409, Conflict, False), (500, ServerFault, True)]
)
def test_a_refused_write_says_whether_it_may_have_been_stored(
    ehr, session, notes, status, error, unknown
):
    ehr.answers("/Observation/7", ehr.outcome(SECRET), status=status, method="PUT")
    with pytest.raises(error):
        session.update(OBSERVATION, if_match="3")
    assert notes.heard[1][1] == Result(status, error.__name__, unknown)


def test_a_write_without_an_answer_may_have_been_stored(ehr, session, notes):
    ehr.answers("/Observation/7", requests.ReadTimeout(SECRET), method="PUT")
    with pytest.raises(Unreachable):
        session.update(OBSERVATION, if_match="3")
    assert notes.heard[1][1] == Result(None, "Unreachable", unknown=True)


def test_what_cannot_be_recorded_is_not_sent(ehr):
    session = FhirSession(ehr.base, Token(), Limits(), Notes(failing=True))
    with pytest.raises(NotRecorded) as error:
        session.update(OBSERVATION, if_match="3")
    assert not error.value.outcome_unknown
    assert ehr.requests == []


def test_a_hurried_session_is_watched_too(ehr, session, notes):
    ehr.answers("/Observation/7", OBSERVATION)
    session.within(3).read("Observation", "7")
    assert notes.heard == [(Act("GET", "Observation/7"), Result(200))]
