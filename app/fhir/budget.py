"""What all the answers that one page of the app needs may take together."""

import threading
import time

from app.fhir.errors import BadAnswer, Unreachable

TOO_MANY = "The chart has more entries than one page of the app reads; the rest was not read."
_TOO_LARGE = "The EHR's answers are too large; the rest was not read."


class Budget:
    """Bytes, parts (`count_nodes`), resources and seconds for many answers.

    Each answer alone is bounded; an EHR whose pages lead on and on would take all of them at once.
    Safe to use from several threads.
    """

    def __init__(
        self, *, max_bytes: int, max_nodes: int, max_resources: int, seconds: float
    ) -> None:
        self._left = max_bytes
        self._nodes_left = max_nodes
        self._most_resources = max_resources
        self._resources: set[str] = set()
        self._ends = time.monotonic() + seconds
        self._lock = threading.Lock()

    def seconds(self) -> float:
        """Return how long the next answer may take.

        Raises Unreachable when the time is over, and BadAnswer when nothing more may be read.
        """
        if len(self._resources) > self._most_resources:
            raise BadAnswer(TOO_MANY)
        if self._left < 0 or self._nodes_left < 0:
            raise BadAnswer(_TOO_LARGE)
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
            raise BadAnswer(_TOO_LARGE)

    def keeps(self, name: str) -> bool:
        """Tell whether one more resource may be kept; each `name` (`Type/id`) counts once."""
        with self._lock:
            self._resources.add(name)
            return len(self._resources) <= self._most_resources
