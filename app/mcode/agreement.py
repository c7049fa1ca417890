"""Where the words of a CodeableConcept, or a Quantity's unit, are not those of its code."""

from collections.abc import Collection
from functools import cache
from typing import Any

from app.fhir.paths import codings, text
from app.fhir.quantity import UCUM
from app.fhir.types import Element
from app.formatting import join, unit_of
from app.mcode.valuesets import every_display, listed_displays
from app.terminology.concept import concept_text
from app.terminology.displays import without_tag
from app.terminology.folding import compact, words

# The code of mCODE's lists for what has words and no code.
_NO_CODE = "UNC"
_SHORTEST = 4
# Words that half of all diagnoses have.
_COMMON = frozenset({"cancer", "disease", "malignant", "neoplasm", "other", "primary", "secondary"})
_COMMON |= {"structure", "tumor", "unspecified", "with", "without"}


def coded_otherwise(concept: Any, synonyms: Collection[str] = ()) -> list[str]:
    """Return the terms of a concept's codes that are not what the concept is called.

    A code may be called by any of its displays in the app's lists, and by one of `synonyms`. One
    that has no words itself is told where these have no word in common with the concept's.
    """
    said = concept_text(concept) or ""
    found: dict[str, None] = {}
    for coding in codings(concept):
        own, term = _own_words(coding), _term(coding)
        known = {compact(word) for word in (*own, *synonyms)}
        is_known = compact(said) in known and (not term or compact(term) in known)
        if is_known or compact(term) == compact(said) or coding.get("code") == _NO_CODE:
            continue
        if term or (own and not _alike(said, own)):
            found[term or min(own, key=len)] = None
    return list(found)


def contradiction(concept: Any) -> str:
    """Return what a concept is coded as where its text names something else, empty for none.

    So it is where the text is the name of other codes of the app's lists, or has no word in common
    with the names of its own.
    """
    said = text(concept.get("text")) if isinstance(concept, dict) else None
    meant = [coding for coding in codings(concept) if coding.get("code") != _NO_CODE]
    own = {word for coding in meant for word in (*_own_words(coding), _term(coding)) if word}
    if not said or not own or compact(said) in set(map(compact, own)):
        return ""
    is_another = compact(said) in _all_names()
    return "" if _alike(said, own) and not is_another else join(sorted(own, key=len)[:1])


def other_unit(value: Any) -> str:
    """Return the code of a Quantity's unit where it is another than its words; empty for none."""
    if not isinstance(value, dict) or isinstance(value.get("value"), str):
        return ""
    unit, code = text(unit_of(value)) or "", text(value.get("code")) or ""
    system = text(value.get("system")) or UCUM
    spelled = [one.translate(_SPELLINGS).casefold() for one in (unit, code)]
    own = not unit or not code or spelled[0] == spelled[1]
    return "" if own and system == UCUM else join([code or unit, system != UCUM and system], " ")


_SPELLINGS = str.maketrans({"µ": "u", "μ": "u", "²": "2", "³": "3", **dict.fromkeys("{}[]", None)})


def _term(coding: Element) -> str:
    return without_tag(text(coding.get("display")) or "")


def _own_words(coding: Element) -> frozenset[str]:
    return listed_displays(text(coding.get("system")) or "", text(coding.get("code")) or "")


def _alike(said: str, own: Collection[str]) -> bool:
    """Tell whether a text has a word in common with other names."""
    return any(
        one.startswith(other) or other.startswith(one)
        for one in _telling(said)
        for name in own
        for other in _telling(name)
    )


def _telling(said: str) -> set[str]:
    """Return the words of a text by which one thing is told from another, all where there are none.

    Short ones are none.
    """
    pieces = {piece for word in words(said) for piece in word if len(piece) >= _SHORTEST}
    return pieces - _COMMON or pieces


@cache
def _all_names() -> frozenset[str]:
    return frozenset(map(compact, every_display()))
