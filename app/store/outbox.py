"""The outbox: what a user confirmed to be sent to a receiver, until its fate is known.

The row is the truth of a sending: whoever schedules it may be lost at any moment. A sending belongs
to one worker at a time, by a lease; the lease of a worker that is gone ends by itself.
"""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import AppError
from app.store.audit import Audit
from app.store.database import Database, now
from app.store.events import Event, EventType
from app.store.models import SendingBodyRow, SendingRow
from app.store.owners import Owners
from app.store.sendings import (
    FINAL,
    NOT_TAKEN,
    Claimed,
    Outcome,
    Outgoing,
    Sending,
    event_of,
    sending_of,
)
from app.store.vault import Unreadable

# More than anybody confirms while receivers are down; what would fill the store is a script.
MOST = 200
LONGEST_WORDS = 2000
_WITHDRAWN = "It was withdrawn before it was sent."


class KeyTaken(AppError, status=409, title="Something else was sent in its place"):
    """The receiver has, or gets, another sending under the same idempotency key."""


class TooManySendings(AppError, status=409, title="Too much waits to be sent"):
    """The owner has as many sendings under way as are kept."""


class Outbox:
    """All sendings; each belongs to the owner who confirmed it."""

    def __init__(self, database: Database, owners: Owners, audit: Audit) -> None:
        self._database = database
        self._owners = owners
        self._audit = audit

    def queue(self, owner: str, outgoing: Outgoing, by: Event) -> Sending:
        """Queue what a user has confirmed, and record that in the same transaction.

        `by` names the user, the patient and the launch. What is queued or taken already under the
        same key is returned as it stands, so that a second click sends nothing more. Raises
        KeyTaken where it is another body or somebody else's, and TooManySendings.
        """
        try:
            with self._database.writing() as session:
                sending = self._queue(session, owner, outgoing, by)
        except IntegrityError:  # another thread has just queued it
            with self._database.writing() as session:
                sending = self._queue(session, owner, outgoing, by)
        self._notify()
        return sending

    def _queue(self, session: Session, owner: str, outgoing: Outgoing, by: Event) -> Sending:
        place = self._owners.of("sending", outgoing.receiver, outgoing.key)
        row = _locked(session, SendingRow.place == place)
        if row is not None and row.state not in NOT_TAKEN:
            if (row.owner, row.sha256) != (owner, outgoing.sha256):
                raise KeyTaken("Look at what was sent for this patient, then begin again.")
            return sending_of(row)
        open_ones = select(func.count()).where(
            SendingRow.owner == owner, SendingRow.state.not_in(FINAL)
        )
        if session.scalars(open_ones).one() >= MOST:
            raise TooManySendings("Wait until the receivers have taken what waits already.")
        moment = now()
        if row is None:
            row = SendingRow(id=secrets.token_urlsafe(16), place=place, created=moment)
            session.add(row)
        row.owner, row.receiver, row.product = owner, outgoing.receiver, outgoing.product
        row.user = self._owners.in_trail("user", by.user)
        row.patient = self._owners.in_trail("patient", by.patient)
        row.sha256, row.state, row.attempts, row.lease = outgoing.sha256, "queued", 0, None
        row.next_attempt = row.updated = moment
        row.data = {
            "key": outgoing.key,
            "title": outgoing.title,
            "address": outgoing.address,
            "headers": dict(outgoing.headers),
            "size": len(outgoing.body),
            "event": by.as_json(),
            "asked": moment.isoformat(),
            "may_have_arrived": False,
            "answer": None,
        }
        session.add(SendingBodyRow(sending=row.id, body={"text": outgoing.body.decode()}))
        self._record(session, row, "sending-queued", title=outgoing.title)
        return sending_of(row)

    def get(self, owner: str, sending_id: str) -> Sending | None:
        """Return the sending if it is this owner's."""
        found = self._list(SendingRow.owner == owner, SendingRow.id == sending_id)
        return found[0] if found else None

    def of_owner(self, owner: str) -> Sequence[Sending]:
        """Return all sendings of `owner`, the newest first."""
        return self._list(SendingRow.owner == owner)

    def of_patient(self, issuer: str, patient: str) -> Sequence[Sending]:
        """Return what anybody has sent of this patient of an EHR, the newest first."""
        found = self._list(SendingRow.patient == self._owners.in_trail("patient", patient))
        return [one for one in found if one.event.issuer == issuer]

    def _list(self, *which: ColumnElement[bool]) -> Sequence[Sending]:
        order = (SendingRow.created.desc(), SendingRow.id)
        with self._database.reading() as session:
            rows = session.scalars(select(SendingRow).where(*which).order_by(*order))
            return [sending_of(row) for row in rows]

    def receivers_due(self) -> Sequence[str]:
        """Return the keys of the receivers to which something could be sent at this moment."""
        columns = SendingRow.__table__.c
        which = select(columns.receiver).where(columns.next_attempt <= now()).distinct()
        with self._database.reading() as session:
            return session.scalars(which).all()

    def due(self, receiver: str, most: int) -> Sequence[str]:
        """Return the ids of what could be sent to a receiver at this moment, the oldest first."""
        columns = SendingRow.__table__.c
        which = select(columns.id).where(
            columns.receiver == receiver, columns.next_attempt <= now()
        )
        with self._database.reading() as session:
            return session.scalars(which.order_by(columns.next_attempt).limit(most)).all()

    def claim(self, sending_id: str, lease: timedelta) -> Claimed | None:
        """Return the sending if it is due and nobody else sends it: it is being sent then.

        One whose worker is gone may have arrived. Raises Unreadable for what was changed outside of
        the app: it is not sent.
        """
        with self._database.writing() as session:
            row = _locked(session, SendingRow.id == sending_id, SendingRow.next_attempt <= now())
            if row is None:
                return None
            kept = session.get(SendingBodyRow, sending_id)
            body = b"" if kept is None else str(kept.body["text"]).encode()
            if kept is None or sha256(body).hexdigest() != row.sha256:
                raise Unreadable
            if row.state == "sending":
                row.data = {**row.data, "may_have_arrived": True}
            row.state, row.attempts, row.lease = "sending", row.attempts + 1, secrets.token_hex(16)
            row.updated = now()
            row.next_attempt = row.updated + lease
            self._record(session, row, "sending-attempted", attempt=row.attempts)
            claimed = Claimed(sending_of(row), row.lease, row.data["headers"], body)
        self._notify()
        return claimed

    def settle(self, claimed: Claimed, outcome: Outcome) -> Sending | None:
        """Keep what came of an attempt; None where another worker has taken the sending over.

        The body is forgotten with a final state. Without a further attempt the sending is given up
        if it surely never arrived; else it stays unknown, with its body.
        """
        with self._database.writing() as session:
            row = _locked(session, SendingRow.id == claimed.sending.id)
            if row is None or row.lease != claimed.lease:
                return None
            may_have_arrived = row.data["may_have_arrived"] or outcome.state == "unknown"
            state = outcome.state
            if state not in FINAL:
                state = "unknown" if may_have_arrived else "queued" if outcome.again else "given up"
            row.updated, row.lease, row.state = now(), None, state
            row.next_attempt = None if state in FINAL else outcome.again
            words = outcome.words[:LONGEST_WORDS]
            row.data = {
                **row.data,
                "may_have_arrived": state == "unknown",
                "answer": [outcome.status, words, row.updated.isoformat()],
            }
            if state in FINAL:
                _forget_body(session, row.id)
            self._record(
                session,
                row,
                "sending-answered",
                attempt=row.attempts,
                state=state,
                status=outcome.status,
                words=words,
            )
        self._notify()
        return sending_of(row)

    def ask_again(self, owner: str, sending_id: str, by: Event) -> Sending | None:
        """Try once more what is unknown and would not be tried again; None if it is not that."""
        with self._database.writing() as session:
            row = _locked(session, *_is(owner, sending_id), SendingRow.next_attempt.is_(None))
            if row is None or row.state != "unknown":
                return None
            row.next_attempt = row.updated = now()
            row.data = {**row.data, "asked": row.updated.isoformat(), "event": by.as_json()}
            self._record(session, row, "sending-queued")
        self._notify()
        return sending_of(row)

    def withdraw(self, owner: str, sending_id: str, by: Event) -> Sending | None:
        """Give up what was not sent yet; None where it is being sent, or may have arrived."""
        with self._database.writing() as session:
            row = _locked(session, *_is(owner, sending_id), SendingRow.state == "queued")
            if row is None:
                return None
            row.state, row.next_attempt, row.updated = "given up", None, now()
            row.data = {
                **row.data,
                "event": by.as_json(),
                "answer": [None, _WITHDRAWN, row.updated.isoformat()],
            }
            _forget_body(session, row.id)
            self._record(session, row, "sending-withdrawn")
        self._notify()
        return sending_of(row)

    def purge(self, kept: timedelta) -> None:
        """Forget sendings whose fate has been known for longer than `kept`."""
        past = (SendingRow.state.in_(FINAL)) & (SendingRow.updated <= now() - kept)
        with self._database.writing() as session:
            session.execute(delete(SendingRow).where(past))

    def _notify(self) -> None:
        """Call those who listen to the trail: an event was committed."""
        for heard in self._audit.listeners:
            heard()

    def _record(
        self, session: Session, row: SendingRow, event_type: EventType, **details: Any
    ) -> None:
        same = {
            "sending": row.id,
            "receiver": row.receiver,
            "product": row.product,
            "address": row.data["address"],
            "key": row.data["key"],
            "sha256": row.sha256,
        }
        event = replace(event_of(row), type=event_type, details={**same, **details})
        self._audit.add(event, session)


def _is(owner: str, sending_id: str) -> list[ColumnElement[bool]]:
    return [SendingRow.owner == owner, SendingRow.id == sending_id]


def _locked(session: Session, *which: ColumnElement[bool]) -> SendingRow | None:
    """Return the row, and keep other writers waiting."""
    return session.scalar(select(SendingRow).where(*which).with_for_update())


def _forget_body(session: Session, sending_id: str) -> None:
    session.execute(delete(SendingBodyRow).where(SendingBodyRow.sending == sending_id))
