"""Finding a code by what a clinician types: the starts of its words, its code, an abbreviation.

Every typed word must start some word of the term or the code, in any order. Case, accents,
hyphens and the dots of codes make no difference: "C50412" finds C50.412. An abbreviation that is
typed in full also stands for what it means ("NSCLC"), a British spelling for the American one.
The order is: the code itself, codes that begin so, the term itself, terms that an abbreviation
means, terms that hold the words whole, the rest; among equals those of fewer words, then the first
of the list.
"""

from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, reduce
from itertools import chain, islice
from operator import and_, or_
from typing import NamedTuple

from app.terminology.abbreviations import Phrases, meanings
from app.terminology.concept import Concept
from app.terminology.folding import Word, american, compact, words

_MOST_WORDS = 12
_LONGEST = 200  # characters
_LONGEST_ABBREVIATION = 3  # words: "ca 19 9"
# Little words carry no meaning, and terms often leave them out.
_LITTLE = frozenset({("of",), ("the",), ("and",), ("in",), ("with",)})

# What is in many places gets its set beforehand: words, and starts of a few letters. A set of
# 100,000 texts takes 13 kB.
_COMMON_WORD = 2_000
_COMMON_START = 500
_SHORT = 3
_KEPT = 256  # sets that were asked for last
_AFTER_ALL = "\uffff"


class _Clause(NamedTuple):
    """What fits one typed word: its own spellings, or what it abbreviates."""

    spelled: Phrases
    stands_for: Phrases


class Index:
    """Searches one list of concepts; 75,000 take a second to build it."""

    def __init__(
        self, concepts: Iterable[Concept], abbreviations: Mapping[str, Phrases] | None = None
    ) -> None:
        """`abbreviations` is as app.terminology.abbreviations has it, which None stands for."""
        listed = tuple(concepts)
        self._abbreviations = meanings() if abbreviations is None else abbreviations
        # In the order of their rank.
        self._concepts = sorted(listed, key=lambda concept: concept.term.count(" "))
        self._postings = _Postings(map(_words, self._concepts))
        self._codes = sorted(
            (compact(concept.code), number, concept) for number, concept in enumerate(listed)
        )

    def search(self, typed: str, limit: int = 20) -> list[Concept]:
        """Return what fits `typed`, the best first; nothing where no word is typed."""
        asked = words(typed[:_LONGEST])[:_MOST_WORDS]
        if not asked or limit < 1:
            return []
        together = "".join(chain.from_iterable(asked))
        clauses = list(self._clauses([word for word in asked if word not in _LITTLE] or asked))
        meant = clauses[0].stands_for if len(clauses) == 1 else ()
        exact = [together, *("".join(phrase) for phrase in meant)]
        ranked = chain(
            self._with_code(together),
            sorted(
                islice(self._holding(clauses), limit),
                key=lambda concept: _rank(compact(concept.term), exact),
            ),
            self._starting(clauses),
        )
        return list(islice(_unique(ranked), limit))

    def _clauses(self, asked: Sequence[Word]) -> Iterator[_Clause]:
        """Yield for each typed word, or words that are one abbreviation, what may stand for it."""
        start = 0
        while start < len(asked):
            for size in range(_LONGEST_ABBREVIATION, 0, -1):
                run = asked[start : start + size]
                pieces = tuple(chain.from_iterable(run))
                stands_for = self._abbreviations.get("".join(pieces), ())
                if stands_for:
                    break
            spelled = {pieces, ("".join(pieces),), tuple(map(american, pieces))}
            yield _Clause(tuple(spelled), stands_for)
            start += len(run)

    def _with_code(self, start: str) -> Iterator[Concept]:
        """Yield the concepts whose code begins with `start`, by their codes.

        Letters alone are the start of a word rather than of a code, and must be the whole of one.
        """
        a_code = any(character.isdigit() for character in start)
        for at in range(bisect_left(self._codes, (start,)), len(self._codes)):
            code, _, concept = self._codes[at]
            if not (code.startswith(start) if a_code else code == start):
                return
            yield concept

    def _holding(self, clauses: Sequence[_Clause]) -> Iterator[Concept]:
        """Yield the concepts that hold every word as it stands, or what it abbreviates."""
        return self._concepts_of(
            self._set(clause.spelled, self._postings.holding)
            | self._set(clause.stands_for, self._postings.starting)
            for clause in clauses
        )

    def _starting(self, clauses: Sequence[_Clause]) -> Iterator[Concept]:
        """Yield the concepts that hold a word which begins so, for every word."""
        return self._concepts_of(
            self._set((*clause.spelled, *clause.stands_for), self._postings.starting)
            for clause in clauses
        )

    def _set(self, phrases: Phrases, found: Callable[[str], int]) -> int:
        """Return the set of the concepts that hold all words of one of the phrases."""
        return reduce(or_, (reduce(and_, map(found, phrase)) for phrase in phrases), 0)

    def _concepts_of(self, sets: Iterable[int]) -> Iterator[Concept]:
        return (self._concepts[rank] for rank in _members(reduce(and_, sets)))


def _words(concept: Concept) -> set[str]:
    """Return the words by which a concept is found; "B-cell" also as "bcell", a code in parts."""
    term = words(concept.term)
    code = {compact(concept.code), *map(compact, concept.code.split(":"))}
    return {*chain.from_iterable(term), *map("".join, term), *code}


def _rank(term: str, exact: Sequence[str]) -> int:
    return exact.index(term) if term in exact else len(exact)


def _unique(concepts: Iterable[Concept]) -> Iterator[Concept]:
    seen: set[Concept] = set()
    for concept in concepts:
        if concept not in seen:
            seen.add(concept)
            yield concept


class _Postings:
    """Finds texts by their words, or by the start of one; they are numbered as they come.

    A set of texts is a whole number with one bit for each: two sets are joined by one operation on
    numbers, whatever their size, and the lowest bits are the texts that come first.

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


def _members(texts: int) -> Iterator[int]:
    """Yield the numbers of the texts in a set, the lowest first."""
    while texts:
        lowest = texts & -texts
        yield lowest.bit_length() - 1
        texts ^= lowest
