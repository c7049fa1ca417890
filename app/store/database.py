"""The way to the database: connections, how long anything waits, what errors tell, transactions."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, Select, create_engine, event, select
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import TimeoutError  # noqa: A004 -- what a pool that is taken raises too
from sqlalchemy.orm import Mapper, Session, sessionmaker
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.pool import ConnectionPoolEntry

from app.store import schema
from app.store.models import NO_MOMENT, Base, Sealed, mark_of
from app.store.vault import EncryptedJSON, Unreadable, Vault, set_vault

BATCH = 200
WAIT_SECONDS = 10
_MILLISECONDS = WAIT_SECONDS * 1000
# Each thread that serves (app.commands.serve), and each that asks the EHR for a page, holds a
# connection for a few milliseconds only.
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
        # SQLite has one writer at a time, and lets another try again and again: who came last may
        # be served first. The threads of one app server take turns.
        self._turn = Lock() if engine.dialect.name == "sqlite" else None
        try:
            schema.require_current(engine)
        except BaseException:
            engine.dispose()
            raise

    def reading(self) -> AbstractContextManager[Session]:
        """Return the context of a session that only reads."""
        return self._readers()

    def scalar(self, wanted: Select[Any], **values: Any) -> Any:
        """Return the one value of a query, in half the time that a session takes for it."""
        with self._engine.connect() as connection:
            return connection.scalar(wanted, values)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Run the block with a session: what it did is committed if nothing was raised."""
        with self._in_turn(), self._writers.begin() as session:
            yield session

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=WAIT_SECONDS):
            raise TimeoutError("other threads of this app server write for too long")
        try:
            yield
        finally:
            self._turn.release()

    def rotate(self) -> int:
        """Encrypt and seal every row anew, by the first key; return how many rows those are.

        A few rows at a time, so that nobody waits long for them. What was changed by something else
        than the app stays as it is: a new seal would make it good.
        """
        number = 0
        for mapper in _sealed():
            for _, rows in self._batches(mapper):
                for row in rows:
                    for name in _encrypted_columns(mapper):
                        flag_modified(row, name)
                number += len(rows)
        return number

    def changed_rows(self) -> Iterator[tuple[str, str]]:
        """Yield the table and the mark of every row that is not as the app wrote it."""
        for mapper in _sealed():
            for changed, _ in self._batches(mapper):
                yield from ((mapper.class_.__tablename__, mark_of(key)) for key in changed)

    def _batches(self, mapper: Mapper[Any]) -> Iterator[tuple[list[Any], Sequence[Any]]]:
        """Yield keys of rows that do not open, and the rows that do, some at a time.

        They are locked before they are read: tokens renewed in between would be put back.
        """
        (key,) = mapper.primary_key
        some, last = select(key).order_by(key).limit(BATCH), None
        while True:
            with self.writing() as session:
                keys = session.scalars(some if last is None else some.where(key > last)).all()
                wanted = select(mapper.class_).with_for_update()
                changed: list[Any] = []
                try:
                    rows = session.scalars(wanted.where(key.in_(keys))).all()
                except Unreadable:
                    session.expunge_all()
                    changed = [one for one in keys if not _opens(session, wanted.where(key == one))]
                    session.expunge_all()
                    opening = [one for one in keys if one not in changed]
                    rows = session.scalars(wanted.where(key.in_(opening))).all()
                yield changed, rows
            if not keys:
                return
            last = keys[-1]

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()


def _opens(session: Session, wanted: Select[Any]) -> bool:
    try:
        session.scalars(wanted).all()
    except Unreadable:
        session.expunge_all()
        return False
    return True


def _sealed() -> list[Mapper[Any]]:
    return [mapper for mapper in Base.registry.mappers if issubclass(mapper.class_, Sealed)]


def _encrypted_columns(mapper: Mapper[Any]) -> list[str]:
    return [column.key for column in mapper.columns if isinstance(column.type, EncryptedJSON)]


def make_engine(address: str, vault: Vault) -> Engine:
    """Return the engine for the SQLite or PostgreSQL at `address`, which `vault` encrypts."""
    url = make_url(address)
    is_postgresql = url.get_backend_name() == "postgresql"
    options = {"connect_args": connection_arguments(url)} if is_postgresql else {}
    engine = create_engine(url, hide_parameters=True, pool_pre_ping=True, **_POOL, **options)
    set_vault(engine.dialect, vault)
    if is_postgresql:
        event.listen(engine, "handle_error", _drop_details)
        event.listen(engine, "connect", _read_any_moment)
    else:
        _tune_sqlite(engine)
    return engine


def connection_arguments(url: URL) -> dict[str, Any]:
    """Return what a connection is made with; what the address itself says comes first."""
    limits = " ".join(f"-c {name}={value}" for name, value in _LIMITS.items())
    arguments = {
        "connect_timeout": WAIT_SECONDS,
        "tcp_user_timeout": _MILLISECONDS,
        "application_name": "oncoform",
        "options": limits,
    }
    return {name: value for name, value in arguments.items() if name not in url.query}


def _read_any_moment(connection: Any, _record: ConnectionPoolEntry) -> None:
    """Let moments that Python has no form for, such as `infinity`, be read as none at all."""
    from psycopg import DataError  # noqa: PLC0415 -- only PostgreSQL needs the package
    from psycopg.types.datetime import TimestamptzLoader  # noqa: PLC0415

    class AnyMoment(TimestamptzLoader):
        def load(self, data: Any) -> datetime:
            try:
                return super().load(data)
            except DataError:
                return NO_MOMENT

    connection.adapters.register_loader("timestamptz", AnyMoment)


def _drop_details(context: ExceptionContext) -> None:
    """Take out of an error the row that was refused, which PostgreSQL repeats in its message."""
    name = type(context.original_exception).__name__
    context.original_exception.args = (name,)
    if context.sqlalchemy_exception:
        context.sqlalchemy_exception.args = (name,)


def _tune_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        connection.text_factory = _text
        # The driver would begin transactions late and without the lock; see on_begin.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {_MILLISECONDS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        # What is deleted is overwritten: a forgotten launch leaves no tokens in the file.
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        # A writer takes the lock at its start: it waits its turn there, whereas a reader that
        # turned writer halfway would be refused at once.
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _text(stored: bytes) -> str:
    """Return what SQLite holds as text and need not be any."""
    return stored.decode(errors="replace")


def now() -> datetime:
    """Return this moment in UTC."""
    return datetime.now(UTC)


def rows_changed(result: Any) -> int:
    """Return how many rows an UPDATE or DELETE has met."""
    return int(result.rowcount)
