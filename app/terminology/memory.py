"""What was answered a moment ago."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


class Memory(Generic[T]):
    """Keeps the newest `most` values for `seconds` each. Safe in several threads."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._kept: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def put(self, key: Hashable, value: T) -> None:
        """Keep `value`; the oldest makes room."""
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = monotonic() + self._seconds, value
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def get(self, key: Hashable) -> T | None:
        """Return what was kept under `key`, None when its time is over."""
        with self._lock:
            end, value = self._kept.get(key, (0.0, None))
            return value if end > monotonic() else None
