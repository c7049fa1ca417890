"""Encryption of what is kept, with rotation of the key, and the column type that does it."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from weakref import WeakKeyDictionary

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from app.config import ConfigError


class Unreadable(Exception):
    """None of the keys opens what is kept."""


class Vault:
    """Seals JSON values; the first key seals, every key opens."""

    def __init__(self, keys: str) -> None:
        """Take Fernet keys, comma-separated; raises ConfigError for a malformed one."""
        try:
            fernets = [Fernet(key.strip()) for key in keys.split(",") if key.strip()]
        except ValueError:
            raise ConfigError(
                "ONCOFORM_SECRET_KEYS holds a key that is not a Fernet key. "
                "`python -m app make-key` prints a new one."
            ) from None
        if not fernets:
            raise ConfigError("ONCOFORM_SECRET_KEYS holds no key.")
        self._fernet = MultiFernet(fernets)

    def seal(self, value: Any) -> bytes:
        """Return `value`, anything that JSON can hold, encrypted by the first key."""
        return self._fernet.encrypt(json.dumps(value).encode())

    def open(self, sealed: bytes) -> Any:
        """Return the value that was sealed; raises Unreadable."""
        try:
            return json.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            raise Unreadable from None


# A column belongs to its class, a key to its app: the dialect, of which each engine has its own,
# leads from the one to the other.
_VAULTS: WeakKeyDictionary[Dialect, Vault] = WeakKeyDictionary()


def equip(dialect: Dialect, vault: Vault) -> None:
    """Let every EncryptedJSON column used through `dialect` be sealed by `vault`."""
    _VAULTS[dialect] = vault


class EncryptedJSON(TypeDecorator[Any]):
    """A column of JSON that the database sees only encrypted."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """Seal `value` on its way in."""
        return None if value is None else _VAULTS[dialect].seal(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Open what is stored on its way out."""
        return None if value is None else _VAULTS[dialect].open(value)


def digest(secret: str) -> str:
    """Return what is kept of a random secret that only needs to be recognised."""
    return hashlib.sha256(secret.encode()).hexdigest()
