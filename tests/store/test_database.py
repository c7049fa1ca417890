from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text

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


def test_many_app_servers_start_on_an_empty_database_at_once(open_store):
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: open_store(), range(4)))
    assert len({store.owners.of("x") for store in stores}) == 1


def test_an_error_of_the_database_says_nothing_of_what_was_written(store):
    row = {"state": "s", "browser": "b", "ehr": "secret-value", "expires": datetime.now(UTC)}
    with pytest.raises(Exception, match="NOT NULL") as error, store._database.writing() as session:
        session.add(AuthorizationRow(**row, data=None))
    assert "secret-value" not in str(error.value)
