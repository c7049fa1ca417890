"""Finding a code by what a clinician types: the starts of its words, its code, an abbreviation.

Every typed word must start some word of the term or the code, in any order. Case, accents,
hyphens and the dots of codes make no difference: "C50412" finds C50.412. An abbreviation that is
typed in full also stands for what it means ("NSCLC"), a British spelling for the American one.
The order is: the code itself, codes that begin so, the term itself, terms that an abbreviation
means, terms that hold the words whole, the rest; among equals those of fewer words, then the first
of the list.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import chain, islice
from operator import and_, or_
from typing import NamedTuple

from app.terminology.abbreviations import Phrases, meanings
from app.terminology.concept import Concept
from app.terminology.folding import Word, american, compact, words
from app.terminology.postings import Postings, members

_MOST_WORDS = 12
_LONGEST = 200  # characters
_LONGEST_ABBREVIATION = 3  # words: "ca 19 9"
# Little words carry no meaning, and terms often leave them out.
_LITTLE = frozenset({("of",), ("the",), ("and",), ("in",), ("with",)})


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
        self._postings = Postings(map(_words, self._concepts))
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
        return (self._concepts[rank] for rank in members(reduce(and_, sets)))


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
