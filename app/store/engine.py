"""The way to the database: how connections are made, how long anything waits, what errors tell."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

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


def make_engine(address: str) -> Engine:
    """Return the engine for the database at `address`, which is SQLite or PostgreSQL."""
    url = make_url(address)
    is_postgresql = url.get_backend_name() == "postgresql"
    options: dict[str, Any] = {**_POOL, "connect_args": _arguments(url)} if is_postgresql else {}
    engine = create_engine(url, hide_parameters=True, pool_pre_ping=True, **options)
    if is_postgresql:
        event.listen(engine, "handle_error", _keep_to_the_kind)
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


def _keep_to_the_kind(context: ExceptionContext) -> None:
    """Take out of an error the row that was refused, which PostgreSQL repeats in its message."""
    kind = type(context.original_exception).__name__
    context.original_exception.args = (kind,)
    if context.sqlalchemy_exception:
        context.sqlalchemy_exception.args = (kind,)


def _tune_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        del record
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
