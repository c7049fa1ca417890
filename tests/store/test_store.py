import os
import stat
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import text

from app.config import ConfigError
from app.store import (
    Store,
    StoredLaunch,
    init_app,
)
from app.store import (
    open_store as open_named,
)
from app.store.database import now

SECRETS = (
    "elena",
    "access-1",
    "category T2",
    "Mitchell",
    "nonce-1",
    "browser-key",
    "state-1",
    "breast",
)


def _fill(store: Store) -> None:
    owner = store.owners.of("https://ehr.example", "elena", "Practitioner/owen")
    store.authorizations.add("state-1", "browser-key", "ehr", {"nonce": "nonce-1"})
    expires = now() + timedelta(hours=1)
    tokens = {"access_token": "access-1"}
    launch = StoredLaunch("launch-1", "ehr", owner, {"patient": "elena"}, tokens, expires)
    store.launches.add("browser-key", launch)
    draft = store.drafts.start(owner, "tnm", "breast", {"t": "category T2"})
    store.drafts.mark(owner, draft.id, "sending", {"plan": "Mitchell"})
    store.receipts.add(owner, "launch-1", {"who": "Mitchell"})


def _read(store: Store) -> tuple:
    owner = store.owners.of("https://ehr.example", "elena", "Practitioner/owen")
    launch = store.launches.find("launch-1", "browser-key")
    (draft,) = store.drafts.list(owner)
    (receipt,) = store.receipts.list(owner)
    return launch.context, launch.tokens, draft.subject, draft.values, draft.plan, receipt.data


def test_nothing_of_a_person_or_a_secret_is_on_the_disk_in_clear(store, content):
    _fill(store)
    written = content()
    assert b"launch-1" in written
    for secret in SECRETS:
        assert secret.encode() not in written


def test_what_is_sent_or_unknown_is_not_purged_by_age(store, monkeypatch):
    for subject, state in (("a", "open"), ("b", "sending"), ("c", "unknown")):
        draft = store.drafts.start("owner", "tnm", subject, {})
        store.drafts.mark("owner", draft.id, state)
    monkeypatch.setattr("app.store.now", lambda: now() + timedelta(days=400))
    store.purge()
    assert {draft.state for draft in store.drafts.list("owner")} == {"sending", "unknown"}


def test_another_app_server_reads_the_same(store, open_store):
    _fill(store)
    assert _read(open_store()) == _read(store)


def test_what_an_old_key_wrote_is_read_until_it_is_written_anew(open_store, key):
    first = open_store()
    _fill(first)
    new = Fernet.generate_key().decode()
    both = open_store(f"{new},{key}")
    assert _read(both) == _read(first)
    both.rotate()
    assert _read(open_store(new)) == _read(both)


def test_a_new_value_is_written_with_the_first_key(open_store, key):
    open_store()
    new = Fernet.generate_key().decode()
    both = open_store(f" {new} , {key} ,")
    both.rotate()
    _fill(both)
    assert _read(open_store(new))


@pytest.mark.parametrize("keys", ["", " , ", "short", "x" * 44])
def test_a_key_that_is_none_stops_the_start(open_store, keys):
    with pytest.raises(ConfigError, match="ONCOFORM_SECRET_KEYS"):
        open_store(keys)


def test_a_database_of_other_keys_stops_the_start(open_store):
    open_store()
    with pytest.raises(ConfigError, match="DATABASE_URL"):
        open_store(Fernet.generate_key().decode())


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_stops_the_start(key, url):
    app = Flask(__name__)
    app.config.update(DATABASE_URL=url, SECRET_KEYS=key, DRAFT_DAYS=14)
    with pytest.raises(ConfigError, match="file"):
        init_app(app)


def test_the_folder_of_the_database_is_made(key, tmp_path):
    app = Flask(__name__)
    url = f"sqlite:///{tmp_path / 'a' / 'b' / 'store.sqlite'}"
    app.config.update(DATABASE_URL=url, SECRET_KEYS=key, DRAFT_DAYS=14, AUDIT_DAYS=30)
    init_app(app).close()
    assert (tmp_path / "a" / "b" / "store.sqlite").exists()


def test_a_browser_is_known_while_it_has_something_here(store):
    assert not store.knows_browser("browser-key")
    store.authorizations.add("state-1", "browser-key", "ehr", {})
    assert store.knows_browser("browser-key")
    store.authorizations.take("state-1")
    assert not store.knows_browser("browser-key")
    _fill(store)
    store.authorizations.take("state-1")
    assert store.knows_browser("browser-key")
    assert not store.knows_browser("another")


