"""Many sendings to a receiver that fails: each arrives once, none is lost, every state is true."""

import random
import time
from collections import Counter
from datetime import timedelta

import pytest

from tests.reuse.outbox import posting
from tests.reuse.outbox.receiving import FAULTS, registry

NUMBER = 1000
OWNERS = 10
FAULTY = 0.2
# What becomes of a sending whose every attempt fails in the same way.
HOPELESS = {
    "busy": ("given up", 0),
    "fault before": ("unknown", 0),
    "lost before": ("unknown", 0),
    "fault after": ("unknown", 1),
    "lost after": ("unknown", 1),
    "rubbish after": ("unknown", 1),
}


@pytest.fixture
def run(database_url, open_store):
    """Queue keys, each for an owner, and run two workers until nothing is tried any more."""
    posts = []

    def run(receiver, keys, **options):
        addresses = {"registry": receiver.address}
        for _ in range(2):
            posts.append(posting.open_post(database_url, open_store(), addresses))
            posting.start_worker(posts[-1], interpret=posting.once, demo=True, **options)
        for owner, key in keys:
            posting.send(posts[0], key, owner=owner)
        outbox = posts[0].store.outbox
        owners = dict.fromkeys(owner for owner, _ in keys)
        end = time.monotonic() + 100
        while time.monotonic() < end:
            found = [one for owner in owners for one in outbox.of_owner(owner)]
            if all(one.next_attempt is None for one in found):
                return found
            time.sleep(0.3)
        raise AssertionError(Counter((one.state, one.attempts) for one in found))

    yield run
    for post in posts:
        post.queue.stop()


@pytest.mark.server
@pytest.mark.fuzz
def test_of_a_thousand_each_arrives_once(run):
    chance = random.Random(13)  # noqa: S311 -- every run tries the same

    def fault(_key):
        return chance.choice(FAULTS) if chance.random() < FAULTY else None

    keys = [(f"owner {number % OWNERS}", f"b-{number}") for number in range(NUMBER)]
    with registry(fault) as receiver:
        found = run(receiver, keys)
    assert Counter(one.state for one in found) == {"accepted": NUMBER}
    assert receiver.taken == {key: 1 for _, key in keys}
    assert set(receiver.faults) == {*FAULTS, "none"}
    assert sum(one.attempts for one in found) == receiver.faults.total()
    was_there = [one for one in found if one.answer.words == "It was there already."]
    after = sum(receiver.faults[name] for name in FAULTS if "after" in name)
    assert 0 < len(was_there) <= after


@pytest.mark.server
def test_what_never_succeeds_ends_in_a_state_that_is_true(run):
    keys = [("an owner", f"{fault} {number}") for fault in HOPELESS for number in range(3)]
    with registry(lambda key: key.rpartition(" ")[0]) as receiver:
        found = run(receiver, keys, limit=timedelta(seconds=2))
    assert len(found) == len(keys)
    for one in found:
        state, taken = HOPELESS[one.key.rpartition(" ")[0]]
        assert (one.state, receiver.taken[one.key]) == (state, taken)
        assert one.attempts > 1
