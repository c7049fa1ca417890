"""Up to which event each receiver has the audit trail, and which app server sends to it now."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.store.database import Database, now
from app.store.models import TrailMark

# Longer than any one delivery takes: a server that is gone holds up the others for so long.
_LEASE = timedelta(minutes=2)
_PREFIX = "receiver:"


class Forwarded:
    """A receiver gets the events in their order, from one app server at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, receiver: str, holder: str) -> int | None:
        """Return the number of the last event that the receiver has, 0 for one that has none.

        None where another app server sends to it at this moment.
        """
        try:
            with self._database.writing() as session:
                mark = _locked(session, receiver)
                if mark is None:
                    mark = TrailMark(name=_PREFIX + receiver, value={"number": 0})
                    session.add(mark)
                elif mark.value["holder"] != holder and _is_held(mark):
                    return None
                number = int(mark.value["number"])
                mark.value = _value(number, holder, now() + _LEASE)
        except IntegrityError:  # another app server has just begun
            return None
        return number

    def keep(self, receiver: str, holder: str, number: int, *, ends: bool = False) -> None:
        """Note that the receiver has the events up to `number`; `ends` lets others send."""
        with self._database.writing() as session:
            mark = _locked(session, receiver)
            if mark is not None and mark.value["holder"] == holder:
                mark.value = _value(number, holder, now() if ends else now() + _LEASE)

    def numbers(self) -> dict[str, int]:
        """Return the number of the last event that each receiver has."""
        with self._database.reading() as session:
            marks = session.scalars(select(TrailMark).where(TrailMark.name.startswith(_PREFIX)))
            return {mark.name.removeprefix(_PREFIX): mark.value["number"] for mark in marks}


def _locked(session: Session, receiver: str) -> TrailMark | None:
    wanted = select(TrailMark).where(TrailMark.name == _PREFIX + receiver)
    return session.scalar(wanted.with_for_update())


def _is_held(mark: TrailMark) -> bool:
    return datetime.fromisoformat(mark.value["until"]) > now()


def _value(number: int, holder: str, until: datetime) -> dict[str, object]:
    return {"number": number, "holder": holder, "until": until.isoformat()}
