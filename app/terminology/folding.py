"""Words as they are compared: without case, accents and punctuation."""

import unicodedata
from functools import lru_cache

from app.fhir.patterns import Pattern

Word = tuple[str, ...]
"""What stands between two blanks, in its pieces: "B-cell" is ("b", "cell")."""

_PIECE = Pattern(r"[a-z0-9]+")
_POSSESSIVE = Pattern(r"['’]s?\b")
# Letters that no decomposition takes apart.
_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d"})


def fold(text: str) -> str:
    """Return `text` in lower case, without accents and possessives."""
    text = text.casefold()
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
        text = "".join(mark for mark in decomposed if not unicodedata.combining(mark))
    return _POSSESSIVE.sub("", text)


def words(text: str) -> list[Word]:
    """Return the words of `text`, each in its pieces; what has no letter or digit is no word."""
    return [pieces for word in text.split() if (pieces := _pieces(word))]


def compact(text: str) -> str:
    """Return the letters and digits of `text` alone: "c50412" for "C50.412"."""
    return "".join(_PIECE.findall(fold(text)))


def american(piece: str) -> str:
    """Return the American spelling of a British piece: "leukemia" for "leukaemia"."""
    return piece.replace("ae", "e").replace("oe", "e").replace("our", "or")


# A long list of terms is made of few words.
@lru_cache(maxsize=20_000)
def _pieces(word: str) -> Word:
    return tuple(_PIECE.findall(fold(word)))
