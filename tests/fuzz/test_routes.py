"""Hostile requests to every address of the app, whoever sends them.

The addresses come from the app itself, so that a new one is tried without a word here.
"""

import gc
import json
import re
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.forms._registry import all_forms
from app.smart import cookies
from tests.fuzz import mutations
from tests.fuzz.browser import assert_sound
from tests.fuzz.hospital import MARK, Hospital, assert_at_home
from tests.fuzz.hostile import SCRIPT, requests_to
from tests.fuzz.network import Answer
from tests.fuzz.person import Person

pytestmark = pytest.mark.fuzz

DATA = Path(__file__).resolve().parents[2] / "app/sandbox/data"
# Who sends: somebody without a launch, somebody with one of their own who names another's, and the
# one whose launch it is.
EXAMPLES = {"nobody": 15, "another": 15, "owner": 30}
TURNED_AWAY = (400, 403, 404, 405, 413)
OWN, OTHERS = "elena-martinez", "colm-doherty"


class Chart:
    """A chart in the hands of an EHR that now and then answers anything at all."""

    def __init__(self, patient: str) -> None:
        entries = json.loads((DATA / f"{patient}.json").read_text(encoding="utf-8"))["entry"]
        self.resources = [entry["resource"] for entry in entries]
        self.chance: Random | None = None

    def answer(self, sent) -> Answer | None:
        body = self._right(sent.path.partition("/fhir/")[2])
        if self.chance is None or self.chance.random() < 0.8:
            return Answer(body or b"", 200 if body else 404)
        act = self.chance.randrange(4)
        if act == 0:
            return None
        if act == 1 or not body:
            return mutations.of_answer(body or b"{}", self.chance)
        if act == 2:
            return Answer(mutations.of_bytes(body, self.chance))
        return Answer(json.dumps(mutations.structure(json.loads(body), self.chance)).encode())

    def _right(self, address: str) -> bytes | None:
        type_, _, id_ = address.partition("/")
        found = [r for r in self.resources if r["resourceType"] == type_]
        if id_:
            one = next((r for r in found if r["id"] == id_), None)
            return json.dumps(one).encode() if one else None
        entries = [{"resource": r, "search": {"mode": "match"}} for r in found]
        page = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
        return json.dumps(page).encode()


class Reader(Person):
    """Somebody with a chart open."""

    def __init__(self, house, keys, number: int, patient: str) -> None:
        self.chart = Chart(patient)
        super().__init__(house, Hospital(number, keys, patient=patient, chart=self.chart.answer))

    @property
    def cookie(self) -> str:
        return f"{cookies.NAME}={self.key}"

    def launch(self) -> None:
        self.chart.chance = None
        super().launch()

    def draft(self) -> str:
        """Return the id of a draft that the person has begun."""
        typed = {"patient": self.hospital.patient, "entry": "new:patient", "points": "1"}
        assert self.client.post(f"{self.home}forms/ecog/draft", data=typed).status_code == 200
        drafts = self.house.app.extensions["store"].drafts.list(self.owner)
        return next(draft.id for draft in drafts if draft.form == "ecog")


@pytest.fixture(scope="module")
def owner(house, keys):
    return Reader(house, keys, 0, OWN)


@pytest.fixture(scope="module")
def neighbour(house, keys):
    """Somebody else, at another hospital, with another patient open."""
    return Reader(house, keys, 1, OTHERS)


def _assert_harmless(answer, owner, neighbour, *, named: bool) -> None:
    assert_sound(answer)
    hidden = [MARK, *_words_of(neighbour)] + ([] if named else _words_of(owner))
    for text in (answer.get_data(as_text=True), str(answer.headers)):
        assert not any(word in text for word in hidden)
    assert SCRIPT not in answer.get_data(as_text=True)
    assert all("planted=1" not in name for name in answer.headers.keys())  # noqa: SIM118 -- pairs otherwise
    assert all(not re.search(r"[\r\n\x00]", value) for value in answer.headers.values())
    if location := answer.headers.get("Location"):
        own = re.match(r"/(?![/\\])|https://app\.example/", location)
        assert own or location.startswith(f"{owner.hospital.auth}/authorize?"), location


def _words_of(person: Reader) -> list[str]:
    return {OWN: ["Martinez"], OTHERS: ["Doherty"]}[person.hospital.patient]


# Of a part that breaks off, the parser of Werkzeug leaves the file to the garbage collector.
@pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.Spooled:ResourceWarning")
@pytest.mark.parametrize("sender", list(EXAMPLES))
def test_no_request_does_what_it_should_not(house, owner, neighbour, sender):
    rules = list(house.app.url_map.iter_rules())
    assert len(rules) > 15
    statuses: Counter = Counter()
    for rule in rules:
        _attack(rule, house, owner, neighbour, sender, statuses)
    gc.collect()
    # Requests that are all turned away at the door would try little of what is behind it.
    if sender == "owner":
        behind = statuses.total() - sum(statuses[status] for status in TURNED_AWAY)
        assert behind > statuses.total() / 4, statuses


def _attack(rule, house, owner, neighbour, sender: str, statuses: Counter) -> None:
    @settings(max_examples=EXAMPLES[sender], suppress_health_check=list(HealthCheck))
    @given(st.data(), st.integers(0, 2**32))
    def attack(data, seed):
        neighbour.launch()
        owner.launch()
        own, others = [owner.launch_id], [neighbour.launch_id]
        known = {
            "launch_id": {"nobody": own, "another": others, "owner": own}[sender],
            "slug": list(all_forms()),
            "resource_id": ["new", *(r["id"] for r in owner.chart.resources[:20])],
            "draft_id": [owner.draft()],
            "field": ["points", "t", "site"],
            "filename": ["app.css", "../app/config.py", "..\\config.py", "/etc/passwd", "app.css/"],
        }
        request = data.draw(requests_to(rule, known))
        owner.chart.chance = Random(seed)  # noqa: S311 -- repeatable, not secret
        house.network.sent.clear()
        house.log.clear()
        answer = request.send(house.app, "" if sender == "nobody" else owner.cookie)
        statuses[answer.status_code] += 1
        _assert_harmless(answer, owner, neighbour, named=sender == "owner")
        if sender != "owner" and "<launch_id>" in rule.rule:
            # A redirect only spells the same address better.
            closed = answer.status_code in {308, *TURNED_AWAY}
            assert closed or request.method == "OPTIONS"
        assert_at_home(house.network.sent, owner.hospital)
        assert not any(MARK in record for record in house.log)

    attack()
