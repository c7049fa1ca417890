import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import psycopg
import pytest
from sqlalchemy import delete, text
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError

from app.store import Store, database
from app.store.models import AuthorizationRow


def test_moments_keep_their_zone_whatever_it_was(store):
    there = datetime(2026, 11, 24, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    database = store._database
    with database.writing() as session:
        session.add(AuthorizationRow(state="s", browser="b", ehr="e", data={}, expires=there))
    with database.reading() as session:
        read = session.get(AuthorizationRow, "s").expires
    assert read == there
    assert read.tzinfo is UTC


def test_a_failed_block_writes_nothing(store):
    moment = datetime.now(UTC)
    row = AuthorizationRow(state="s", browser="b", ehr="e", data={}, expires=moment)

    def fail():
        with store._database.writing() as session:
            session.add(row)
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with store._database.reading() as session:
        assert session.get(AuthorizationRow, "s") is None


def test_readers_do_not_wait_for_a_writer(store):
    with store._database.writing() as session:
        session.execute(text("SELECT 1"))
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(store.drafts.list, "owner").result(timeout=2) == []


def test_threads_that_write_take_turns(store):
    """SQLite alone lets one wait nearly to the end while others write again and again."""
    if store._database._engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has many writers at a time")
    began = time.monotonic()

    def waits(_number):
        for _ in range(40):
            asked = time.monotonic()
            with store._database.writing() as session:
                session.execute(text("UPDATE launches SET version = 0"))
                yield time.monotonic() - asked
                time.sleep(0.002)
            time.sleep(0.001)

    with ThreadPoolExecutor(12) as pool:
        longest = max(pool.map(lambda number: max(waits(number)), range(12)))
    assert longest < (time.monotonic() - began) / 4


def test_a_thread_that_waits_too_long_for_its_turn_is_told(store, monkeypatch):
    if store._database._engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has many writers at a time")
    monkeypatch.setattr(database, "WAIT_SECONDS", 0.05)

    def write():
        with store._database.writing():
            pass

    with store._database.writing(), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(write)
        with pytest.raises(SQLAlchemyError):
            waiting.result(timeout=5)
    write()


def test_many_app_servers_start_on_an_empty_database_at_once(open_store):
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: open_store(), range(4)))
    assert len({store.owners.of("x") for store in stores}) == 1


def test_an_error_of_the_database_says_nothing_of_what_was_written(store):
    row = {"state": "s", "browser": "b", "ehr": "secret-value", "expires": datetime.now(UTC)}
    with pytest.raises(IntegrityError) as error, store._database.writing() as session:
        session.add(AuthorizationRow(**row, data=None))
    told = "".join(traceback.format_exception(error.value))
    assert "IntegrityError" in told
    assert "secret-value" not in told


def test_nobody_waits_for_ever_for_one_who_hangs(open_store, monkeypatch):
    monkeypatch.setattr(database, "_MILLISECONDS", 200)
    monkeypatch.setitem(database._LIMITS, "lock_timeout", 200)
    hanging, other = open_store(), open_store()
    hanging.authorizations.add("state", "key", "ehr", {})
    with hanging._database.writing() as session:
        session.execute(delete(AuthorizationRow))
        begun = time.monotonic()
        with pytest.raises(OperationalError):
            other.authorizations.take("state")
        assert time.monotonic() - begun < 5
        session.rollback()
    assert other.authorizations.take("state")


@pytest.mark.server
def test_a_connection_that_broke_is_made_anew(cluster, key):
    address = cluster.new_database()
    store = Store(address, key, kept=timedelta(days=1))
    store.authorizations.add("state", "key", "ehr", {})
    with psycopg.connect(address.replace("+psycopg", "")) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    assert (True,) in ended
    assert store.authorizations.take("state")
    store.close()


@pytest.mark.server
def test_an_address_may_say_how_it_is_to_be_connected(cluster, key):
    address = f"{cluster.new_database()}&application_name=ward-7"
    store = Store(address, key, kept=timedelta(days=1))
    with store._database.reading() as session:
        names = session.scalars(text("SELECT current_setting('application_name')")).all()
        limit = session.scalar(text("SHOW lock_timeout"))
    store.close()
    assert (names, limit) == (["ward-7"], f"{database.WAIT_SECONDS}s")
