"""The upgrade of a database of 0.1.0, as an administrator goes through it."""

import pytest
from cryptography.fernet import Fernet

from app.commands import database as command
from app.commands import serve
from app.store import open_store
from tests import older


@pytest.fixture
def environment(database_url, monkeypatch):
    """Set the environment of an app whose database is empty; return it."""
    values = {
        "DEMO": "1",
        "BASE_URL": "http://127.0.0.1:8000",
        "DATABASE_URL": database_url,
        "SECRET_KEYS": Fernet.generate_key().decode(),
    }
    for name, value in values.items():
        monkeypatch.setenv(f"ONCOFORM_{name}", value)
    return values


@pytest.fixture
def of_0_1_0(environment, monkeypatch):
    """Fill the database with that of 0.1.0."""
    environment["SECRET_KEYS"] = older.load(environment["DATABASE_URL"])["key"]
    monkeypatch.setenv("ONCOFORM_SECRET_KEYS", environment["SECRET_KEYS"])


@pytest.fixture
def served(monkeypatch):
    """The apps that `serve` would have served."""
    apps = []
    monkeypatch.setattr(serve.logs, "configure", lambda level: None)
    monkeypatch.setattr(serve, "waitress_serve", lambda app, **how: apps.append(app))
    yield apps
    for app in apps:
        app.extensions["store"].close()


def test_serve_refuses_an_older_database_and_serves_it_after_the_upgrade(of_0_1_0, run, served):
    refused = run("serve")
    assert refused.exit_code == 1
    assert "python -m app upgrade" in refused.output
    assert "Make a backup" in refused.output
    assert not served
    upgraded = run("upgrade")
    assert upgraded.exit_code == 0, upgraded.output
    assert run("serve").exit_code == 0
    assert len(served) == 1
    assert served[0].test_client().get("/.well-known/jwks.json").status_code == 200


def test_upgrade_says_from_where_to_where_and_tells_of_the_backup_first(of_0_1_0, run):
    backup, done = run("upgrade").output.splitlines()
    assert backup.startswith("Make a backup of the database first")
    assert done == "Upgraded the database from revision 0.1.0 to 0005."


def test_upgrade_does_nothing_twice(of_0_1_0, run):
    run("upgrade")
    assert (
        run("upgrade").output == "The database is at revision 0005 already. Nothing was changed.\n"
    )


def test_upgrade_makes_the_tables_of_an_empty_database(environment, run):
    assert run("upgrade").output == "The database was empty. It is now at revision 0005.\n"
    open_store({**environment, "DRAFT_DAYS": 14, "AUDIT_DAYS": 14}).close()


@pytest.mark.parametrize(("answer", "exit_code"), [("y", 0), ("n", 1), ("", 1)])
def test_at_a_terminal_upgrade_asks_for_the_backup(of_0_1_0, run, monkeypatch, answer, exit_code):
    monkeypatch.setattr(command, "_is_terminal", lambda: True)
    ended = run("upgrade", input=answer and f"{answer}\n")
    assert "Is there a backup" in ended.output
    assert ended.exit_code == exit_code
    served = run("purge")
    assert ("python -m app upgrade" in served.output) is bool(exit_code)


@pytest.mark.parametrize("name", ["audit", "purge", "reseal"])
def test_what_opens_the_database_refuses_an_older_one(of_0_1_0, run, name):
    ended = run(name)
    assert ended.exit_code == 1
    assert "python -m app upgrade" in ended.output
    run("upgrade")
    assert run(name).exit_code == 0


def test_a_database_that_cannot_be_opened_is_told_in_words(environment, run, monkeypatch, tmp_path):
    monkeypatch.setenv("ONCOFORM_DATABASE_URL", f"sqlite:///{tmp_path}")
    ended = run("upgrade")
    assert ended.exit_code == 1
    assert "cannot be opened" in ended.output


def test_without_a_key_upgrade_says_how_to_make_one(run, monkeypatch):
    monkeypatch.delenv("ONCOFORM_SECRET_KEYS", raising=False)
    ended = run("upgrade")
    assert ended.exit_code == 1
    assert "make-key" in ended.output
