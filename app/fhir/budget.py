"""What all the answers that one page of the app needs may take together."""

import threading
import time

from app.fhir.errors import BadAnswer, Unreachable


class Budget:
    """Bytes, parts (`count_nodes`) and seconds for many answers, safe to use from several threads.

    Each answer alone is bounded; an EHR whose pages lead on and on would take all of them at once.
    """

    def __init__(self, *, max_bytes: int, max_nodes: int, seconds: float) -> None:
        self._left = max_bytes
        self._nodes_left = max_nodes
        self._ends = time.monotonic() + seconds
        self._lock = threading.Lock()

    def seconds(self) -> float:
        """Return how long the next answer may take; raises Unreachable when the time is over."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise Unreachable(
                "The EHR's answers took too long; the rest was not read. Try again in a moment.",
                sent=False,
            )
        return left

    def spend(self, size: int, nodes: int) -> None:
        """Take off what an answer brought; raises BadAnswer when it was more than was left."""
        with self._lock:
            self._left -= size
            self._nodes_left -= nodes
            over = self._left < 0 or self._nodes_left < 0
        if over:
            raise BadAnswer("The EHR's answers are too large; the rest was not read.")
