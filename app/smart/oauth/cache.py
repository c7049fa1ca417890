"""A cache of what EHRs publish (discovery documents, keys, styles), shared by all threads.

A launch waits for the EHR before its user is known. An EHR that hangs must not block every thread
of the app, and launches must not ask a dead one again and again.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from weakref import WeakValueDictionary

from app.errors import AppError
from app.fhir.places import Places

T = TypeVar("T")

KEPT_SECONDS = 300.0
FAULT_SECONDS = 5.0
FRESH_SECONDS = 30.0
MOST_KEPT = 500  # a pattern of the launch file stands for any number of issuers
MOST_AT_ONCE = 6  # of the threads that serve (app.commands.serve)


@dataclass
class _Kept:
    """A response, or the fault that came instead. Times are of the monotonic clock."""

    fetched: float
    value: Any = None
    fault: AppError | None = None
    refreshed: float = float("-inf")  # when it was last fetched before its time


class ResponseCache:
    """Keeps responses by key. Of several threads one fetches, and the others wait for it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._turns: WeakValueDictionary[Hashable, threading.Lock] = WeakValueDictionary()
        self._places = Places(MOST_AT_ONCE, patient=0, seconds=0)
        self._lock = threading.Lock()

    def get(self, ehr: str, key: Hashable, fetch: Callable[[], T], *, fresh: bool = False) -> T:
        """Return what `fetch` returns, or returned a moment ago; raises the AppError it raises.

        `fresh` asks for a newer response, at most once in FRESH_SECONDS. Raises Busy if too
        many threads wait for this `ehr`.
        """
        kept = self._current(key, fresh=fresh)
        if kept is None:
            with self._places.hold(ehr), self._turn(key):
                # Another thread may have fetched it in the meantime.
                kept = self._current(key, fresh=fresh) or self._fetch(key, fetch, fresh=fresh)
        if kept.fault is not None:
            # A new exception for each thread: a shared one would collect all their traces.
            raise type(kept.fault)(kept.fault.message, details=kept.fault.details)
        return cast("T", kept.value)

    def _current(self, key: Hashable, *, fresh: bool) -> _Kept | None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                return None
            now = time.monotonic()
            lasts = KEPT_SECONDS if kept.fault is None else FAULT_SECONDS
            if kept.fetched + lasts < now:
                return None
            if fresh and kept.fault is None and kept.refreshed + FRESH_SECONDS < now:
                return None
            self._kept.move_to_end(key)
            return kept

    def _turn(self, key: Hashable) -> threading.Lock:
        """Return the lock of a key; it is forgotten when no thread holds or awaits it."""
        with self._lock:
            return self._turns.setdefault(key, threading.Lock())

    def _fetch(self, key: Hashable, fetch: Callable[[], Any], *, fresh: bool) -> _Kept:
        refreshed = time.monotonic() if fresh else float("-inf")
        value, fault = None, None
        try:
            value = fetch()
        except AppError as error:
            fault = error
        kept = _Kept(time.monotonic(), value, fault, refreshed)
        with self._lock:
            before = self._kept.pop(key, None)
            if before is not None:
                kept.refreshed = max(kept.refreshed, before.refreshed)
            self._kept[key] = kept
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return kept
