"""A database of 0.1.0, as its demo left it on SQLite and on PostgreSQL.

Both were made by the code of 0.1.0 itself (commit 128c784): two people launched it from the sandbox
on the demo's ports, saved one entry and left drafts of others. The dumps are SQL without comments,
in which encrypted values stand as the text that they are. What that code read back from each
database stands beside it, with the key.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

# By which both were made.
KEY = "Zm9yLXRlc3RzLW9mLXRoZS11cGdyYWRlLW9ubHktMDE="
FOLDER = Path(__file__).parent / "store" / "of_0_1_0"


def load(database_url: str) -> dict[str, Any]:
    """Fill an empty database with that of 0.1.0; return what it holds, and the key."""
    engine = make_url(database_url).get_backend_name()
    script = (FOLDER / f"{engine}.sql").read_text(encoding="utf-8")
    if engine == "sqlite":
        connection = sqlite3.connect(make_url(database_url).database or "")
        connection.executescript(script)
        connection.close()
    else:
        with psycopg.connect(database_url.replace("+psycopg", "")) as server:
            server.execute(script.encode())
    return json.loads((FOLDER / f"{engine}.json").read_text(encoding="utf-8"))


@contextmanager
def connected(database_url: str) -> Iterator[Callable[[str], object]]:
    """Yield what executes a statement in the database, without the app; all is committed."""
    if make_url(database_url).get_backend_name() == "sqlite":
        connection = sqlite3.connect(make_url(database_url).database or "")
        yield connection.execute
        connection.commit()
        connection.close()
    else:
        with psycopg.connect(database_url.replace("+psycopg", "")) as server:
            yield lambda statement: server.execute(statement.encode())
