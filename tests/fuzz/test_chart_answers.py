"""Saves and readings whose answers by the EHR's FHIR server have gone wrong.

What the chart holds is known here whatever its server says of it. So "saved" is held against the
chart, and once the server has come to itself the entry stands there exactly once.
"""

import json
import re
from collections import Counter
from datetime import date, timedelta
from random import Random
from types import SimpleNamespace

import pytest
import responses

from tests.forms.cases import BASE
from tests.forms.chart import Chart
from tests.fuzz import mutations
from tests.fuzz.browser import assert_sound
from tests.fuzz.chance import SEED, chance_of
from tests.fuzz.hospital import MARK, Hospital, assert_at_home, patient
from tests.fuzz.mutations import FOREIGN
from tests.fuzz.network import Answer
from tests.fuzz.person import Person
from tests.live import _sent_by_default

pytestmark = pytest.mark.fuzz

SAVES, READINGS = 150, 60
SCORE = "89247-1"
TYPES = ("Observation", "Condition", "Provenance", "Patient")
LOCATIONS = (
    *("", "/", "Observation", "Observation/", "Observation/other", "Patient/elena", "x" * 5000),
    *(f"{FOREIGN}/fhir/Observation/1", "//evil.example/Observation/1", "Observation/../Patient/x"),
    *("urn:uuid:1", "Observation/1/_history/", "Observation/a b", "Observation/\u202e", "http://["),
)
ETAGS = ("", "W/", '"', 'W/"', 'W/"1', "*", 'W/"1", W/"2"', "\x7f", "x" * 5000, '"\\""', "0")


