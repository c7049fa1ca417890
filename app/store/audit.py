"""The audit trail: who came in, what was read and written, and what was refused.

Rows are added, and go when their time is over; nothing here changes one. The events are a chain:
each has a number and a link, which is a MAC of its content and of the link before. The mark "head"
has the last number and link, and those of the last event that was purged. Who adds an event locks
the mark until that is committed: app servers add one after the other.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import LargeBinary, delete, select, type_coerce
from sqlalchemy.orm import Session

from app.store.database import Database, now, rows_changed
from app.store.events import Event, EventFilter, Head, Recorded, Stored
from app.store.models import AuditRow, TrailMark
from app.store.owners import Owners
from app.store.vault import Unreadable, Vault, link_of, vault_of
from app.store.verification import Check

_BATCH = 500
_BEFORE_ALL = -(2**63)
_HEAD = "head"


class Audit:
    """Keeps every event; what names a person stands in it encrypted."""

    def __init__(self, database: Database, owners: Owners) -> None:
        self._database = database
        self._owners = owners
        self.listeners: list[Callable[[], None]] = []

    def add(self, event: Event, within: Session | None = None) -> None:
        """Record an event; when this returns, it is committed, and the listeners were called.

        `within` is a transaction that records it with all else that it does: whoever commits it
        calls the listeners.
        """
        if within is not None:
            self._add(within, event)
            return
        with self._database.writing() as session:
            self._add(session, event)
        for heard in self.listeners:
            heard()

    def _add(self, session: Session, event: Event) -> None:
        head = _head(session)
        number, moment = head.value["number"] + 1, now()
        content = {"id": number, "at": moment.isoformat(), **event.as_json()}
        link = link_of(head.value["key"], bytes.fromhex(head.value["link"]), content)
        session.add(
            AuditRow(
                id=number,
                at=moment,
                type=event.type,
                ehr=event.ehr,
                user=self._owners.in_trail("user", event.user),
                patient=self._owners.in_trail("patient", event.patient),
                data=content,
                chain=link,
            )
        )
        head.value = {**head.value, "number": number, "link": link.hex()}

    def find(self, query: EventFilter) -> Iterator[Recorded]:
        """Yield the events that match, the oldest first, without holding all of them at once.

        All are read, whatever is asked for: one whose row was changed is among them, or a change
        could hide it.
        """
        for stored in self._stored():
            if query.takes(stored.recorded):
                yield stored.recorded

    def after(self, number: int, most: int) -> list[Recorded]:
        """Return the `most` oldest events after the one with this number.

        A row behind the end of the trail is none of them: it would seem to be the last event.
        """
        with self._database.reading() as session:
            end = _head(session, locks=False).value["number"]
            some = _read(session, number, most)
        return [stored.recorded for stored in some if stored.recorded.id <= end]

    def head(self) -> Head:
        """Return the end of the trail, to be kept where nobody can change both."""
        with self._database.reading() as session:
            value = _head(session, locks=False).value
        return Head(value["number"], value["link"])

    def verify(self, *exported: Head) -> Iterator[str]:
        """Yield what is wrong with the trail: a sentence for each gap, change and missing end.

        Events that are added meanwhile are not looked at. `exported` are heads of earlier.
        """
        with self._database.reading() as session:
            head = _head(session, locks=False).value
        check = Check(head, exported)
        for stored in self._stored():
            if stored.recorded.id > head["number"]:
                if stored.recorded.id > self.head().number:
                    yield f"Event {stored.recorded.id} stands behind the end of the trail."
                break
            yield from check.event(stored)
        yield from check.end()

    def _stored(self) -> Iterator[Stored]:
        last = _BEFORE_ALL
        while True:
            with self._database.reading() as session:
                some = _read(session, last, _BATCH)
            yield from some
            if len(some) < _BATCH:
                return
            last = some[-1].recorded.id

    def purge(self, kept: timedelta) -> int:
        """Forget events older than `kept`; return how many those were.

        What an event itself says of its time counts, so that nobody can have it forgotten early.
        That they are gone, and why, is an event too, and the head keeps the link of the last.
        """
        until = now() - kept
        with self._database.writing() as session:
            head = _head(session)
            last = _last_before(session, until)
            if last is None:
                return 0
            purged = delete(AuditRow).where(AuditRow.id <= last.recorded.id)
            number = rows_changed(session.execute(purged))
            details = {"events": number, "older_than_days": kept / timedelta(days=1)}
            end = {"number": last.recorded.id, "link": last.link.hex()}
            head.value = {**head.value, "purged": end}
            self._add(session, Event(type="trail-purged", details=details))
        return number


def _head(session: Session, *, locks: bool = True) -> TrailMark:
    """Return the mark of the trail's end, and keep others who add events waiting."""
    wanted = select(TrailMark).where(TrailMark.name == _HEAD)
    head = session.scalar(wanted.with_for_update() if locks else wanted)
    if head is None:
        raise Unreadable
    return head


def _read(session: Session, after: int, most: int) -> list[Stored]:
    """Return events one by one as they are, since one that was changed may hide no other."""
    columns = AuditRow.__table__.c
    data = type_coerce(columns.data, LargeBinary()).label("data")
    wanted = [data if one.name == "data" else one for one in columns]
    some = select(*wanted).where(columns.id > after).order_by(columns.id).limit(most)
    vault = vault_of(session.get_bind().dialect)
    return [_opened(row, vault) for row in session.execute(some)]


def _opened(row: Any, vault: Vault) -> Stored:
    values = dict(row._mapping)  # noqa: SLF001 -- public in SQLAlchemy
    seal, link = values.pop("seal"), values["chain"]
    link = link if isinstance(link, bytes) else b""  # SQLite may hold anything there
    try:
        content = vault.decrypt(values["data"])
    except Unreadable:
        content = {}
    if content.get("id") != row.id:
        event = Event(str(row.kind), str(row.ehr), details={"unreadable": True})  # type: ignore[arg-type]
        return Stored(Recorded(row.id, row.at, event, changed=True), None, link)
    parts = dict(content)
    del parts["id"]
    at = datetime.fromisoformat(parts.pop("at"))
    values["data"] = content
    changed = not vault.is_sealed(AuditRow.__tablename__, values, seal)
    return Stored(Recorded(row.id, at, Event(parts.pop("kind"), **parts), changed), content, link)


def _last_before(session: Session, until: datetime) -> Stored | None:
    """Return the last intact event that is older than `until`: what stands before it is too."""
    found, last, most = None, _BEFORE_ALL, 1
    while some := _read(session, last, most):
        for stored in some:
            if stored.recorded.changed:
                continue
            if stored.recorded.at > until:
                return found
            found = stored
        last, most = some[-1].recorded.id, _BATCH
    return found
