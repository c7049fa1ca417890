"""The search of codes as somebody types, against looking at each code in turn."""

import statistics
from functools import partial

from app.terminology.concept import Concept
from app.terminology.search import Index
from bench.measure import seconds
from tests.terminology.many import QUERIES, many_concepts

COUNT = 100_000
BOUND_MS = 50


def searching() -> tuple[list[tuple[str, list[float]]], str]:
    """Return the row of the table, and what it takes in milliseconds, which a person waits for."""
    concepts = many_concepts(COUNT)
    built = seconds(partial(Index, concepts))
    index = Index(concepts)
    index.search("x")
    # Each query once: what was found is remembered, and nobody waits for the second time.
    times = [seconds(partial(index.search, query)) * 1000 for query in QUERIES]
    ratios = [
        seconds(partial(scan, concepts, query)) * 1000 / time
        for query, time in zip(QUERIES, times, strict=True)
    ]
    words = (
        f"Search of {COUNT:,} codes, {len(QUERIES)} queries: {statistics.median(times):.1f} ms in "
        f"the median, {max(times):.1f} ms at worst, where {BOUND_MS} ms are allowed; the index was "
        f"built in {built:.1f} s."
    )
    if max(times) > BOUND_MS:
        raise SystemExit(words)
    return [(f"looking at each of {COUNT:,} codes / app.terminology.search", ratios)], words


def scan(concepts: tuple[Concept, ...], query: str) -> list[Concept]:
    """Return the first twenty codes with a word that begins so, for each typed word."""
    asked = query.lower().split()
    found = []
    for concept in concepts:
        words = [concept.code.lower(), *concept.display.lower().split()]
        if all(any(word.startswith(start) for word in words) for start in asked):
            found.append(concept)
    return found[:20]
