"""The audit trail against a writer to the database who has no key."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from app.store import Event, EventFilter, Head, audit
from app.store.vault import Unreadable

OWEN = "Practitioner/oncologist-owen"
LONG_AGO = "2001-01-01 00:00:00.000000"


@pytest.fixture
def trail(store):
    """A trail of six events about three patients."""
    for number in range(1, 7):
        event = Event("read", "ehr", user=OWEN, patient=f"patient-{number % 3}")
        store.audit.add(event)
    return store


@pytest.fixture
def write(trail):
    def write(statement: str) -> None:
        with trail._database.writing() as session:
            session.execute(text(statement))

    return write


def numbers(store, **query):
    return [found.id for found in store.audit.find(EventFilter(**query))]


def changed(store, **query):
    return [found.id for found in store.audit.find(EventFilter(**query)) if found.changed]


def test_a_trail_that_nobody_changed_is_whole(trail, open_store):
    heads = [trail.audit.head()]
    trail.audit.add(Event("signed-out"))
    heads.append(open_store().audit.head())
    assert [head.number for head in heads] == [6, 7]
    assert list(trail.verify(*heads)) == []


@pytest.mark.parametrize(
    "change",
    [
        f"at = '{LONG_AGO}'",
        "kind = 'launch-opened'",
        "ehr = 'another'",
        '"user" = NULL',
        "patient = 'x'",
        "patient = (SELECT patient FROM audit WHERE id = 2)",
        "data = (SELECT data FROM audit WHERE id = 3)",
        "seal = (SELECT seal FROM audit WHERE id = 3)",
        "seal = NULL",
        "chain = (SELECT chain FROM audit WHERE id = 3)",
        "kind = 'x', data = seal",
    ],
)
def test_an_event_that_was_changed_is_listed_as_changed_whatever_is_asked_for(trail, write, change):
    write(f"UPDATE audit SET {change} WHERE id = 4")  # noqa: S608
    for query in (
        {"patient": "patient-1"},
        {"patient": "patient-2"},
        {"user": OWEN},
        {"type": "read"},
        {"ehr": "ehr"},
        {"since": datetime.now(UTC) - timedelta(hours=1)},
        {"until": datetime.now(UTC) - timedelta(hours=1)},
    ):
        assert changed(trail, **query) == [4]
    assert next(iter(trail.audit.verify())) == "Event 4 was changed."


def test_what_sqlite_alone_would_hold_in_a_column_hides_nothing(trail, write, database_url):
    if not database_url.startswith("sqlite"):
        pytest.skip("PostgreSQL holds columns to their types")
    write("UPDATE audit SET at = 'soon', kind = NULL IS NULL, data = 7 WHERE id = 4")
    assert changed(trail, patient="patient-0") == [4]
    assert len(numbers(trail)) == 6


# What a column may hold that the app writes nowhere, by the database that takes it.
ODD_EVENTS = {
    "sqlite": (
        *("chain = 'abc'", "chain = 5", "chain = 1000000000000", "chain = 1.5"),
        *("seal = 'x'", "seal = 7", "data = 'é'", "data = 1.5", "user = 1e400"),
        *("kind = CAST(x'ff' AS TEXT)", "ehr = x'00ff'", "at = CAST(x'ff' AS TEXT)", "at = 5"),
    ),
    "postgresql": (
        *("at = 'infinity'", "at = '-infinity'", "at = '20000-01-01'", "at = '0001-01-01 BC'"),
        *("chain = ''", "seal = ''"),
    ),
}


def test_no_odd_value_keeps_the_trail_from_being_listed_verified_and_purged(
    trail, write, database_url
):
    odd = ODD_EVENTS[database_url.partition("+")[0].partition(":")[0]]
    for number, changes in enumerate(odd, 7):
        trail.audit.add(Event("signed-out"))
        write(f"UPDATE audit SET {changes} WHERE id = {number}")  # noqa: S608
    expected = list(range(7, 7 + len(odd)))
    assert changed(trail) == expected
    assert numbers(trail) == [*range(1, 7), *expected]
    told = list(trail.verify())
    assert [f"Event {number} was changed." in told for number in expected] == [True] * len(odd)
    assert trail.audit.purge(timedelta(days=1)) == 0


def test_an_event_under_another_number_is_listed_and_missed(trail, write):
    write("UPDATE audit SET id = -4 WHERE id = 4")
    assert changed(trail) == [-4]
    assert list(trail.audit.verify()) == [
        "Event -4 stands where all events were purged.",
        "Event 4 is missing.",
    ]


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        ("id = 1", "Event 1 is missing."),
        ("id = 3", "Event 3 is missing."),
        ("id IN (3, 4)", "Events 3 to 4 are missing."),
        ("id = 6", "Event 6 is missing."),
        ("id > 4", "Events 5 to 6 are missing."),
        ("id > 0", "Events 1 to 6 are missing."),
    ],
)
def test_events_that_were_taken_away_are_missed(trail, write, gone, told):
    write(f"DELETE FROM audit WHERE {gone}")  # noqa: S608
    assert list(trail.audit.verify()) == [told]


def test_a_short_tail_with_a_mark_of_then_is_known_by_an_exported_head(trail, write, content):
    """The whole database as it was an hour ago is in order with itself."""
    with trail._database.reading() as session:
        row = session.execute(text("SELECT value, seal FROM trail_marks")).one()
    trail.audit.add(Event("read"))
    trail.audit.add(Event("read"))
    exported = trail.audit.head()
    with trail._database.writing() as session:
        session.execute(text("DELETE FROM audit WHERE id > 6"))
        put_back = text("UPDATE trail_marks SET value = :value, seal = :seal")
        session.execute(put_back, row._mapping)
    assert list(trail.audit.verify()) == []
    told = "The trail ends with event 6. Events 7 to 8 are missing."
    assert list(trail.audit.verify(exported)) == [told]


def test_another_past_is_known_by_an_exported_head(trail):
    head = trail.audit.head()
    other = Head(head.number, "0" * 64)
    assert list(trail.audit.verify(other)) == [
        "The trail up to event 6 is not the one whose head was kept."
    ]


def test_without_its_mark_the_trail_takes_no_event(trail, write):
    write("DELETE FROM trail_marks")
    with pytest.raises(Unreadable):
        trail.audit.add(Event("read"))
    with pytest.raises(Unreadable):
        list(trail.audit.verify())


def test_events_behind_the_end_are_told(trail, write):
    write(
        'INSERT INTO audit SELECT 9, at, kind, ehr, "user", patient, data, seal, chain '
        "FROM audit WHERE id = 3"
    )
    assert list(trail.audit.verify()) == ["Event 9 stands behind the end of the trail."]
    assert changed(trail) == [9]


def at_age(monkeypatch, days):
    moment = datetime.now(UTC) - timedelta(days=days)
    monkeypatch.setattr(audit, "now", lambda: moment)


@pytest.fixture
def aged(store, monkeypatch):
    """Two events of each day, the oldest is twelve days old."""
    for days in (12, 12, 11, 11, 9, 9):
        at_age(monkeypatch, days)
        store.audit.add(Event("read", details={"days": days}))
    monkeypatch.undo()
    return store


def test_a_purge_leaves_a_trail_that_can_be_verified(aged):
    old, middle = Head(2, "0" * 64), Head(4, aged.audit.verify and _link(aged, 4))
    end = aged.audit.head()
    assert aged.audit.purge(timedelta(days=10)) == 4
    assert numbers(aged) == [5, 6, 7]
    assert list(aged.audit.verify(middle, end)) == []
    assert list(aged.audit.verify(old)) == [
        "The head 2 proves nothing any more: its event was purged."
    ]
    assert aged.audit.purge(timedelta(0)) == 3
    assert numbers(aged) == [8]
    assert list(aged.audit.verify()) == []


def _link(store, number):
    with store._database.reading() as session:
        found = session.scalar(text("SELECT chain FROM audit WHERE id = :id"), {"id": number})
    return bytes(found).hex()


def test_what_is_taken_away_beside_a_purge_is_missed(aged):
    aged.audit.purge(timedelta(days=10))
    with aged._database.writing() as session:
        session.execute(text("DELETE FROM audit WHERE id = 5"))
    assert list(aged.audit.verify()) == ["Event 5 is missing."]


def test_a_changed_time_has_no_event_forgotten_early_or_kept(aged):
    with aged._database.writing() as session:
        session.execute(text(f"UPDATE audit SET at = '{LONG_AGO}' WHERE id > 4"))  # noqa: S608
        session.execute(text("UPDATE audit SET at = '2999-01-01 00:00:00' WHERE id = 2"))
    assert aged.audit.purge(timedelta(days=10)) == 4
    assert changed(aged) == [5, 6]


def test_app_servers_that_record_at_once_make_one_chain(open_store):
    stores = [open_store() for _ in range(3)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: stores[n % 3].audit.add(Event("read")), range(60)))
    assert numbers(stores[0]) == list(range(1, 61))
    assert list(stores[0].audit.verify(stores[1].audit.head())) == []


def test_the_chain_goes_on_over_new_keys(trail, open_store, key):
    head = trail.audit.head()
    newer = Fernet.generate_key().decode()
    open_store(f"{newer},{key}").rotate()
    new = open_store(newer)
    new.audit.add(Event("read"))
    assert list(new.audit.verify(head, new.audit.head())) == []
