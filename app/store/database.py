"""Transactions, and the schema that they need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Mapper, Session, sessionmaker
from sqlalchemy.orm.attributes import flag_modified

from app.store import schema
from app.store.engine import make_engine
from app.store.models import Base
from app.store.vault import EncryptedJSON, Vault, set_vault

BATCH = 200


class Database:
    """Hands out short transactions, for reading or for writing."""

    def __init__(self, url: str, vault: Vault) -> None:
        """Open the database at `url`; raises ConfigError where its schema is not the code's.

        An empty one gets its tables.
        """
        engine = self._engine = encrypting_engine(url, vault)
        self._readers = sessionmaker(engine, expire_on_commit=False)
        writing_engine = engine.execution_options(writes=True)
        self._writers = sessionmaker(writing_engine, expire_on_commit=False)
        try:
            schema.require_current(engine)
        except BaseException:
            engine.dispose()
            raise

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session that only reads."""
        with self._readers() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Yield a session whose work is committed when the block ends without an exception."""
        with self._writers.begin() as session:
            yield session

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


def encrypting_engine(url: str, vault: Vault) -> Engine:
    """Return an engine for the database at `url` whose EncryptedJSON columns `vault` encrypts."""
    engine = make_engine(url)
    set_vault(engine.dialect, vault)
    return engine


def now() -> datetime:
    """Return this moment in UTC."""
    return datetime.now(UTC)


def rows_changed(result: Any) -> int:
    """Return how many rows an UPDATE or DELETE has met."""
    return int(result.rowcount)
