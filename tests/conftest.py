"""What all tests share: an app with a store of its own; no network unless a test asks for it."""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis
import psycopg
import pytest
from cryptography.fernet import Fernet
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from psycopg import sql
from pytest_socket import disable_socket, enable_socket
from requests import sessions

from app import create_app
from app.fhir import session as fhir_session
from app.forms._saving import save
from app.store import Store
from app.store.database import Database
from app.store.vault import Vault
from tests import postgresql
from tests.one_by_one import OneByOne

gc.disable()  # until all tests are collected
ROOT = Path(__file__).resolve().parent.parent
ROOM = 4 * 1024**3  # bytes, several times what a whole run keeps

# How long an example takes says more of the machine than of the app. Every run tries the same
# examples, so that a change alone decides; `quick` tries fewer of them, `free` others each time.
for _name, _how in {
    "oncoform": {},
    "quick": {"max_examples": 5},
    "free": {"derandomize": False},
}.items():
    hypothesis.settings.register_profile(
        _name, **{"deadline": None, "derandomize": True, "print_blob": True, **_how}
    )
hypothesis.settings.load_profile("oncoform")


def pytest_configure() -> None:
    """Keep the tests' databases in memory where it has room: each commit waits for the disk."""
    memory = Path("/dev/shm")  # noqa: S108 -- pytest makes a folder of its own there
    if memory.is_dir() and shutil.disk_usage(memory).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over all that the tests themselves are made of."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let only tests marked `network`, `server` or `browser` open sockets."""
    if any(item.get_closest_marker(name) for name in ("network", "server", "browser")):
        enable_socket()
    else:
        disable_socket(allow_unix_socket=True)


class Compiled(BytecodeCache):
    """The compiled templates, for all apps that the tests make."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self.kept.get(bucket.key + bucket.checksum):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once() -> Iterator[None]:
    """Compile each template once, and not for each app."""
    with pytest.MonkeyPatch.context() as patch:
        options = {**Flask.jinja_options, "bytecode_cache": Compiled()}
        patch.setattr(Flask, "jinja_options", options)
        yield


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_an_index() -> Iterator[None]:
    """Look again for a save whose answer was lost at once: what there is to find is there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(save, "LOOK_AGAIN", (0.0,))
        yield


SECRET_KEY = Fernet.generate_key().decode()


@pytest.fixture
def quick_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer one request after the other: threads and the look for proxies cost more."""
    monkeypatch.setattr(fhir_session, "ThreadPoolExecutor", OneByOne)
    monkeypatch.setattr(sessions, "get_environ_proxies", lambda *_args, **_options: {})


@pytest.fixture
def key() -> str:
    """The key of a store."""
    return Fernet.generate_key().decode()


@pytest.fixture
def open_store(database_url: str, key: str) -> Iterator[Callable[..., Store]]:
    """Open the store as one more app server does, with other keys where they are given."""
    opened: list[Store] = []

    def open_store(keys: str = key) -> Store:
        opened.append(Store(database_url, keys, kept=timedelta(days=14)))
        return opened[-1]

    yield open_store
    for store in opened:
        store.close()


def settings_in(folder: Path) -> dict[str, object]:
    """Return the settings of a demo app that keeps everything in a new database in a folder."""
    database = folder / "app.sqlite"
    database.write_bytes(_new_database())
    database.chmod(0o600)
    return {
        "DEMO": True,
        "SECRET_KEYS": SECRET_KEY,
        "DATABASE_URL": f"sqlite:///{database}",
    }


@cache
def _new_database() -> bytes:
    """Return the file of a database with nothing in it: making one takes longer than most tests."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "new.sqlite")
        Database(f"sqlite:///{path}", Vault(SECRET_KEY)).close()
        return path.read_bytes()


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, object]:
    """Settings of a demo app that keeps everything below the test's own folder."""
    return settings_in(tmp_path)


@pytest.fixture
def app(settings: dict[str, object]) -> Iterator[Flask]:

    app = create_app({**settings, "TESTING": True})
    yield app
    app.extensions["store"].close()


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgresql.Cluster]:
    """A PostgreSQL server; where there is none, its tests are skipped, and in CI they fail."""
    programs = postgresql.find_programs()
    if programs is None:
        if os.environ.get("ONCOFORM_REQUIRE_POSTGRESQL"):
            pytest.fail("PostgreSQL has to be there")
        pytest.skip("PostgreSQL is not there: its initdb is neither on the path nor in its place")
    with postgresql.cluster(programs) as running:
        yield running


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind that the app keeps its things in."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite'}"
    return str(request.getfixturevalue("cluster").new_database())


@pytest.fixture
def content(database_url: str, tmp_path: Path) -> Callable[[], bytes]:
    """Everything that the database has written: SQLite's files, or all rows of PostgreSQL's."""

    def content() -> bytes:
        if database_url.startswith("sqlite"):
            return b"".join(path.read_bytes() for path in sorted(tmp_path.glob("store.sqlite*")))
        return b"".join(_copies(database_url))

    return content


def _copies(database_url: str) -> Iterator[bytes]:
    """Yield every table, as PostgreSQL sends it with nothing escaped."""
    address = database_url.replace("+psycopg", "")
    with psycopg.connect(address) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (name,) in tables.fetchall():
            statement = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(name))
            with connection.cursor().copy(statement) as copy:
                yield from map(bytes, copy)
