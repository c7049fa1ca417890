"""How many threads may wait for one EHR at a time, so that a slow one does not stop the others."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from app.fhir.errors import Unreachable


class Busy(Unreachable, status=503, title="The EHR is slow"):
    """As many threads wait for the EHR as may; nothing was asked or sent."""

    default = (
        "Other pages wait for its answers already, and this one was not begun. "
        "Try again in half a minute."
    )
    retry_after = 30

    def __init__(self) -> None:
        super().__init__(sent=False)


class Places:
    """Places by key, for all threads of the app: `most` at a time.

    When all are taken, `patient` more wait for one, each for at most `seconds`.
    """

    def __init__(self, most: int, *, patient: int, seconds: float) -> None:
        self._most, self._patient, self._seconds = most, patient, seconds
        self._taken: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()
        self._changed = threading.Condition()

    @contextmanager
    def hold(self, key: str) -> Iterator[None]:
        """Hold a place while the block runs; raises Busy when there is none."""
        with self._changed:
            if not self._is_free(key) and not self._wait(key):
                raise Busy
            self._taken[key] += 1
        try:
            yield
        finally:
            with self._changed:
                self._taken[key] -= 1
                self._taken += Counter()  # drops the keys with count 0
                self._changed.notify_all()

    def taken(self, key: str) -> int:
        """Return how many places are held at this moment."""
        with self._changed:
            return self._taken[key]

    def _is_free(self, key: str) -> bool:
        return self._taken[key] < self._most

    def _wait(self, key: str) -> bool:
        if self._waiting[key] >= self._patient:
            return False
        self._waiting[key] += 1
        try:
            return self._changed.wait_for(lambda: self._is_free(key), self._seconds)
        finally:
            self._waiting[key] -= 1
            self._waiting += Counter()
