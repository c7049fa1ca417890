"""Which of many texts hold a word, or a word that begins so.

A set of texts is a whole number with one bit for each: two sets are joined by one operation on
numbers, whatever their size, and the lowest bits are the texts that come first.
"""

from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

# What is in many places gets its set beforehand: words, and starts of a few letters. A set of
# 100,000 texts takes 13 kB.
_COMMON_WORD = 2_000
_COMMON_START = 500
_SHORT = 3
_KEPT = 256  # sets that were asked for last
_AFTER_ALL = "\uffff"


class Postings:
    """Finds texts by their words; the texts are numbered as they come.

    `starting(start)` is the set of those with a word that begins so, `holding(word)` of those with
    this very word.
    """

    def __init__(self, texts: Iterable[Iterable[str]]) -> None:
        places: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
        count = 0
        for text in texts:
            for word in text:
                places[word].append(count)
            count += 1
        self._bytes = count // 8 + 1
        self._words = sorted(places)
        # The places of all words in one row; the words with one start follow each other.
        self._row = array("I")
        self._begins = array("I", [0])
        for word in self._words:
            self._row.extend(places[word])
            self._begins.append(len(self._row))
        self._common: dict[int, int] = {}
        self._common = {
            at: self._gathered(at, at + 1)
            for at, word in enumerate(self._words)
            if len(places[word]) >= _COMMON_WORD
        }
        self._starts: dict[str, int] = {}
        self._starts = {start: self._starting(start) for start in self._common_starts()}
        self.starting: Callable[[str], int] = lru_cache(_KEPT)(self._starting)
        self.holding: Callable[[str], int] = lru_cache(_KEPT)(self._holding)

    def _starting(self, start: str) -> int:
        known = self._starts.get(start)
        if known is not None:
            return known
        first = bisect_left(self._words, start)
        return self._gathered(first, bisect_left(self._words, start + _AFTER_ALL))

    def _holding(self, word: str) -> int:
        at = bisect_left(self._words, word)
        there = at < len(self._words) and self._words[at] == word
        return self._gathered(at, at + 1) if there else 0

    def _gathered(self, first: int, end: int) -> int:
        """Return the set of the texts that hold one of these words, by their place in the order."""
        joined, bits = 0, bytearray(self._bytes)
        for at in range(first, end):
            if at in self._common:
                joined |= self._common[at]
                continue
            for number in self._row[self._begins[at] : self._begins[at + 1]]:
                bits[number >> 3] |= 1 << (number & 7)
        return joined | int.from_bytes(bits, "little")

    def _common_starts(self) -> list[str]:
        counts: Counter[str] = Counter()
        for at, word in enumerate(self._words):
            for length in range(1, min(_SHORT, len(word)) + 1):
                counts[word[:length]] += self._begins[at + 1] - self._begins[at]
        return [start for start, count in counts.items() if count >= _COMMON_START]


def members(texts: int) -> Iterator[int]:
    """Yield the numbers of the texts in a set, the lowest first."""
    while texts:
        lowest = texts & -texts
        yield lowest.bit_length() - 1
        texts ^= lowest
