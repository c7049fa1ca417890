"""Whether the audit trail is the one that the app wrote: each event follows the one before."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.store.events import Head, Stored
from app.store.vault import link_of


class Check:
    """Takes the events one after the other, and says what is wrong."""

    def __init__(self, head: Mapping[str, Any], exported: Iterable[Head]) -> None:
        """`head` is the value of the trail's mark; `exported` are heads kept elsewhere."""
        self._head = head
        self._exported = list(exported)
        purged = head["purged"]
        self._last, self._link = purged["number"], bytes.fromhex(purged["link"])
        self._links = {self._last: self._link}

    def event(self, stored: Stored) -> Iterator[str]:
        """Yield what is wrong with the next event, and between it and the one before."""
        number, before = stored.recorded.id, self._last
        if number <= before:
            yield f"Event {number} stands where all events were purged."
            return
        follows = stored.content is not None and stored.link == link_of(
            self._head["key"], self._link, stored.content
        )
        # An upgrade of a database of 0.1.0 ties events together that have gaps in their numbers.
        if number > before + 1 and not follows:
            yield _missing(before + 1, number - 1)
        if stored.recorded.changed:
            yield f"Event {number} was changed."
        elif number == before + 1 and not follows:
            yield f"Event {number} does not follow the one before."
        self._last, self._link = number, stored.link
        if any(one.number == number for one in self._exported):
            self._links[number] = stored.link

    def end(self) -> Iterator[str]:
        """Yield what is wrong with the end of the trail, and with the heads kept elsewhere."""
        end = self._head["number"]
        if self._last < end:
            yield _missing(self._last + 1, end)
        elif self._link.hex() != self._head["link"]:
            yield f"Event {end} is not the one that the trail ends with."
        for one in self._exported:
            if one.number > end:
                yield f"The trail ends with event {end}. {_missing(end + 1, one.number)}"
            elif one.number < self._head["purged"]["number"]:
                yield f"The head {one.number} proves nothing any more: its event was purged."
            elif self._links.get(one.number, b"").hex() != one.link:
                yield f"The trail up to event {one.number} is not the one whose head was kept."


def _missing(first: int, last: int) -> str:
    return (
        f"Event {first} is missing." if first == last else f"Events {first} to {last} are missing."
    )
