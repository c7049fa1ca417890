"""Encryption of what is kept, with rotation of the key, and the column type that does it."""

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
    """None of the keys decrypts a value."""


class Vault:
    """Encrypts JSON values by the first key, and decrypts them by any of the keys."""

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

    def encrypt(self, value: Any) -> bytes:
        """Return `value`, anything that JSON can hold, encrypted by the first key."""
        return self._fernet.encrypt(json.dumps(value).encode())

    def decrypt(self, encrypted: bytes) -> Any:
        """Return the value that was encrypted; raises Unreadable."""
        try:
            return json.loads(self._fernet.decrypt(encrypted))
        except InvalidToken:
            raise Unreadable from None


# A column belongs to a class of models, a vault to an app. Each engine has a dialect of its own,
# which a column is handed: by it the column finds the vault.
_VAULTS: WeakKeyDictionary[Dialect, Vault] = WeakKeyDictionary()


def set_vault(dialect: Dialect, vault: Vault) -> None:
    """Have `vault` encrypt every EncryptedJSON column that is used through `dialect`."""
    _VAULTS[dialect] = vault


class EncryptedJSON(TypeDecorator[Any]):
    """A column of JSON; the database gets it encrypted."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """Encrypt a value that is written."""
        return None if value is None else _VAULTS[dialect].encrypt(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Decrypt a value that is read."""
        return None if value is None else _VAULTS[dialect].decrypt(value)


def digest(secret: str) -> str:
    """Return what is kept of a random secret that only needs to be recognised."""
    return hashlib.sha256(secret.encode()).hexdigest()
