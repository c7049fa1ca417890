from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from cryptography.fernet import Fernet
from psycopg import sql

from app.store import Store


@pytest.fixture
def key():
    return Fernet.generate_key().decode()


@pytest.fixture
def open_store(database_url, key):
    """Open the store as one more app server does, with other keys where they are given."""
    opened = []

    def open_store(keys: str = key) -> Store:
        opened.append(Store(database_url, keys, kept=timedelta(days=14)))
        return opened[-1]

    yield open_store
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store):
    return open_store()


@pytest.fixture
def content(database_url, tmp_path):
    """Everything that the database has written: SQLite's files, or all rows of PostgreSQL's."""

    def content() -> bytes:
        if database_url.startswith("sqlite"):
            return b"".join(path.read_bytes() for path in sorted(tmp_path.glob("store.sqlite*")))
        return b"".join(_copies(database_url))

    return content


def _copies(database_url):
    """Yield every table, as PostgreSQL sends it with nothing escaped."""
    address = database_url.replace("+psycopg", "")
    with psycopg.connect(address) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (name,) in tables.fetchall():
            statement = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(name))
            with connection.cursor().copy(statement) as copy:
                yield from map(bytes, copy)
