"""The way to the database: connections, how long anything waits, what errors tell, transactions."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, select
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Mapper, Session, sessionmaker
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.pool import ConnectionPoolEntry

from app.store import schema
from app.store.models import Base
from app.store.vault import EncryptedJSON, Vault, set_vault

BATCH = 200
WAIT_SECONDS = 10
_MILLISECONDS = WAIT_SECONDS * 1000
# An app server answers 16 browsers at once, and each page asks the EHR from several threads; all
# hold a connection for a few milliseconds only.
_POOL = {"pool_size": 8, "max_overflow": 24, "pool_timeout": WAIT_SECONDS}
# A holder that is gone, or hangs, keeps its locks for no longer than this.
_LIMITS = {
    "statement_timeout": _MILLISECONDS,
    "lock_timeout": _MILLISECONDS,
    "idle_in_transaction_session_timeout": 3 * _MILLISECONDS,
}


class Database:
    """Hands out short transactions, for reading or for writing."""

    def __init__(self, url: str, vault: Vault) -> None:
        """Open the database at `url`; raises ConfigError where its schema is not the code's.

        An empty one gets its tables.
        """
        engine = self._engine = make_engine(url, vault)
        self._readers = sessionmaker(engine, expire_on_commit=False)
        writing_engine = engine.execution_options(writes=True)
        self._writers = sessionmaker(writing_engine, expire_on_commit=False)
        try:
            schema.require_current(engine)
        except BaseException:
            engine.dispose()
            raise

    def reading(self) -> AbstractContextManager[Session]:
        """Return the context of a session that only reads."""
        return self._readers()

    def writing(self) -> AbstractContextManager[Session]:
        """Return the context of a session: what it did is committed if nothing was raised."""
        return self._writers.begin()

    def rotate(self) -> int:
        """Encrypt every value anew, by the first key; return how many rows hold any.

        A few rows at a time, so that nobody waits long for them.
        """
        return sum(
            self._rotate(mapper) for mapper in Base.registry.mappers if _encrypted_columns(mapper)
        )

    def _rotate(self, mapper: Mapper[Any]) -> int:
        (key,) = mapper.primary_key
        number, last = 0, None
        while True:
            some = select(mapper.class_).order_by(key).limit(BATCH)
            if last is not None:
                some = some.where(key > last)
            with self.writing() as session:
                # Locked before they are read: tokens renewed in between would be put back.
                rows = session.scalars(some.with_for_update()).all()
                for row in rows:
                    for name in _encrypted_columns(mapper):
                        flag_modified(row, name)
            if not rows:
                return number
            number += len(rows)
            last = mapper.primary_key_from_instance(rows[-1])[0]

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()


def _encrypted_columns(mapper: Mapper[Any]) -> list[str]:
    return [column.key for column in mapper.columns if isinstance(column.type, EncryptedJSON)]


def make_engine(address: str, vault: Vault) -> Engine:
    """Return the engine for the SQLite or PostgreSQL at `address`, which `vault` encrypts."""
    url = make_url(address)
    is_postgresql = url.get_backend_name() == "postgresql"
    options: dict[str, Any] = {**_POOL, "connect_args": _arguments(url)} if is_postgresql else {}
    engine = create_engine(url, hide_parameters=True, pool_pre_ping=True, **options)
    set_vault(engine.dialect, vault)
    if is_postgresql:
        event.listen(engine, "handle_error", _drop_details)
    else:
        _tune_sqlite(engine)
    return engine


def _arguments(url: URL) -> dict[str, Any]:
    """Return what a connection is made with; what the address itself says comes first."""
    limits = " ".join(f"-c {name}={value}" for name, value in _LIMITS.items())
    arguments = {
        "connect_timeout": WAIT_SECONDS,
        "tcp_user_timeout": _MILLISECONDS,
        "application_name": "oncoform",
        "options": limits,
    }
    return {name: value for name, value in arguments.items() if name not in url.query}


def _drop_details(context: ExceptionContext) -> None:
    """Take out of an error the row that was refused, which PostgreSQL repeats in its message."""
    name = type(context.original_exception).__name__
    context.original_exception.args = (name,)
    if context.sqlalchemy_exception:
        context.sqlalchemy_exception.args = (name,)


def _tune_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        # The driver would begin transactions late and without the lock; see on_begin.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {_MILLISECONDS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        # What is deleted is overwritten: a forgotten launch leaves no tokens in the file.
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        # A writer takes the lock at its start: it waits its turn there, whereas a reader that
        # turned writer halfway would be refused at once.
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def now() -> datetime:
    """Return this moment in UTC."""
    return datetime.now(UTC)


def rows_changed(result: Any) -> int:
    """Return how many rows an UPDATE or DELETE has met."""
    return int(result.rowcount)
