"""Launches and their tokens, and the lock under which a refresh token is spent."""

import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from app.store.database import Database, now
from app.store.models import LaunchRow
from app.store.vault import Unreadable, digest

# Why a launch is over.
Ended = Literal["somebody-else", "inactive", "signed-out", "time"]
# So long after its time a launch is still known, so that its pages can say why they are over.
REMEMBERED = timedelta(days=1)


@dataclass(frozen=True)
class StoredLaunch:
    """A launch as kept: `ehr` is its key in the registry, `context` what the EHR said of it.

    `owner` is empty until it is known which patient the launch is for. Inactivity ends it at
    `idle_at`.
    """

    id: str
    ehr: str
    owner: str
    context: dict[str, Any]
    tokens: dict[str, Any] = field(repr=False)
    expires: datetime
    idle_at: datetime | None = None


@dataclass(frozen=True)
class TokenRow:
    """The tokens of a launch; `version` counts their renewals, `seal` is that of the row."""

    tokens: dict[str, Any] = field(repr=False)
    version: int
    renewing: bool
    seal: bytes | None = field(default=None, repr=False)


def _open(moment: datetime | BindParameter[datetime]) -> list[ColumnElement[bool]]:
    """Return the conditions of a launch that is not over at `moment`."""
    is_used = or_(LaunchRow.idle_at.is_(None), LaunchRow.idle_at > moment)
    return [LaunchRow.ended.is_(None), LaunchRow.expires > moment, is_used]


# Made once, for it is asked before each request to an EHR.
_SEAL = select(LaunchRow.seal).where(
    LaunchRow.id == bindparam("launch"), *_open(bindparam("now", type_=LaunchRow.expires.type))
)