class Server:
    """A FHIR server in front of a chart: `bend` is what it makes of an answer to a write."""

    def __init__(self, chance: Random) -> None:
        self.chart = Chart(responses.RequestsMock(), patient("elena"))
        self.chance = chance
        self.transactions = chance.random() < 0.6
        self.bent_writes = self.bent_reads = False

    def answer(self, sent) -> Answer | None:
        address = BASE + sent.path.partition("/fhir")[2]
        query = sent.url.partition("?")[2]
        request = SimpleNamespace(
            url=f"{address}?{query}" if query else address, body=sent.body, headers=sent.headers
        )
        if sent.method != "GET":
            return self._write(sent.method, request)
        if address == f"{BASE}/metadata":
            return Answer(json.dumps(self._capability()).encode())
        right = _answer(self.chart._get(request))
        if not self.bent_reads or self.chance.random() < 0.5:
            return right
        return bent(right, self.chance)

    def _write(self, method: str, request) -> Answer | None:
        if method == "PUT":
            apply = self.chart._update
        else:
            apply = self.chart._transaction if request.url == BASE else self.chart._create
        if not self.bent_writes:
            return _answer(apply(request))
        if self.chance.random() < 0.3:  # nothing is stored, whatever is said
            return bent(Answer(_outcome(self.chance), 400), self.chance)
        return bent(_answer(apply(request)), self.chance)

    def _capability(self) -> dict:
        interaction = [{"code": "transaction" if self.transactions else "batch"}]
        rest = {"mode": "server", "interaction": interaction}
        rest["resource"] = [{"type": name, "conditionalCreate": True} for name in TYPES]
        return {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": [rest]}


def _answer(given: tuple) -> Answer:
    status, headers, body = given
    return Answer(body.encode(), status, {"Content-Type": "application/fhir+json", **headers})


def bent(answer: Answer, chance: Random) -> Answer | None:
    """Return what arrives in the place of an answer; None for nothing at all."""
    headers = dict(answer.headers)
    if chance.random() < 0.3:
        headers[chance.choice(("Location", "Content-Location"))] = chance.choice(LOCATIONS[:-3])
    if chance.random() < 0.3:
        headers["ETag"] = chance.choice(ETAGS)
    body = answer.body or b"{}"
    act = chance.randrange(6)
    if act == 0:
        return None
    if act == 1:
        return mutations.of_answer(body, chance)
    if act == 2:
        return Answer(mutations.of_bytes(body, chance), answer.status, headers)
    if act == 3:
        status = chance.choice((200, 400, 401, 403, 404, 409, 410, 412, 422, 429, 500, 503))
        return Answer(_outcome(chance), status, headers)
    content = _other_content(json.loads(body), chance)
    return Answer(json.dumps(content).encode(), answer.status, headers)


def _other_content(content: dict, chance: Random) -> dict:
    """Return what an answer says with one thing bent: of an entry, of the pages, or any."""
    act = chance.randrange(3)
    if act == 0 and content.get("entry"):
        entry = chance.choice(content["entry"])
        entry.setdefault("response", {}).update(_odd_response(chance))
        if chance.random() < 0.2:
            content["entry"].append(entry)
        return content
    if act == 1 and content.get("resourceType") == "Bundle":
        link = {"relation": "next", "url": chance.choice((*LOCATIONS, f"{BASE}/Observation?x=1"))}
        return {**content, "link": chance.choice(([link], [link, link], link, [None]))}
    return mutations.structure(content, chance) if content else content


def _odd_response(chance: Random) -> dict:
    return chance.choice(
        (
            {"location": chance.choice(LOCATIONS)},
            {"etag": chance.choice(ETAGS)},
            {"status": chance.choice(("", "200 OK", "500", "x", 201, None, "0x1"))},
            {"outcome": json.loads(_outcome(chance))},
        )
    )


def _outcome(chance: Random) -> bytes:
    """Return an OperationOutcome, mostly one that is none."""
    issue = {
        "severity": chance.choice(("error", "warning", "information", "", None)),
        "code": chance.choice(("invalid", "duplicate", "x" * 3000, None, 1)),
        "diagnostics": chance.choice((f"Bearer access-{MARK}", "<script>alert(1)</script>", [], 7)),
    }
    outcome = {"resourceType": "OperationOutcome", "issue": [issue]}
    return json.dumps(mutations.structure(outcome, chance)).encode()


def _clinician(house, keys, number: int, server: Server) -> Person:
    hospital = Hospital(number, keys, chart=server.answer)
    person = Person(house, hospital)
    person.launch()
    house.network.sent.clear()
    return person


def _review(person: Person) -> str:
    """Enter a score; the address of its review."""
    address = f"{person.home}forms/ecog/new"
    form = re.search(r'(?s)<form id="entry".*?</form>', person.client.get(address).text)[0]
    day = date.today() - timedelta(days=2)  # noqa: DTZ011 -- any day that is over will do
    answers = {
        "points": re.findall(r'name="points"[^>]*?value="([^"]+)"', form)[1],
        "date-year": str(day.year),
        "date-month": str(day.month),
        "date-day": str(day.day),
    }
    sent = person.client.post(address, data={**dict(_sent_by_default(form)), **answers})
    assert sent.status_code == 303, sent.text
    return sent.location


def _send(person: Person, review: str, **more: str):
    """Save as a person does who looks at the review, or at what a save has left undone."""
    page = person.client.get(review)
    assert_sound(page)
    form = re.search(r'(?s)<form id="save".*?</form>', page.text)
    if form is None:
        return page
    fields = {**dict(_sent_by_default(form[0])), "patient": person.hospital.patient, **more}
    answer = person.client.post(review.replace("/review", "/save"), data=fields)
    assert_sound(answer)
    assert MARK not in answer.text
    return answer


def _scores(server: Server) -> list[dict]:
    return [r for r in server.chart.of_type("Observation") if SCORE in json.dumps(r["code"])]


def test_what_is_called_saved_is_in_the_chart_and_stands_there_once(house, keys):
    ends: Counter = Counter()
    for number in range(SAVES):
        server = Server(chance_of(number))
        told = f"case {number} of seed {SEED}"
        person = _clinician(house, keys, number, server)
        review = _review(person)
        server.bent_writes, server.bent_reads = True, server.chance.random() < 0.4
        answer = _send(person, review)
        server.bent_writes = server.bent_reads = False
        saved = answer.status_code == 303
        ends["saved" if saved else "not saved"] += 1
        if saved:
            assert "/receipts/" in answer.location, told
            assert len(_scores(server)) == 1, told
        else:
            assert "Saved to the chart" not in answer.text, told
            answer = _send(person, review)
            if "send it again" in answer.text and not _scores(server):
                # The person looks in the EHR, and it is not there.
                assert "it is not known whether" in answer.text.lower(), told
                answer = _send(person, review, absent="yes")
            # What is there is not what was sent, or cannot be told from another's.
            apart = answer.status_code == 409
            ends["told apart"] += apart
            assert apart or answer.status_code == 303, (told, answer.text)
            assert len(_scores(server)) <= 1 if apart else len(_scores(server)) == 1, told
        assert_at_home(house.network.sent, person.hospital)
        assert not any(MARK in record for record in house.log), told
        house.log.clear()
    assert ends["saved"] > SAVES / 10, ends
    assert ends["not saved"] > SAVES / 4, ends
    assert ends["told apart"] < SAVES / 10, ends


def test_no_reading_is_a_fault_or_leads_away(house, keys):
    for number in range(READINGS):
        server = Server(chance_of(f"reading {number}"))
        person = _clinician(house, keys, number, server)
        server.bent_reads = True
        for address in ("", "forms/", "forms/ecog/new", "receipts/"):
            page = person.client.get(f"{person.home}{address}")
            assert_sound(page)
            assert MARK not in page.text
            assert "<script>alert" not in page.text
        assert_at_home(house.network.sent, person.hospital)
