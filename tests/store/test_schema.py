from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from app.config import ConfigError
from app.store import database, schema
from app.store.database import make_engine
from app.store.models import Base
from app.store.vault import Vault
from tests import older

VAULT = Vault(older.KEY)

# The newest revision that there is.
NOW = schema._newest()

NEXT = """
from alembic import op
from sqlalchemy import Column, String

revision = "next"
down_revision = "{now}"


def upgrade():
    op.add_column("drafts", Column("ward", String(20)))
    {more}
"""


@pytest.fixture
def engine(database_url):
    engine = make_engine(database_url, VAULT)
    yield engine
    engine.dispose()


@pytest.fixture
def next_release(tmp_path, monkeypatch):
    """Add a revision after those that there are, as a later release does."""

    def next_release(more: str = "") -> None:
        folder = tmp_path / "migrations"
        folder.mkdir()
        (folder / "later.py").write_text(NEXT.format(more=more, now=NOW))
        places = [str(schema._FOLDER), str(folder)]
        scripts = ScriptDirectory(str(schema._FOLDER), version_locations=places)
        monkeypatch.setattr(schema, "_scripts", lambda: scripts)

    return next_release


def execute(engine, statement):
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(text(statement))


def columns(engine, table="drafts"):
    return {column["name"] for column in inspect(engine).get_columns(table)}


def test_the_migrations_make_what_the_models_say(engine):
    schema.upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_the_comparison_would_tell_a_difference(engine):
    schema.upgrade(engine)
    execute(engine, "DROP INDEX ix_drafts_owner")
    execute(engine, "ALTER TABLE receipts DROP COLUMN launch_id")
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert {difference[0] for difference in found} == {"add_index", "add_column"}


def test_an_empty_database_gets_its_tables_and_is_current(engine):
    schema.require_current(engine)
    assert schema.due(engine) == schema.Upgrade(NOW, NOW)
    assert set(inspect(engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}


def test_an_upgrade_of_what_is_current_changes_nothing(engine):
    assert schema.upgrade(engine) == schema.Upgrade(None, NOW)
    again = schema.upgrade(engine)
    assert again == schema.Upgrade(NOW, NOW)
    assert not again.is_change


def test_a_database_of_0_1_0_is_refused_until_it_is_upgraded(engine, database_url):
    older.load(database_url)
    with pytest.raises(ConfigError, match=r"revision 0\.1\.0.*backup.*python -m app upgrade"):
        schema.require_current(engine)
    assert schema.upgrade(engine) == schema.Upgrade("0.1.0", NOW)
    schema.require_current(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_an_early_build_of_0_1_0_gets_the_tables_that_it_had_not(engine, database_url):
    older.load(database_url)
    execute(engine, "DROP TABLE audit")
    execute(engine, "DROP TABLE counts")
    assert schema.upgrade(engine).before == "0.1.0"
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_an_index_of_the_administrators_does_no_harm(engine, database_url):
    older.load(database_url)
    execute(engine, "CREATE INDEX mine ON audit (ehr)")
    execute(engine, "CREATE TABLE reports (id INTEGER PRIMARY KEY)")
    assert schema.upgrade(engine).before == "0.1.0"


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE drafts DROP COLUMN plan",
        "ALTER TABLE drafts RENAME COLUMN data TO content",
        "DROP INDEX ix_launches_browser",
    ],
)
def test_a_schema_that_no_version_made_is_refused_and_left_alone(engine, database_url, change):
    older.load(database_url)
    execute(engine, change)
    before = columns(engine)
    for act in (schema.require_current, schema.upgrade):
        with pytest.raises(ConfigError, match="no version of the app has made"):
            act(engine)
    assert columns(engine) == before
    assert "alembic_version" not in inspect(engine).get_table_names()


def test_a_database_of_another_program_is_refused_and_left_alone(engine):
    execute(engine, "CREATE TABLE wards (id INTEGER PRIMARY KEY)")
    for act in (schema.require_current, schema.upgrade):
        with pytest.raises(ConfigError, match="Name the app's own database, or an empty one"):
            act(engine)
    assert inspect(engine).get_table_names() == ["wards"]


def test_a_later_release_refuses_the_older_database_and_upgrades_it(engine, next_release):
    schema.upgrade(engine)
    next_release()
    with pytest.raises(ConfigError, match=f"revision {NOW}, and the app needs next"):
        schema.require_current(engine)
    assert schema.upgrade(engine) == schema.Upgrade(NOW, "next")
    assert "ward" in columns(engine)


def test_a_later_release_takes_a_database_of_0_1_0_all_the_way(engine, database_url, next_release):
    older.load(database_url)
    next_release()
    assert schema.upgrade(engine) == schema.Upgrade("0.1.0", "next")
    assert "ward" in columns(engine)


def test_a_database_of_a_later_release_is_refused(engine, next_release, monkeypatch):
    next_release()
    schema.upgrade(engine)
    monkeypatch.undo()
    for act in (schema.require_current, schema.upgrade):
        with pytest.raises(ConfigError, match=r"newer than the app, which does not know.*next"):
            act(engine)


def test_an_upgrade_that_fails_has_changed_nothing(engine, next_release):
    schema.upgrade(engine)
    next_release("raise RuntimeError")
    with pytest.raises(RuntimeError):
        schema.upgrade(engine)
    assert "ward" not in columns(engine)
    assert schema.due(engine) == schema.Upgrade(NOW, "next")


def test_of_upgrades_started_at_once_one_does_the_work(database_url, next_release):
    older.load(database_url)
    next_release("import time; time.sleep(0.3)")

    def upgrade(_number):
        engine = make_engine(database_url, VAULT)
        try:
            return schema.upgrade(engine)
        finally:
            engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(upgrade, range(4)))
    assert sorted(one.before for one in done) == ["0.1.0", "next", "next", "next"]
    assert {one.after for one in done} == {"next"}


def test_app_servers_that_start_at_once_on_an_empty_database_all_start(database_url):
    def start(_number):
        engine = make_engine(database_url, VAULT)
        try:
            schema.require_current(engine)
            return schema.due(engine)
        finally:
            engine.dispose()

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(start, range(6))) == {schema.Upgrade(NOW, NOW)}


@pytest.mark.server
def test_an_upgrade_waits_longer_than_a_page_does(cluster, monkeypatch, next_release):
    """A migration of a large table takes more than the seconds after which a page gives up."""
    address = cluster.new_database()
    older.load(address)
    next_release('op.execute("SELECT pg_sleep(0.5)")')
    monkeypatch.setitem(database._LIMITS, "statement_timeout", 200)
    monkeypatch.setitem(database._LIMITS, "lock_timeout", 200)
    engine = make_engine(address, VAULT)
    blocker = create_engine(address)
    with ThreadPoolExecutor(1) as pool:
        with blocker.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(7410263)"))
            waiting = pool.submit(schema.upgrade, engine)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.6)
        assert waiting.result(timeout=20).after == "next"
    engine.dispose()
    blocker.dispose()
