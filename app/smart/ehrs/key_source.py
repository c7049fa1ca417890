"""The private keys of a registration, from a variable or from a file that may change."""

import logging
import os
import time
from collections.abc import Mapping, Sequence

from app.config import ConfigError, read_secret
from app.smart.ehrs.keys import KEY_SET_CACHE_SECONDS, SigningKey, SigningKeys

logger = logging.getLogger(__name__)
_Stamp = tuple[int, int, int]


class KeySource:
    """The keys of the variable `name`, or of the file that `<name>_FILE` names.

    A changed file is read again, so that a new key is published without a restart of the app, long
    before it signs. A key that is new to the app waits while another can sign, even if its `nbf` is
    past: an EHR may still cache the key set without it.
    """

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        """Raises ConfigError if there are no usable keys."""
        self.name = name
        self._environment = environment
        keys, now = self._read(), time.time()
        self._held = (self._file_state(), keys)
        # A key that began long ago was published before this start of the app.
        self._first_seen = {
            key.kid: 0.0 if key.nbf <= now - KEY_SET_CACHE_SECONDS else now for key in keys.keys
        }

    def signing(self, algorithms: Sequence[str], now: float) -> SigningKey | None:
        """Return the key that signs at `now`, of the first of `algorithms` that has one.

        A key that every EHR can know comes before a newer one.
        """
        keys = self.current()
        known = SigningKeys(
            tuple(
                key
                for key in keys.keys
                if self._first_seen.get(key.kid, 0.0) + KEY_SET_CACHE_SECONDS <= now
            )
        )
        return known.signing(algorithms, now) or keys.signing(algorithms, now)

    def current(self) -> SigningKeys:
        """Return the keys of now; the earlier ones if a changed file cannot be used."""
        stamp, keys = self._held
        now = self._file_state()
        if now == stamp:
            return keys
        try:
            keys = self._read()
            self._first_seen = {
                key.kid: self._first_seen.get(key.kid, time.time()) for key in keys.keys
            }
        except ConfigError:
            # The error is not logged: it is about a file of secrets.
            logger.warning("the file of %s_FILE was changed and cannot be used", self.name)
        self._held = (now, keys)
        return keys

    def _file_state(self) -> _Stamp | None:
        """Return time, size and inode of the file, to see a change; None if there is no file."""
        path = self._environment.get(f"{self.name}_FILE", "")
        try:
            found = os.stat(path) if path else None  # noqa: PTH116 - one call, also for links
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_size, found.st_ino) if found else None

    def _read(self) -> SigningKeys:
        try:
            return SigningKeys.read(read_secret(self.name, self._environment))
        except ValueError as error:
            raise ConfigError(f"{self.name}: {error}") from None
