"""Taking times, one way against the other."""

from collections.abc import Callable
from time import perf_counter

ROUNDS = 9


def pairs(one: Callable[[], object], other: Callable[[], object]) -> list[float]:
    """Return the ratios of the times of `one` and `other`, run in turn after a warm-up."""
    one(), other()
    return [seconds(one) / seconds(other) for _ in range(ROUNDS)]


def seconds(act: Callable[[], object]) -> float:
    """Return how long `act` takes."""
    start = perf_counter()
    act()
    return perf_counter() - start
