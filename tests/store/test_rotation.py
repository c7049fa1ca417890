import threading
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from app.config import ConfigError
from app.store import StoredLaunch, database
from app.store.database import now
from app.store.models import LaunchRow
from app.store.vault import Unreadable

OTHER = Fernet.generate_key().decode()


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(database, "BATCH", 3)


def _launch(store, number: int) -> None:
    tokens = {"access_token": f"access-{number}"}
    expires = now() + timedelta(hours=1)
    launch = StoredLaunch(f"launch-{number}", "ehr", "owner", {"patient": "elena"}, tokens, expires)
    store.launches.add("key", launch)


@pytest.mark.parametrize("rows", [0, 1, 3, 7])
def test_every_row_is_encrypted_anew_whatever_the_batches(open_store, key, rows):
    first = open_store()
    for number in range(rows):
        _launch(first, number)
        first.drafts.start("owner", "tnm", f"condition-{number}", {"t": f"T{number}"})
    both = open_store(f"{OTHER},{key}")
    assert (
        both.rotate() == 2 * rows + 2
    )  # and the secret behind the owners, and the head of the trail
    new = open_store(OTHER)
    for number in range(rows):
        assert new.launches.tokens(f"launch-{number}").tokens["access_token"] == f"access-{number}"
    values = {draft.values["t"] for draft in new.drafts.list("owner")}
    assert values == {f"T{number}" for number in range(rows)}
    assert new.owners.of("x") == first.owners.of("x")


def test_afterwards_the_old_key_opens_nothing(open_store, key):
    first = open_store()
    for number in range(4):
        _launch(first, number)
    open_store(f"{OTHER},{key}").rotate()
    with pytest.raises(ConfigError, match="None of ONCOFORM_SECRET_KEYS opens"):
        open_store()
    for number in range(4):
        with pytest.raises(Unreadable):
            first.launches.tokens(f"launch-{number}")


def test_tokens_that_are_renewed_meanwhile_are_kept(open_store, key):
    """A row is locked before it is read, or the spent tokens would be put back over the new."""
    store = open_store()
    _launch(store, 1)
    lease = store.launches.begin_renewal("launch-1", 1)
    both = open_store(f"{OTHER},{key}")
    rotating = threading.Thread(target=both.rotate)
    with store._database.writing() as session:
        row = session.scalars(select(LaunchRow).with_for_update()).one()
        rotating.start()
        rotating.join(timeout=0.3)
        assert rotating.is_alive()
        assert row.renewing == lease
        row.tokens, row.version, row.renewing = {"access_token": "access-2"}, 2, None
    rotating.join(timeout=20)
    assert open_store(OTHER).launches.tokens("launch-1").tokens == {"access_token": "access-2"}
