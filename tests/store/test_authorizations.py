from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from app.store import authorizations
from app.store.database import now


def test_an_authorization_is_given_out_once(store):
    store.authorizations.add("state", "key", "ehr", {"nonce": "n"})
    taken = store.authorizations.take("state")
    assert (taken.ehr, taken.data) == ("ehr", {"nonce": "n"})
    assert store.authorizations.take("state") is None


def test_it_belongs_to_the_browser_that_asked(store):
    store.authorizations.add("state", "key", "ehr", {})
    taken = store.authorizations.take("state")
    assert taken.belongs_to("key")
    assert not taken.belongs_to("other")
    assert not taken.belongs_to(taken.browser)


def test_an_unknown_state_gives_nothing(store):
    store.authorizations.add("state", "key", "ehr", {})
    for state in ("", "State", "state ", "%"):
        assert store.authorizations.take(state) is None
    assert store.authorizations.take("state")


def test_it_ends_after_ten_minutes_and_is_gone(store, monkeypatch):
    store.authorizations.add("state", "key", "ehr", {})
    later = now() + timedelta(minutes=10, seconds=1)
    monkeypatch.setattr(authorizations, "now", lambda: later)
    assert store.authorizations.take("state") is None
    monkeypatch.undo()
    assert store.authorizations.take("state") is None


def test_of_many_who_take_it_at_once_one_gets_it(store):
    store.authorizations.add("state", "key", "ehr", {})
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: store.authorizations.take("state"), range(16)))
    assert sum(one is not None for one in taken) == 1