class Launches:
    """Every launch belongs to one browser, known by the digest of its key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, browser_key: str, launch: StoredLaunch) -> None:
        """Keep a launch of the browser with this key until it expires, or nobody uses it."""
        row = LaunchRow(
            id=launch.id,
            browser=digest(browser_key),
            ehr=launch.ehr,
            owner=launch.owner,
            context=launch.context,
            tokens=launch.tokens,
            version=1,
            created=now(),
            expires=launch.expires,
            idle_at=launch.idle_at,
        )
        with self._database.writing() as session:
            session.add(row)

    def find(self, launch_id: str, browser_key: str) -> StoredLaunch | None:
        """Return the launch if it is this browser's and not over."""
        row = self._row(launch_id, LaunchRow.browser == digest(browser_key))
        return _stored(row) if row else None

    def of_any_browser(self, launch_id: str) -> StoredLaunch | None:
        """Return the launch, whoever's it is: for the record, never to show it."""
        row = self._row(launch_id)
        return _stored(row) if row else None

    def open_in(self, browser_key: str, owner: str | None = None) -> list[StoredLaunch]:
        """Return the open launches of a browser, the newest first; of one `owner` if given.

        What was changed outside of the app is left out.
        """
        which = [LaunchRow.browser == digest(browser_key), *_open(now())]
        found = []
        for launch_id in self._ids(*which, *([LaunchRow.owner == owner] if owner else [])):
            with suppress(Unreadable):
                row = self._row(launch_id, *which)
                found += [_stored(row)] if row else []
        return found

    def use(self, launch_id: str, idle_at: datetime) -> None:
        """Let inactivity end the launch at this moment."""
        self._update(launch_id, LaunchRow.ended.is_(None), idle_at=idle_at)

    def idle_at(self, launch_id: str) -> datetime | None:
        """Return when inactivity ends the launch; None where nothing is known of that."""
        row = self._row(launch_id)
        return row.idle_at if row else None

    def end(self, launch_id: str, why: Ended) -> StoredLaunch | None:
        """End a launch, as "inactive" only if nobody used it for too long; return it as it was.

        Its context and tokens are forgotten. None if there is nothing to end.
        """
        which: list[ColumnElement[bool]] = [LaunchRow.ended.is_(None)]
        if why == "inactive":
            which.append(LaunchRow.idle_at <= now())
        # Anybody may ask for a launch that is none: that must not wait for the one writer.
        if not self._ids(LaunchRow.id == launch_id, *which):
            return None
        with self._database.writing() as session:
            row = _locked(session, launch_id, and_(*which))
            if row is None:
                return None
            before = _stored(row)
            row.ended, row.renewing, row.context, row.tokens = why, None, {}, {}
        return before

    def ended(self, launch_id: str, browser_key: str) -> tuple[Ended, str] | None:
        """Return why this browser's launch is over, and its owner; None if nothing is known."""
        which = (LaunchRow.id == launch_id, LaunchRow.browser == digest(browser_key))
        with self._database.reading() as session:
            row = session.scalar(select(LaunchRow).where(*which))
        if row is None:
            return None
        return cast("Ended", row.ended or "time"), row.owner

    def forget_past(self) -> None:
        """Forget the context and tokens of all launches that are past their time."""
        is_past = or_(LaunchRow.expires <= now(), LaunchRow.idle_at <= now())
        for launch_id in self._ids(LaunchRow.ended.is_(None), is_past):
            with suppress(Unreadable):
                self.end(launch_id, "inactive") or self.end(launch_id, "time")

    def _ids(self, *conditions: ColumnElement[bool]) -> list[str]:
        newest = select(LaunchRow.id).where(*conditions).order_by(LaunchRow.created.desc())
        with self._database.reading() as session:
            return list(session.scalars(newest))

    def tokens(self, launch_id: str, read_before: TokenRow | None = None) -> TokenRow | None:
        """Return the tokens as they are at this moment; None when the launch is over.

        A page asks before each request to the EHR. The row is not opened again where its seal is
        that of the row `read_before`.
        """
        if read_before is not None and self._seal(launch_id) == read_before.seal:
            return read_before
        row = self._row(launch_id)
        if row is None:
            return None
        renewing = row.renewing is not None
        return TokenRow(row.tokens, row.version, renewing=renewing, seal=row.seal)

    def begin_renewal(self, launch_id: str, version: int) -> str | None:
        """Return a lease if this caller alone may now spend the refresh token of `version`.

        A lease whose holder never comes back is not given to another: nobody can tell whether the
        token was spent, and an EHR takes a token spent twice for a stolen one.
        """
        lease = secrets.token_urlsafe(16)
        free = and_(LaunchRow.version == version, LaunchRow.renewing.is_(None))
        return lease if self._update(launch_id, free, renewing=lease) else None

    def finish_renewal(self, launch_id: str, lease: str, tokens: dict[str, Any]) -> bool:
        """Put `tokens` in the place of those spent; False when the launch is over."""
        return self._end_renewal(launch_id, LaunchRow.renewing == lease, tokens)

    def abandon_renewal(self, launch_id: str, lease: str) -> None:
        """Give the lease back: the refresh token was not spent."""
        self._update(launch_id, LaunchRow.renewing == lease, renewing=None)

    def give_up_renewal(self, launch_id: str, version: int, tokens: dict[str, Any]) -> None:
        """End the renewal of `version` for a holder that never came back, and keep `tokens`."""
        taken = and_(LaunchRow.version == version, LaunchRow.renewing.is_not(None))
        self._end_renewal(launch_id, taken, tokens)

    def _end_renewal(
        self, launch_id: str, condition: ColumnElement[bool], tokens: dict[str, Any]
    ) -> bool:
        with self._database.writing() as session:
            row = _locked(session, launch_id, condition)
            if row is not None:
                row.renewing, row.tokens, row.version = None, tokens, row.version + 1
            return row is not None

    def give_owner(self, launch_id: str, owner: str, context: dict[str, Any]) -> bool:
        """Give a launch that was kept without an owner this one, once; False where it has one."""
        return self._update(launch_id, LaunchRow.owner == "", owner=owner, context=context)

    def _row(self, launch_id: str, *conditions: ColumnElement[bool]) -> LaunchRow | None:
        which = (LaunchRow.id == launch_id, *_open(now()), *conditions)
        with self._database.reading() as session:
            return session.scalar(select(LaunchRow).where(*which))

    def _seal(self, launch_id: str) -> bytes | None:
        return cast("bytes | None", self._database.scalar(_SEAL, launch=launch_id, now=now()))

    def _update(self, launch_id: str, condition: ColumnElement[bool], **values: Any) -> bool:
        with self._database.writing() as session:
            row = _locked(session, launch_id, condition)
            if row is not None:
                for name, value in values.items():
                    setattr(row, name, value)
            return row is not None

    def of_browser(self, browser: str) -> bool:
        """Tell whether the browser with this digest has a launch, or had one not long ago."""
        with self._database.reading() as session:
            theirs = select(LaunchRow).where(LaunchRow.browser == browser)
            return session.scalar(theirs.limit(1)) is not None


def _locked(session: Session, launch_id: str, condition: ColumnElement[bool]) -> LaunchRow | None:
    """Return the launch if it meets the condition, and keep other writers waiting."""
    wanted = select(LaunchRow).where(LaunchRow.id == launch_id, condition)
    return session.scalar(wanted.with_for_update())


def _stored(row: LaunchRow) -> StoredLaunch:
    return StoredLaunch(
        id=row.id,
        ehr=row.ehr,
        owner=row.owner,
        context=row.context,
        tokens=row.tokens,
        expires=row.expires,
        idle_at=row.idle_at,
    )
