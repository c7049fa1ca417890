"""What clinicians abbreviate or call otherwise, and its words in code systems."""

from collections.abc import Mapping
from functools import cache
from itertools import chain

from app.terminology import shipped
from app.terminology.folding import Word, compact, words

Phrases = tuple[Word, ...]
"""Several ways to say one thing, each as the starts of the words that must all be there."""


@cache
def meanings() -> Mapping[str, Phrases]:
    """Return what each abbreviation stands for, by its letters and digits alone: "ca199"."""
    return _read("abbreviations")


@cache
def adverse_event_meanings() -> Mapping[str, Phrases]:
    """Return the same for adverse events, of which "stroke" or "AML" may mean something else."""
    return {**meanings(), **_read("adverse_events")}


def _read(name: str) -> Mapping[str, Phrases]:
    known: dict[str, list[str]] = shipped(name)["abbreviations"]
    return {compact(short): tuple(map(_phrase, spelled)) for short, spelled in known.items()}


def _phrase(text: str) -> Word:
    return tuple(chain.from_iterable(words(text)))
