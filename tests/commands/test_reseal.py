"""The change of the secret keys, as an administrator goes through it."""

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet

from app.cli import main
from app.config import ConfigError
from app.store import open_store

NEW = Fernet.generate_key().decode()


@pytest.fixture
def environment(settings, monkeypatch):
    for name, value in settings.items():
        monkeypatch.setenv(f"ONCOFORM_{name}", str(value))
    kept = {**settings, "DRAFT_DAYS": 14, "AUDIT_DAYS": 14}
    store = open_store(kept)
    store.drafts.start("owner", "tnm", "condition-1", {"t": "T2"})
    store.close()
    return kept


def test_what_was_kept_is_read_with_the_new_key_alone(environment, monkeypatch):
    old = environment["SECRET_KEYS"]
    monkeypatch.setenv("ONCOFORM_SECRET_KEYS", f"{NEW},{old}")
    ended = CliRunner().invoke(main, ["reseal"])
    assert ended.exit_code == 0, ended.output
    assert "3 rows" in ended.output
    store = open_store({**environment, "SECRET_KEYS": NEW})
    assert [draft.values for draft in store.drafts.list("owner")] == [{"t": "T2"}]
    store.close()
    with pytest.raises(ConfigError):
        open_store(environment)


def test_without_the_old_key_nothing_is_touched(environment, monkeypatch):
    monkeypatch.setenv("ONCOFORM_SECRET_KEYS", NEW)
    ended = CliRunner().invoke(main, ["reseal"])
    assert ended.exit_code == 1
    assert "Add the key it was written with" in ended.output
    store = open_store(environment)
    assert store.drafts.list("owner")
    store.close()
