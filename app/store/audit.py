"""The audit trail: who came in, what was read and written, and what was refused.

Rows are added, and go when their time is over; nothing here changes one.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, LargeBinary, delete, select, type_coerce
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

from app.store.database import Database, now, rows_changed
from app.store.models import AuditRow
from app.store.owners import Owners
from app.store.vault import EncryptedJSON, Unreadable

EventType = Literal[
    "launch-opened",
    "launch-refused",
    "signed-out",
    "access-extended",
    "access-not-extended",
    "access-refused",
    "refusals-left-out",
    "read",
    "write-sent",
    "write-answered",
    "save-checked",
    "draft-discarded",
    "trail-read",
    "trail-purged",
]

_BATCH = 500
_ENCRYPTED = EncryptedJSON()


@dataclass(frozen=True)
class Event:
    """`user` is a reference, `patient` an id, both as the EHR at `issuer` has them.

    `launch` is the digest of the launch's id; `details` say what was done, as JSON.
    """

    type: EventType
    ehr: str = ""
    issuer: str = ""
    launch: str | None = None
    user: str | None = None
    patient: str | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the event as it is kept and listed; its type is called `kind` there."""
        parts = asdict(self)
        return {"kind": parts.pop("type"), **parts}


@dataclass(frozen=True)
class Recorded:
    """An event with its number and its moment."""

    id: int
    at: datetime
    event: Event


@dataclass(frozen=True)
class EventFilter:
    """Which events to find: `until` is not part of the time; None matches everything."""

    since: datetime | None = None
    until: datetime | None = None
    user: str | None = None
    patient: str | None = None
    type: str | None = None
    ehr: str | None = None


class Audit:
    """Keeps every event; what names a person stands in it encrypted."""

    def __init__(self, database: Database, owners: Owners) -> None:
        self._database = database
        self._owners = owners

    def add(self, event: Event) -> None:
        """Record an event; when this returns, it is committed."""
        with self._database.writing() as session:
            self._add(session, event)

    def _add(self, session: Session, event: Event) -> None:
        moment = now()
        # The encrypted value holds all of it: the other columns are for finding, and prove nothing.
        content = {"at": moment.isoformat(), **event.as_json()}
        row = AuditRow(
            at=moment,
            type=event.type,
            ehr=event.ehr,
            user=self._digest("user", event.user),
            patient=self._digest("patient", event.patient),
            data=content,
        )
        session.add(row)
        session.flush()
        # The number is encrypted with it: the value cannot be put in the place of another event.
        row.data = {"id": row.id, **content}

    def find(self, query: EventFilter) -> Iterator[Recorded]:
        """Yield the events that match, the oldest first, without holding all of them at once.

        One that none of the keys decrypts, or that stands in another's place, has `unreadable` as
        its only detail.
        """
        conditions = self._conditions(query)
        last = 0
        while True:
            with self._database.reading() as session:
                rows = session.execute(
                    select(
                        AuditRow.id,
                        AuditRow.at,
                        AuditRow.type,
                        AuditRow.ehr,
                        # Decrypted one by one: an event that was altered hides no other.
                        type_coerce(AuditRow.data, LargeBinary).label("encrypted"),
                    )
                    .where(AuditRow.id > last, *conditions)
                    .order_by(AuditRow.id)
                    .limit(_BATCH)
                ).all()
                dialect = session.get_bind().dialect
            for row in rows:
                yield _decrypted(row, dialect)
            if len(rows) < _BATCH:
                return
            last = rows[-1].id

    def purge(self, kept: timedelta) -> int:
        """Forget events older than `kept`; return how many those were.

        That they are gone, and why, is an event too, or a gap would look like a theft.
        """
        with self._database.writing() as session:
            result = session.execute(delete(AuditRow).where(AuditRow.at <= now() - kept))
            if number := rows_changed(result):
                details = {"events": number, "older_than_days": kept / timedelta(days=1)}
                self._add(session, Event(type="trail-purged", details=details))
        return number

    def _conditions(self, query: EventFilter) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if query.since is not None:
            found.append(AuditRow.at >= query.since)
        if query.until is not None:
            found.append(AuditRow.at < query.until)
        if query.user is not None:
            found.append(AuditRow.user == self._digest("user", query.user))
        if query.patient is not None:
            found.append(AuditRow.patient == self._digest("patient", query.patient))
        if query.type is not None:
            found.append(AuditRow.type == query.type)
        if query.ehr is not None:
            found.append(AuditRow.ehr == query.ehr)
        return found

    def _digest(self, role: str, value: str | None) -> str | None:
        # Without the issuer: an auditor knows a person by the id that all of a hospital's
        # servers share, and tells EHRs apart by their key.
        return None if value is None else self._owners.of(f"audit-{role}", value)


def _decrypted(row: Any, dialect: Dialect) -> Recorded:
    try:
        kept = _ENCRYPTED.process_result_value(row.encrypted, dialect)
    except Unreadable:
        kept = {}
    if kept.pop("id", None) != row.id:
        event = Event(type=row.type, ehr=row.ehr, details={"unreadable": True})
        return Recorded(row.id, row.at, event)
    return Recorded(row.id, datetime.fromisoformat(kept.pop("at")), Event(kept.pop("kind"), **kept))
