"""The schema of the database: whether it is the one that this code needs, and how it gets there.

The migrations are Alembic's. All that are due run in one transaction, on SQLite as on PostgreSQL:
after a failure the database is what it was.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, MigrationStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from app.config import ConfigError
from app.store.migrations.r0001_tables_of_0_1_0 import schema as tables_of_0_1_0

# What 0.1.0 made carries no revision.
UNMARKED = "0.1.0"

_FOLDER = Path(__file__).parent / "migrations"
_REVISIONS_TABLE = "alembic_version"
# Any number will do, as long as every app server takes the same.
_ADVISORY_LOCK = 7_410_263


@dataclass(frozen=True)
class Upgrade:
    """From which revision a database comes, None for an empty one, and to which it goes."""

    before: str | None
    after: str

    @property
    def is_change(self) -> bool:
        """Whether a database that holds something has to be changed."""
        return self.before not in {None, self.after}


def require_current(engine: Engine) -> None:
    """Make the tables of an empty database; raises ConfigError for any but the current schema.

    Several app servers may start on an empty database at once.
    """
    found = due(engine)
    if found.is_change:
        raise ConfigError(
            f"The database of ONCOFORM_DATABASE_URL is older than the app: it is at revision "
            f"{found.before}, and the app needs {found.after}. Make a backup of it, then run "
            "`python -m app upgrade` (docs/upgrading.md)."
        )
    if found.before is None:
        upgrade(engine)


def due(engine: Engine) -> Upgrade:
    """Return what an upgrade would do; raises ConfigError for a database that it cannot upgrade."""
    with engine.connect() as connection:
        return Upgrade(_revision_of(connection), _newest())


def upgrade(engine: Engine) -> Upgrade:
    """Bring a database to the schema of this code; raises ConfigError where that cannot be.

    Who comes second waits for the first, and finds nothing left to do.
    """
    with engine.execution_options(writes=True).begin() as connection:
        _wait_for_turn(connection)
        before = _revision_of(connection)
        if before != _newest():
            context = MigrationContext.configure(connection, opts={"fn": _missing_steps})
            with Operations.context(context):
                context.run_migrations()
    return Upgrade(before, _newest())


def _wait_for_turn(connection: Connection) -> None:
    """Keep other upgrades waiting until the transaction ends; SQLite has one writer anyway."""
    if connection.dialect.name != "postgresql":
        return
    # A large table takes longer than any page may.
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text("SET LOCAL lock_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})


def _revision_of(connection: Connection) -> str | None:
    """Return the revision of a database, UNMARKED for one of 0.1.0, None for an empty one.

    Raises ConfigError for one that a newer app has upgraded, and for one that is not the app's.
    """
    names = set(inspect(connection).get_table_names())
    if not names:
        return None
    if _REVISIONS_TABLE in names:
        heads = MigrationContext.configure(connection).get_current_heads()
        known = {script.revision for script in _scripts().walk_revisions()}
        if not set(heads) <= known:
            raise ConfigError(
                f"The database of ONCOFORM_DATABASE_URL is newer than the app, which does not know "
                f"its revision {', '.join(heads)}. Start the version of the app that upgraded it, "
                "or restore the backup from before (docs/upgrading.md)."
            )
        if heads:
            return heads[0]
    if _holds_0_1_0(connection, names):
        return UNMARKED
    raise ConfigError(
        "The database of ONCOFORM_DATABASE_URL holds tables that no version of the app has made "
        "in this form. Name the app's own database, or an empty one."
    )


def _holds_0_1_0(connection: Connection, names: set[str]) -> bool:
    """Tell whether the app's tables, as far as they are there, are those of 0.1.0.

    Its first builds had fewer of them, and it made the missing ones at its start. What a database
    has beside them, such as an index of its administrator's, does no harm.
    """
    shared = names & set(tables_of_0_1_0.tables)

    def is_compared(_item: Any, name: str | None, what: str, reflected: bool, other: Any) -> bool:
        return name in shared if what == "table" else not (reflected and other is None)

    context = MigrationContext.configure(connection, opts={"include_object": is_compared})
    return bool(shared) and not compare_metadata(context, tables_of_0_1_0)


def _missing_steps(heads: tuple[str, ...], _context: MigrationContext) -> Iterable[MigrationStep]:
    missing = _scripts().iterate_revisions("head", heads or "base", implicit_base=True)
    return [
        MigrationStep.upgrade_from_script(_scripts().revision_map, script)
        for script in reversed(list(missing))
    ]


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_FOLDER), version_locations=[str(_FOLDER)])


def _newest() -> str:
    return str(_scripts().get_current_head())
