"""How much of a chart one page draws: rows are kept while there is room, the rest is counted.

A chart of thousands of records would make a page that no browser shows and that keeps the app
busy. What is not drawn stands on the list of all records.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from app.formatting import LONGEST_JSON

# About the characters of a page's HTML: a second of work for the app.
OF_PAGE = 2_000_000
OF_PANEL = 1_000_000
# A row that was begun is drawn whole up to this, so that nothing is missing in its midst.
_OF_ROW = 200_000
_LONGEST_TEXT = 20_000
_TAGS = 100  # around each row, and around each item of a row
_MOST_PLACES = 20
_NAMES = ("key", "fact", "facts")


@dataclass(frozen=True)
class Undrawn:
    """Stands for a row that was not made, by the `Type/id` of the `facts` that it would show."""

    facts: frozenset[str]


class Room:
    """The room for one panel: `fit` keeps what it has room for.

    `left` may be less than nothing afterwards: the first row is always kept.
    """

    def __init__(self, left: int) -> None:
        self.left = left
        self._drawn: set[str] = set()
        self._dropped: set[str] = set()
        self.lines = 0
        """How many rows that show no record were not kept."""

    @property
    def records(self) -> int:
        """How many records were not kept."""
        return len(self._dropped - self._drawn)

    def fit(self, rows: Any) -> Any:
        """Return rows, of whatever form, without what there is no room for."""
        return self._fit(rows, whole=False)

    def _fit(self, value: Any, *, whole: bool) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            if "resourceType" in value:
                self.left -= _size(value, LONGEST_JSON)
                return value
            return {key: self._fit(item, whole=whole) for key, item in value.items()}
        if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
            return self._sequence(value, whole=whole)
        if is_dataclass(value) and not isinstance(value, type):
            self.left -= _TAGS
            self._drawn.update(_own_names(value))
            old = {field.name: getattr(value, field.name) for field in fields(value)}
            new = {name: self._fit(item, whole=whole) for name, item in old.items()}
            changed = {name: item for name, item in new.items() if item is not old[name]}
            return replace(value, **changed) if changed else value
        self.left -= len(str(value)) if hasattr(value, "_fields") else 0
        return value

    def _sequence(self, values: Sequence[Any], *, whole: bool) -> Sequence[Any]:
        """Return a sequence, or its beginning; the rows of a panel are kept whole or not at all."""
        kept: list[Any] = []
        # A short one of texts is no list: its places have meanings.
        is_list = len(values) > _MOST_PLACES or not all(map(_is_plain, values))
        for number, value in enumerate(values):
            if isinstance(value, Undrawn) or (is_list and kept and self.left <= 0):
                self._drop(values[number:])
                break
            self.left -= _TAGS
            before = self.left
            if not whole:
                self.left = max(before, _OF_ROW)
            given = self.left
            kept.append(self._fit(value, whole=True))
            self.left = before - (given - self.left)
        same = len(kept) == len(values) and all(map(lambda a, b: a is b, kept, values))
        if same:
            return values
        return tuple(kept) if isinstance(values, tuple) else kept

    def _text(self, text: str) -> str:
        self.left -= _length(text[:_LONGEST_TEXT])
        if len(text) <= _LONGEST_TEXT:
            return text
        return f"{text[:_LONGEST_TEXT]}… ({len(text) - _LONGEST_TEXT} more characters)"

    def _drop(self, values: Sequence[Any]) -> None:
        for value in values:
            if names := _all_names(value):
                self._dropped |= names
            else:
                self.lines += 1


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (str, int, float))


def _own_names(value: Any) -> set[str]:
    """Return the `Type/id` of the facts that one row shows, without those of its parts."""
    found: set[str] = set()
    for name in _NAMES:
        named = getattr(value, name, None) or ()
        found.update([named] if isinstance(named, str) else named)
    return found


def _all_names(value: Any) -> set[str]:
    found: set[str] = set()
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (list, tuple)):
            waiting += node
        elif isinstance(node, Mapping):
            waiting += () if "resourceType" in node else node.values()
        elif is_dataclass(node):
            found |= _own_names(node)
            waiting += (getattr(node, field.name) for field in fields(node))
    return found


def _length(text: str) -> int:
    """Return how long a text is in HTML, where some characters are written with five."""
    return len(text) + 4 * sum(map(text.count, "<>&\"'"))


def _size(resource: Any, most: int) -> int:
    """Return about how long a resource, of which `most` characters are shown, is in HTML."""
    size, left, waiting = 0, most, [resource]
    while waiting and left > 0:
        node = waiting.pop()
        text = ""
        if isinstance(node, Mapping):
            waiting += node.values()
            given = min(left, sum(map(len, node)) + 10 * len(node))
        elif isinstance(node, list):
            waiting += node
            given = 0
        else:
            text = node[:left] if isinstance(node, str) else ""
            given = 0 if text else 8
        size += given + _length(text)
        left -= given + len(text)
    return size
