from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from app.store import counts

MINUTE = datetime(2026, 11, 24, 12, 0, 20, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch):
    """Set the time to so many seconds after twenty past the minute."""

    def set_to(seconds: int) -> None:
        for module in ("app.store", "app.store.counts"):
            monkeypatch.setattr(f"{module}.now", lambda: MINUTE + timedelta(seconds=seconds))

    set_to(0)
    return set_to


def test_each_who_and_each_kind_is_counted_alone(store, clock):
    assert [store.counts.add("launch", "10.0.0.1") for _ in range(3)] == [1, 2, 3]
    assert store.counts.add("launch", "10.0.0.2") == 1
    assert store.counts.add("callback", "10.0.0.1") == 1


def test_app_servers_count_together(store, open_store, clock):
    servers = [store, open_store()]
    with ThreadPoolExecutor(8) as pool:
        counted = pool.map(lambda n: servers[n % 2].counts.add("launch", "10.0.0.1"), range(24))
        assert sorted(counted) == list(range(1, 25))


def test_a_new_minute_begins_anew(store, clock):
    store.counts.add("launch", "10.0.0.1")
    assert counts.seconds_left() == 40
    clock(39)
    assert counts.seconds_left() == 1
    assert store.counts.add("launch", "10.0.0.1") == 2
    clock(40)
    assert counts.seconds_left() == 60
    assert store.counts.add("launch", "10.0.0.1") == 1


def test_a_purge_forgets_what_is_over_and_keeps_what_runs(store, clock, content):
    store.counts.add("launch", "10.0.0.1")
    (bucket,) = [store.owners.of("count", "launch", "10.0.0.1", str(int(MINUTE.timestamp()) // 60))]
    store.purge()
    assert bucket.encode() in content()
    clock(61)
    store.purge()
    assert bucket.encode() not in _rows(store)


def test_addresses_are_kept_as_digests_only(store, clock, content):
    store.counts.add("launch", "10.98.76.54")
    assert b"10.98.76.54" not in content()


def _rows(store) -> bytes:
    with store._database.reading() as session:
        return b" ".join(row.bucket.encode() for row in session.query(counts.CountRow))
