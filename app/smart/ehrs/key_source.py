"""Where a registration's private keys are: in a variable, or in a file that may change."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping, Sequence

from app.config import ConfigError, read_secret
from app.smart.ehrs.keys import KEPT_BY_OTHERS_SECONDS, SigningKey, SigningKeys

logger = logging.getLogger(__name__)
_Stamp = tuple[int, int, int]


class KeySource:
    """The keys of the variable `name`, or of the file that `<name>_FILE` names.

    A file that was changed is read again, so that a new key is published long before it signs
    without a restart of the app. A key that the app meets late, after its time has come, waits all
    the same while another can sign: an EHR may hold the set without it.
    """

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        """Raises ConfigError where there are no keys that can sign."""
        self.name = name
        self._environment = environment
        keys, now = self._read(), time.time()
        self._held = (self._stamp(), keys)
        # What began long ago was published before this start of the app.
        self._met = {
            key.kid: 0.0 if key.nbf <= now - KEPT_BY_OTHERS_SECONDS else now for key in keys.keys
        }

    def signing(self, algorithms: Sequence[str], now: float) -> SigningKey | None:
        """Return the key that signs at `now`, of the first of `algorithms` that has one.

        One that every EHR can know comes before one that is newer.
        """
        keys = self.current()
        known = SigningKeys(
            tuple(
                key
                for key in keys.keys
                if self._met.get(key.kid, 0.0) + KEPT_BY_OTHERS_SECONDS <= now
            )
        )
        return known.signing(algorithms, now) or keys.signing(algorithms, now)

    def current(self) -> SigningKeys:
        """Return the keys as they are now; those of before where a changed file cannot be used."""
        stamp, keys = self._held
        now = self._stamp()
        if now == stamp:
            return keys
        try:
            keys = self._read()
            self._met = {key.kid: self._met.get(key.kid, time.time()) for key in keys.keys}
        except ConfigError:
            # Its words stay out: they are about a file of secrets.
            logger.warning("the file of %s_FILE was changed and cannot be used", self.name)
        self._held = (now, keys)
        return keys

    def _stamp(self) -> _Stamp | None:
        """Return what tells one state of the file from another; None where there is none."""
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
