"""Short-lived values under unguessable keys: launches, codes, tokens.

They are in memory and end with the process, as the chart of the sandbox does, which is built anew
at each start. Each operation is atomic: of two requests with the same code only one is the first.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Clock = Callable[[], float]
T = TypeVar("T")

_SWEEP_EVERY = 256


@dataclass
class _Entry(Generic[T]):
    value: T
    ends: float
    spent: bool = False


@dataclass(frozen=True)
class Presented(Generic[T]):
    """The value of a key, with whether it was used or has expired."""

    value: T
    spent: bool
    expired: bool

    @property
    def good(self) -> bool:
        return not self.spent and not self.expired


class Vault(Generic[T]):
    """Values under unguessable keys, valid for `seconds`.

    Keys are remembered `memory` seconds longer, so that the late use of a spent one is recognised.
    """

    def __init__(self, clock: Clock, seconds: float, memory: float = 0) -> None:
        self.seconds = seconds
        self._clock = clock
        self._memory = memory
        self._entries: dict[str, _Entry[T]] = {}
        self._lock = threading.Lock()

    def put(self, value: T, *, key: str | None = None, seconds: float | None = None) -> str:
        """Keep `value` and return its key, of 256 random bits unless it is given."""
        key = key or secrets.token_urlsafe(32)
        with self._lock:
            self._sweep()
            lasts = self.seconds if seconds is None else seconds
            self._entries[key] = _Entry(value, self._clock() + lasts)
        return key

    def put_once(self, key: str, value: T, *, ends: float) -> bool:
        """Keep `value` under a `key` that is new, until `ends`; tell whether it was new."""
        with self._lock:
            self._sweep()
            if key in self._entries:
                return False
            self._entries[key] = _Entry(value, ends)
            return True

    def look(self, key: str | None) -> Presented[T] | None:
        """Return the value of `key` without using it up; None if the key is unknown."""
        with self._lock:
            return self._present(key)

    def spend(self, key: str | None) -> Presented[T] | None:
        """Return the value of `key`, and use it up."""
        with self._lock:
            presented = self._present(key)
            if presented and key:
                self._entries[key].spent = True
            return presented

    def _present(self, key: str | None) -> Presented[T] | None:
        entry = self._entries.get(key or "")
        if entry is None:
            return None
        return Presented(entry.value, entry.spent, entry.ends <= self._clock())

    def _sweep(self) -> None:
        """Forget what has ended, now and then."""
        if len(self._entries) % _SWEEP_EVERY:
            return
        forgotten = self._clock() - self._memory
        self._entries = {k: entry for k, entry in self._entries.items() if entry.ends > forgotten}
