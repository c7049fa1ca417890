"""What EHRs said of themselves: asked once for all who want it, kept for a while, few at a time.

A launch waits for an EHR before the person who launches is known. An EHR that hangs must not hold
every thread of the app, and one that is dead must not be asked by each launch.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from app.errors import AppError

T = TypeVar("T")

KEPT_SECONDS = 300.0
FAULT_SECONDS = 5.0
FRESH_SECONDS = 30.0
MOST_KEPT = 500  # a pattern of the launch file stands for any number of issuers
MOST_AT_ONCE = 6  # of the sixteen threads that serve


class Crowded(Exception):
    """So many wait for this EHR already that one more is told at once."""


@dataclass
class _Kept:
    """An answer or the fault that came instead. Times are those of the monotonic clock."""

    asked: float
    value: Any = None
    fault: AppError | None = None
    freshened: float = float("-inf")  # when it was last asked for before its time


class Answers:
    """Keeps answers by key. Safe in several threads, of which one asks and the others wait."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._asking: dict[Hashable, Future[_Kept]] = {}
        self._inside: Counter[str] = Counter()
        self._lock = threading.Lock()

    def get(self, ehr: str, key: Hashable, ask: Callable[[], T], *, fresh: bool = False) -> T:
        """Return what `ask` answers, or answered a moment ago; raises the AppError that it raises.

        `fresh` wants a newer answer, which is had once in a while and not more often. Raises
        Crowded where too many wait for this `ehr`.
        """
        with self._lock:
            kept = self._current(key, fresh=fresh)
        if kept is None:
            with self._place(ehr):
                kept = self._asked(key, ask, fresh=fresh)
        if kept.fault is not None:
            # Each of its own: one exception in several threads would gather all their traces.
            raise type(kept.fault)(kept.fault.message, details=kept.fault.details)
        return cast("T", kept.value)

    def _current(self, key: Hashable, *, fresh: bool) -> _Kept | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        now = time.monotonic()
        lasts = KEPT_SECONDS if kept.fault is None else FAULT_SECONDS
        if kept.asked + lasts < now:
            return None
        if fresh and kept.fault is None and kept.freshened + FRESH_SECONDS < now:
            return None
        self._kept.move_to_end(key)
        return kept

    @contextmanager
    def _place(self, ehr: str) -> Iterator[None]:
        with self._lock:
            if self._inside[ehr] >= MOST_AT_ONCE:
                raise Crowded
            self._inside[ehr] += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside[ehr] -= 1
                self._inside += Counter()  # forgets those at nought

    def _asked(self, key: Hashable, ask: Callable[[], Any], *, fresh: bool) -> _Kept:
        with self._lock:
            # Another may have come back with it while this one took its place.
            kept = self._current(key, fresh=fresh)
            if kept is not None:
                return kept
            others = self._asking.get(key)
            if others is None:
                mine: Future[_Kept] = Future()
                self._asking[key] = mine
        if others is not None:
            return others.result()
        try:
            kept = self._answer(ask, freshened=time.monotonic() if fresh else float("-inf"))
            self._keep(key, kept)
            mine.set_result(kept)
        except BaseException as error:
            mine.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._asking[key]
        return kept

    def _answer(self, ask: Callable[[], Any], *, freshened: float) -> _Kept:
        try:
            value = ask()
        except AppError as fault:
            return _Kept(time.monotonic(), fault=fault, freshened=freshened)
        return _Kept(time.monotonic(), value=value, freshened=freshened)

    def _keep(self, key: Hashable, kept: _Kept) -> None:
        with self._lock:
            before = self._kept.pop(key, None)
            if before is not None:
                kept.freshened = max(kept.freshened, before.freshened)
            self._kept[key] = kept
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
