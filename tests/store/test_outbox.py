"""What was confirmed to be sent: its states, who may send it, and what is kept of it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.store import EventFilter, Outcome, outbox
from app.store.database import now
from app.store.outbox import KeyTaken, TooManySendings
from app.store.sendings import FINAL
from app.store.vault import Unreadable
from tests.outgoing import ADDRESS, BODY, BY, OWNER, outgoing

LEASE = timedelta(minutes=4)
OVER = timedelta(0)


@pytest.fixture
def box(store):
    return store.outbox


@pytest.fixture
def queued(box):
    return box.queue(OWNER, outgoing(), BY)


def attempt(box, sending, state="accepted", *, again=None, words="", status=200, lease=LEASE):
    return box.settle(box.claim(sending.id, lease), Outcome(state, words, status, again))


def soon():
    return now() - timedelta(seconds=1)


def bodies(store):
    with store._database.reading() as session:
        return session.scalar(text("SELECT count(*) FROM sending_bodies"))


def trail(store):
    return [one.event for one in store.audit.find(EventFilter())]


def test_what_was_confirmed_is_queued_with_the_person_and_the_hash_in_the_trail(store, box):
    sending = box.queue(OWNER, outgoing(), BY)
    assert (sending.state, sending.attempts, sending.answer) == ("queued", 0, None)
    assert (sending.address, sending.size) == (ADDRESS, len(BODY))
    (event,) = trail(store)
    assert (event.type, event.user, event.patient) == (
        "sending-queued",
        "Practitioner/owen",
        "elena",
    )
    assert (event.launch, event.issuer) == (BY.launch, BY.issuer)
    said = event.details
    assert said["sha256"] == outgoing().sha256 == sending.sha256
    assert (said["receiver"], said["address"], said["key"]) == ("registry", ADDRESS, "b-1")


def test_nothing_is_queued_that_the_trail_does_not_hold(store, box, monkeypatch):
    def fails(*_arguments):
        raise OSError

    monkeypatch.setattr(store.audit, "add", fails)
    with pytest.raises(OSError):
        box.queue(OWNER, outgoing(), BY)
    assert box.of_owner(OWNER) == []
    assert bodies(store) == 0


def test_a_second_click_queues_nothing_more(store, box, queued):
    assert box.queue(OWNER, outgoing(), BY) == queued
    attempt(box, queued)
    assert box.queue(OWNER, outgoing(), BY).state == "accepted"
    assert [event.type for event in trail(store)].count("sending-queued") == 1


def test_two_clicks_at_once_queue_one(box):
    with ThreadPoolExecutor(4) as threads:
        found = {
            one.id for one in threads.map(lambda _: box.queue(OWNER, outgoing(), BY), range(8))
        }
    assert len(found) == 1
    assert len(box.of_owner(OWNER)) == 1


@pytest.mark.parametrize(
    ("owner", "more"), [("another", {}), (OWNER, {"body": b"another body"})], ids=["owner", "body"]
)
def test_nothing_takes_the_place_of_what_has_the_key(box, queued, owner, more):
    with pytest.raises(KeyTaken):
        box.queue(owner, outgoing(**more), BY)
    assert box.of_owner(OWNER) == [queued]


def test_the_same_key_at_another_receiver_is_another_sending(box, queued):
    other = box.queue(OWNER, outgoing(receiver="other"), BY)
    assert other.id != queued.id


@pytest.mark.parametrize("state", ["refused", "given up"])
def test_what_was_not_taken_is_queued_anew_under_its_key(store, box, queued, state):
    attempt(box, queued, "queued" if state == "given up" else state)
    assert box.get(OWNER, queued.id).state == state
    anew = box.queue(OWNER, outgoing(body=b"mended"), BY)
    assert (anew.id, anew.state, anew.attempts, anew.answer) == (queued.id, "queued", 0, None)
    assert box.claim(anew.id, LEASE).body == b"mended"
    assert bodies(store) == 1


def test_an_owner_has_only_so_many_under_way(box, monkeypatch):
    monkeypatch.setattr(outbox, "MOST", 2)
    for key in "ab":
        box.queue(OWNER, outgoing(key), BY)
    with pytest.raises(TooManySendings):
        box.queue(OWNER, outgoing("c"), BY)
    box.queue("another", outgoing("c"), BY)
    attempt(box, box.of_owner(OWNER)[0])
    box.queue(OWNER, outgoing("d"), BY)


def test_a_sending_is_listed_for_its_owner_and_its_patient(box, queued):
    elsewhere = replace(BY, issuer="https://other.example/fhir")
    other = box.queue("another", outgoing("b-2"), BY)
    box.queue("third", outgoing("b-3"), elsewhere)
    assert box.of_owner(OWNER) == [queued]
    assert box.get("another", queued.id) is None
    assert {one.id for one in box.of_patient(BY.issuer, "elena")} == {queued.id, other.id}
    assert box.of_patient(BY.issuer, "somebody-else") == []


def test_the_exact_body_and_its_headers_go_to_one_worker_alone(box, queued):
    claimed = box.claim(queued.id, LEASE)
    assert claimed.body == BODY
    assert claimed.headers == {"Content-Type": "application/fhir+json"}
    assert (claimed.sending.state, claimed.sending.attempts) == ("sending", 1)
    assert box.claim(queued.id, LEASE) is None
    assert box.due("registry", 10) == []


def test_of_many_workers_one_gets_it(box, queued):
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(lambda _: box.claim(queued.id, LEASE), range(12)))
    assert len([one for one in found if one]) == 1


def test_a_worker_that_is_gone_is_followed_by_another_after_its_time(box, queued):
    gone = box.claim(queued.id, OVER)
    assert box.due("registry", 10) == [queued.id]
    taken_over = box.claim(queued.id, LEASE)
    assert (taken_over.sending.attempts, taken_over.sending.may_have_arrived) == (2, True)
    # It was only slow: what it says late changes nothing.
    assert box.settle(gone, Outcome("refused", "late")) is None
    assert box.settle(taken_over, Outcome("accepted", "")).state == "accepted"


@pytest.mark.parametrize("state", sorted(FINAL))
def test_with_its_fate_the_body_is_forgotten_and_the_hash_stays(store, box, queued, state):
    attempt(box, queued, state, words="as they said", status=201)
    found = box.get(OWNER, queued.id)
    assert (found.state, found.next_attempt, found.is_final) == (state, None, True)
    assert (found.answer.words, found.answer.status) == ("as they said", 201)
    assert found.sha256 == outgoing().sha256
    assert bodies(store) == 0
    assert box.claim(queued.id, LEASE) is None
    event = trail(store)[-1]
    assert (event.type, event.user) == ("sending-answered", "Practitioner/owen")
    assert (event.details["state"], event.details["status"]) == (state, 201)


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ([("queued", True)], "queued"),
        ([("queued", False)], "given up"),
        ([("unknown", True)], "unknown"),
        ([("unknown", False)], "unknown"),
        # What may have arrived once is not said to be nowhere, whatever comes after.
        ([("unknown", True), ("queued", True)], "unknown"),
        ([("unknown", True), ("queued", False)], "unknown"),
        ([("queued", True), ("unknown", False)], "unknown"),
        ([("unknown", True), ("accepted", False)], "accepted"),
        ([("unknown", True), ("refused", False)], "refused"),
    ],
)
def test_its_state_says_no_more_than_is_known(box, queued, outcomes, state):
    for outcome, is_tried_again in outcomes:
        attempt(box, queued, outcome, again=soon() if is_tried_again else None)
    found = box.get(OWNER, queued.id)
    assert (found.state, found.may_have_arrived) == (state, state == "unknown")
    assert found.attempts == len(outcomes)
    assert (found.next_attempt is not None) == outcomes[-1][1]


def test_it_is_not_sent_before_its_time(box, queued):
    attempt(box, queued, "queued", again=now() + timedelta(hours=1))
    assert box.claim(queued.id, LEASE) is None
    assert (box.due("registry", 10), box.receivers_due()) == ([], [])


def test_what_is_due_is_found_by_receiver_the_oldest_first(box, queued):
    second = box.queue(OWNER, outgoing("b-2"), BY)
    box.queue(OWNER, outgoing("b-3", receiver="other"), BY)
    assert sorted(box.receivers_due()) == ["other", "registry"]
    assert box.due("registry", 10) == [queued.id, second.id]
    assert box.due("registry", 1) == [queued.id]


def test_long_words_are_cut(box, queued):
    attempt(box, queued, "refused", words="no " * 5000)
    assert len(box.get(OWNER, queued.id).answer.words) == outbox.LONGEST_WORDS


def test_what_nobody_knows_is_sent_again_when_a_person_asks(store, box, queued):
    attempt(box, queued, "unknown")
    assert box.ask_again("another", queued.id, BY) is None
    asked = box.ask_again(OWNER, queued.id, replace(BY, user="Practitioner/nancy"))
    assert asked.asked > queued.asked
    assert box.ask_again(OWNER, queued.id, BY) is None  # it is tried already
    assert trail(store)[-1].user == "Practitioner/nancy"
    assert box.claim(queued.id, LEASE).body == BODY


def test_what_was_not_sent_yet_can_be_withdrawn(store, box, queued):
    assert box.withdraw("another", queued.id, BY) is None
    assert box.withdraw(OWNER, queued.id, BY).state == "given up"
    assert trail(store)[-1].type == "sending-withdrawn"
    assert bodies(store) == 0
    assert box.claim(queued.id, LEASE) is None


@pytest.mark.parametrize("outcome", [None, "unknown", "accepted"])
def test_what_is_under_way_or_arrived_is_not_withdrawn(box, queued, outcome):
    claimed = box.claim(queued.id, LEASE)
    if outcome:
        box.settle(claimed, Outcome(outcome, "", again=soon()))
    assert box.withdraw(OWNER, queued.id, BY) is None


def test_only_what_has_its_fate_is_forgotten_by_age(store, box):
    states = ("queued", "sending", "unknown", "accepted", "refused", "given up")
    for state in states:
        sending = box.queue(OWNER, outgoing(state), BY)
        if state == "sending":
            box.claim(sending.id, LEASE)
        elif state == "given up":
            attempt(box, sending, "queued")
        else:
            attempt(box, sending, state, again=now() + timedelta(days=1))
    box.purge(timedelta(days=1))
    assert len(box.of_owner(OWNER)) == len(states)
    box.purge(timedelta(0))
    assert {one.state for one in box.of_owner(OWNER)} == {"queued", "sending", "unknown"}
    assert bodies(store) == 3


def test_the_store_forgets_what_was_sent_with_the_trail(store, box, queued):
    attempt(box, queued)
    store._audit_kept = timedelta(0)
    store.purge()
    assert box.of_owner(OWNER) == []


def test_nothing_of_a_person_stands_in_the_database_in_clear(box, queued, content):
    attempt(box, queued, "unknown", words="Elena is unknown here", again=soon())
    for secret in (b"Elena", b"elena", b"M\xc3\xbcller", b"owen", b"registry.example"):
        assert secret not in content()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE sendings SET state = 'accepted'",
        "UPDATE sendings SET receiver = 'other'",
        "UPDATE sending_bodies SET body = (SELECT data FROM sendings)",
    ],
)
def test_what_was_changed_in_the_database_is_not_sent(store, box, queued, change):
    with store._database.writing() as session:
        session.execute(text(change))
    with pytest.raises(Unreadable):
        box.claim(queued.id, LEASE)
    assert len(list(store.verify())) == 1


def test_a_body_is_not_swapped_for_that_of_another(store, box, queued):
    other = box.queue(OWNER, outgoing("b-2", body=b"another"), BY)
    with store._database.writing() as session:
        session.execute(text("DELETE FROM sending_bodies"))
        session.add(outbox.SendingBodyRow(sending=queued.id, body={"text": "another"}))
    for sending in (queued, other):
        with pytest.raises(Unreadable):
            box.claim(sending.id, LEASE)


def test_another_key_encrypts_it_anew(store, queued, open_store, key):
    new = "bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU="
    rotated = open_store(f"{new},{key}")
    rotated.rotate()
    alone = open_store(new)
    assert alone.outbox.claim(queued.id, LEASE).body == BODY
