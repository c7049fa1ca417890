"""Who a draft or a receipt belongs to, without saying who that is."""

import hashlib
import hmac
import json

from app.config import ConfigError
from app.store.database import Database
from app.store.models import KeptSecret
from app.store.vault import Unreadable

_NAME = "owner"


class Owners:
    """Makes the opaque owner of drafts and receipts.

    The key of the HMAC is random and kept in the database, encrypted by the secret keys: it stays
    the same when those are rotated, so that drafts are found again.
    """

    def __init__(self, database: Database) -> None:
        self._key = _kept_key(database)

    def of(self, *parts: str) -> str:
        """Return what stands for `parts`, such as issuer, patient id and user reference."""
        return hmac.new(self._key, json.dumps(parts).encode(), hashlib.sha256).hexdigest()

    def in_trail(self, role: str, value: str | None) -> str | None:
        """Return what stands in clear for the "user" or the "patient" of an event."""
        # Without the issuer: an auditor knows a person by the id that all of a hospital's
        # servers share, and tells EHRs apart by their key.
        return None if value is None else self.of(f"audit-{role}", value)


def _kept_key(database: Database) -> bytes:
    """Return the key; raises ConfigError, since another in its place would hide every draft."""
    try:
        with database.reading() as session:
            row = session.get(KeptSecret, _NAME)
    except Unreadable:
        row = None
    if row is None:
        raise ConfigError(
            "None of ONCOFORM_SECRET_KEYS opens the database of ONCOFORM_DATABASE_URL. "
            "Add the key it was written with. If it is there, the database was changed by "
            "something else than the app: restore the backup."
        )
    return bytes.fromhex(row.value["key"])
