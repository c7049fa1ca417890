"""Lists of concepts that answers are chosen from: looked up by key or code, and searched."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from threading import Lock

from app.terminology.abbreviations import Phrases, meanings
from app.terminology.concept import Concept
from app.terminology.search import Index

Code = tuple[str, str]

_MOST_RANKED = 200


class ConceptList:
    """The concepts that a question may be answered by, in the order in which they are offered.

    `source` is asked once, when the list is first needed. `url` is the value set by which a
    terminology server may know more of them. Among what is found those come first of which `common`
    has the keys. `abbreviations` are asked once, with the first search.
    """

    def __init__(
        self,
        source: Callable[[], Iterable[Concept]],
        url: str | None = None,
        common: Collection[str] = (),
        abbreviations: Callable[[], Mapping[str, Phrases]] = meanings,
    ) -> None:
        self._source = source
        self.url = url
        self._common = common
        self._abbreviations = abbreviations
        self._built: Index | None = None
        self._lock = Lock()

    def __iter__(self) -> Iterator[Concept]:
        return iter(self.concepts)

    def __len__(self) -> int:
        return len(self.concepts)

    @cached_property
    def concepts(self) -> tuple[Concept, ...]:
        """The concepts, each once."""
        return tuple(dict.fromkeys(self._source()))

    def find(self, key: str) -> Concept | None:
        """Return the concept of a key, None for one that is not listed."""
        return self._by_key.get(key)

    def match(self, codes: Iterable[Code]) -> Concept | None:
        """Return the first listed concept that one of the (system, code) pairs names."""
        found = [self._by_code[code] for code in codes if code in self._by_code]
        return min(found, key=lambda concept: self.rank(concept.key), default=None)

    def rank(self, key: str) -> int:
        """Return where a key stands in the list; one that is not listed comes last."""
        return self._ranks.get(key, len(self._ranks))

    def search(self, typed: str, limit: int = 20) -> list[Concept]:
        """Return what `typed`, a code or an abbreviation find, the best first."""
        if not self._common:
            return self._index().search(typed, limit)
        found = self._index().search(typed, _MOST_RANKED)
        return sorted(found, key=lambda concept: concept.key not in self._common)[:limit]

    def warm(self) -> None:
        """Make ready what the first search would wait for: a second, where there are 75,000."""
        self._index()

    @cached_property
    def _by_key(self) -> dict[str, Concept]:
        return {concept.key: concept for concept in self.concepts}

    @cached_property
    def _by_code(self) -> dict[Code, Concept]:
        return {(concept.system, concept.code): concept for concept in reversed(self.concepts)}

    @cached_property
    def _ranks(self) -> dict[str, int]:
        return {concept.key: rank for rank, concept in enumerate(self.concepts)}

    def _index(self) -> Index:
        with self._lock:
            if self._built is None:
                self._built = Index(self.concepts, self._abbreviations())
            return self._built