def test_what_is_past_its_time_is_forgotten_for_good(store, content, monkeypatch):
    _fill(store)
    store.purge()
    assert _read(store)
    owner = store.owners.of("https://ehr.example", "elena", "Practitioner/owen")
    (draft,) = store.drafts.list(owner)
    store.drafts.mark(owner, draft.id, "open")  # it was being sent, and is not
    later = now() + timedelta(days=14, minutes=1)
    monkeypatch.setattr("app.store.now", lambda: later)
    store.purge()
    monkeypatch.undo()
    assert store.launches.find("launch-1", "browser-key") is None
    assert store.drafts.list(owner) == store.receipts.list(owner) == []
    assert store.authorizations.take("state-1") is None


def test_owners_are_opaque_and_never_confused(store):
    owner = store.owners.of("https://ehr.example", "elena", "Practitioner/owen")
    assert len(owner) == 64
    assert owner == store.owners.of("https://ehr.example", "elena", "Practitioner/owen")
    others = {
        store.owners.of("https://ehr.example", "elena", "Practitioner/nancy"),
        store.owners.of("https://ehr.example", "bob", "Practitioner/owen"),
        store.owners.of("https://ehr.example/elena", "", "Practitioner/owen"),
        store.owners.of("https://ehr.example", "elenaPractitioner/", "owen"),
    }
    assert len(others) == 4
    assert owner not in others


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("s3cret", "must be the address of a database"),
        ("nosuch://app:s3cret@db.example/oncoform", "must be the address of a database"),
        ("mysql://app:s3cret@db.example/oncoform", "needs the package MySQLdb"),
        ("sqlite:///{folder}", "cannot be opened"),
        ("sqlite:///{folder}/file/s3cret.sqlite", "cannot be opened"),
    ],
    ids=["no address", "no such kind", "no driver", "a folder", "below a file"],
)
def test_a_database_that_cannot_be_opened_is_told_without_its_address(
    tmp_path, settings, address, told
):
    (tmp_path / "file").touch()
    named = {**settings, "DATABASE_URL": address.format(folder=tmp_path)}
    with pytest.raises(ConfigError, match=told) as refused:
        open_named({**named, "DRAFT_DAYS": 14, "AUDIT_DAYS": 14})
    assert "s3cret" not in str(refused.value)


@pytest.fixture
def umask_of_a_shell():
    """Most shells let everybody read what is made by a program that does not care."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_the_files_of_a_database_are_their_owner_s_alone(key, tmp_path, umask_of_a_shell):
    path = tmp_path / "var" / "store.sqlite"
    app = Flask(__name__)
    days = {"DRAFT_DAYS": 1, "AUDIT_DAYS": 1}
    app.config.update(DATABASE_URL=f"sqlite:///{path}", SECRET_KEYS=key, **days)
    store = init_app(app)
    store.drafts.start("owner", "tnm", "breast", {})
    files = sorted(path.parent.glob("store.sqlite*"))
    assert [file.name for file in files] == ["store.sqlite", "store.sqlite-shm", "store.sqlite-wal"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    store.close()


@pytest.fixture
def settings_of_file(key, tmp_path):
    path = tmp_path / "store.sqlite"
    days = {"DRAFT_DAYS": 1, "AUDIT_DAYS": 1}
    return path, {"DATABASE_URL": f"sqlite:///{path}", "SECRET_KEYS": key, **days}


def told_by_the_app(caplog):
    return [record.args for record in caplog.records if record.name.startswith("app.")]


def test_a_database_that_others_may_read_becomes_its_owner_s_alone(settings_of_file, caplog):
    path, settings = settings_of_file
    open_named(settings).close()
    assert told_by_the_app(caplog) == []
    beside = path.with_name("store.sqlite-wal")
    beside.touch()
    path.chmod(0o644)
    beside.chmod(0o640)
    open_named(settings).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not beside.exists() or stat.S_IMODE(beside.stat().st_mode) == 0o600
    assert told_by_the_app(caplog) == [
        ("store.sqlite", 0o644),
        ("store.sqlite-wal", 0o640),
    ]


def test_a_database_that_stays_open_to_others_is_refused(settings_of_file, monkeypatch):
    path, settings = settings_of_file
    open_named(settings).close()
    path.chmod(0o646)

    def somebody_elses(*_):
        raise PermissionError

    monkeypatch.setattr(type(path), "chmod", somebody_elses)
    with pytest.raises(ConfigError, match=r"store\.sqlite.*mode 646.*chmod 600"):
        open_named(settings)


def test_sqlite_has_written_what_it_says_that_it_has(settings_of_file):
    store = open_named(settings_of_file[1])
    with store._database.reading() as session:
        assert session.scalar(text("PRAGMA synchronous")) == 2
    store.close()
