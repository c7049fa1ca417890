"""Regular expressions for the text of a chart, which may be of any length.

What an expression costs may grow faster than the text that it sees. So it sees no more than the
beginning of one.
"""

import re
from collections.abc import Callable, Iterator

LONGEST = 1_000  # characters; no name of a code system is as long
CUT = "…"

Match = re.Match[str]


class Pattern:
    """A compiled regular expression that sees the first `LONGEST` characters of a text."""

    def __init__(self, expression: str) -> None:
        """Flags are part of the expression: `(?i)`."""
        self.compiled = re.compile(expression)

    def __repr__(self) -> str:
        return f"Pattern({self.compiled.pattern!r})"

    def match(self, text: str) -> Match | None:
        """Return the match at the start of the text."""
        return self.compiled.match(text, 0, LONGEST)

    def search(self, text: str) -> Match | None:
        """Return the first match."""
        return self.compiled.search(text, 0, LONGEST)

    def fullmatch(self, text: str) -> Match | None:
        """Return the match of the whole text; a text that is longer has none."""
        return self.compiled.fullmatch(text) if len(text) <= LONGEST else None

    def sub(self, replacement: str | Callable[[Match], str], text: str) -> str:
        """Return the text with each match replaced; what is beyond `LONGEST` stays as it is."""
        return self.compiled.sub(replacement, text[:LONGEST]) + text[LONGEST:]

    def finditer(self, text: str) -> Iterator[Match]:
        """Return all matches, one after the other."""
        return self.compiled.finditer(text, 0, LONGEST)

    def findall(self, text: str) -> list[str]:
        """Return all matches."""
        return self.compiled.findall(text[:LONGEST])

    def split(self, text: str) -> list[str]:
        """Return what stands between the matches; what is beyond `LONGEST` is left out."""
        return self.compiled.split(text[:LONGEST])


def cut(text: str) -> str:
    """Return a text as a label; a long one ends with an ellipsis. Never write it to a chart."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + CUT
