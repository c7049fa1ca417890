"""Who a draft or a receipt belongs to, without saying who that is."""

import hashlib
import hmac
import json
import secrets

from sqlalchemy.exc import IntegrityError

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


def _kept_key(database: Database) -> bytes:
    try:
        with database.writing() as session:
            row = session.get(KeptSecret, _NAME)
            if row is None:
                row = KeptSecret(name=_NAME, value={"key": secrets.token_hex(32)})
                session.add(row)
            return bytes.fromhex(row.value["key"])
    except IntegrityError:  # another app server made it at the same moment
        return _kept_key(database)
    except Unreadable:
        raise ConfigError(
            "None of ONCOFORM_SECRET_KEYS opens the database of ONCOFORM_DATABASE_URL. "
            "Add the key it was written with."
        ) from None
