"""Encryption and seals of what is kept, with rotation of the key, and the encrypted column type."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from app.config import ConfigError
from app.errors import AppError


class Unreadable(AppError, status=500, title="What the app has kept cannot be trusted"):
    """None of the keys decrypts a value, or a row is not as the app wrote it."""

    def __init__(self) -> None:
        super().__init__(
            "It was changed in the database by something else than the app, or was written with a "
            "key that the app does not have. Nothing of it was used. Tell the administrator of "
            "the app, and open the app again from the chart."
        )


class Vault:
    """Encrypts JSON values and seals rows by the first key, and opens them by any of the keys.

    Keys are derived from those given, one for each purpose. What revisions before 0002 encrypted by
    the given keys themselves opens in `decrypt_earlier` only, which the upgrade alone calls: an old
    value that is put back into the database is refused.
    """

    def __init__(self, keys: str) -> None:
        """Take Fernet keys, comma-separated; raises ConfigError for a malformed one."""
        given = [key.strip() for key in keys.split(",") if key.strip()]
        try:
            earlier = [Fernet(key) for key in given]
        except ValueError:
            raise ConfigError(
                "ONCOFORM_SECRET_KEYS holds a key that is not a Fernet key. "
                "`python -m app make-key` prints a new one."
            ) from None
        if not given:
            raise ConfigError("ONCOFORM_SECRET_KEYS holds no key.")
        self._earlier = MultiFernet(earlier)
        encrypting = [base64.urlsafe_b64encode(_derived(key, "encryption")) for key in given]
        self._fernet = MultiFernet([Fernet(key) for key in encrypting])
        self._sealing = [_derived(key, "seal") for key in given]

    def encrypt(self, value: Any) -> bytes:
        """Return `value`, anything that JSON can hold, encrypted by the first key."""
        return self._fernet.encrypt(json.dumps(value).encode())

    def decrypt(self, encrypted: bytes) -> Any:
        """Return the value that was encrypted; raises Unreadable."""
        return _decrypted(self._fernet, encrypted)

    def decrypt_earlier(self, encrypted: bytes) -> Any:
        """Return the value that a revision before 0002 encrypted; raises Unreadable."""
        return _decrypted(self._earlier, encrypted)

    def seal(self, table: str, values: Mapping[str, Any]) -> bytes:
        """Return the MAC of a row: of its table and of the plain values of all its columns."""
        return mac(self._sealing[0], _canonical(table, values))

    def is_sealed(self, table: str, values: Mapping[str, Any], seal: object) -> bool:
        """Tell whether `seal` was made of exactly this row, by one of the keys."""
        if not isinstance(seal, bytes):  # SQLite may hold anything there
            return False
        row = _canonical(table, values)
        return any(hmac.compare_digest(mac(key, row), seal) for key in self._sealing)


def _derived(key: str, purpose: str) -> bytes:
    derivation = HKDF(SHA256(), length=32, salt=None, info=f"oncoform {purpose}".encode())
    return derivation.derive(base64.urlsafe_b64decode(key))


def _decrypted(fernet: MultiFernet, encrypted: bytes) -> Any:
    try:
        return json.loads(fernet.decrypt(encrypted))
    except (InvalidToken, TypeError, ValueError):  # SQLite may hold what is no token at all
        raise Unreadable from None


def _canonical(table: str, values: Mapping[str, Any]) -> bytes:
    # Without empty columns, so that a row keeps its seal when its table gets a column.
    filled = sorted((name, value) for name, value in values.items() if value is not None)
    return json.dumps([table, filled], default=_plain).encode()


def _plain(value: Any) -> str:
    """Return what JSON has no form for, as both databases give it back."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(type(value).__name__)


def link_of(key: str, before: bytes, content: Any) -> bytes:
    """Return the link of a chain that ties `content` to the link before."""
    return mac(bytes.fromhex(key), before + json.dumps(content).encode())


def mac(key: bytes, content: bytes) -> bytes:
    """Return the HMAC-SHA256 of `content`."""
    return hmac.new(key, content, hashlib.sha256).digest()


# A column belongs to a class of models, a vault to an app. Each engine has a dialect of its own,
# which a column is handed: by it the column finds the vault.
_VAULTS: WeakKeyDictionary[Dialect, Vault] = WeakKeyDictionary()


def set_vault(dialect: Dialect, vault: Vault) -> None:
    """Have `vault` encrypt and seal what is used through `dialect`."""
    _VAULTS[dialect] = vault


def vault_of(dialect: Dialect) -> Vault:
    """Return the vault of what is used through `dialect`."""
    return _VAULTS[dialect]


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
