"""Finding concepts by what a person types."""

from __future__ import annotations

from collections.abc import Iterable

from app.terminology.concept import Concept


class Index:
    """Concepts that can be searched by the beginnings of their words, or by their code."""

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self._words = [
            (f"{concept.display} {concept.code}".casefold().replace("-", " ").split(), concept)
            for concept in concepts
        ]

    def search(self, words: str, limit: int = 20) -> list[Concept]:
        """Return the concepts of which some word begins with each of the typed ones."""
        typed = words.casefold().replace("-", " ").split()
        found = [
            concept
            for own, concept in self._words
            if typed and all(any(word.startswith(start) for word in own) for start in typed)
        ]
        return found[:limit]
