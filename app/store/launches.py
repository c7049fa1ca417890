"""Launches and their tokens, and the lock under which a refresh token is spent."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.orm import Session

from app.store.database import Database, now
from app.store.models import LaunchRow
from app.store.vault import digest


@dataclass(frozen=True)
class StoredLaunch:
    """A launch as kept: `ehr` is its key in the registry, `context` what the EHR said of it.

    `owner` is empty until it is known which patient the launch is for.
    """

    id: str
    ehr: str
    owner: str
    context: dict[str, Any]
    tokens: dict[str, Any] = field(repr=False)
    expires: datetime


@dataclass(frozen=True)
class TokenRow:
    """The tokens of a launch; `version` counts their renewals."""

    tokens: dict[str, Any] = field(repr=False)
    version: int
    renewing: bool


class Launches:
    """Every launch belongs to one browser, known by the digest of its key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, browser_key: str, launch: StoredLaunch) -> None:
        """Keep a launch of the browser with this key until it expires."""
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
        )
        with self._database.writing() as session:
            session.add(row)

    def find(self, launch_id: str, browser_key: str) -> StoredLaunch | None:
        """Return the launch if it is this browser's and not past its time."""
        row = self._row(launch_id, LaunchRow.browser == digest(browser_key))
        return _stored(row) if row else None

    def of_any_browser(self, launch_id: str) -> StoredLaunch | None:
        """Return the launch, whoever's it is: for the record, never to show it."""
        row = self._row(launch_id)
        return _stored(row) if row else None

    def tokens(self, launch_id: str) -> TokenRow | None:
        """Return the tokens as they are at this moment; None when the launch is over."""
        row = self._row(launch_id)
        if row is None:
            return None
        return TokenRow(tokens=row.tokens, version=row.version, renewing=row.renewing is not None)

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
        in_time = (LaunchRow.id == launch_id, LaunchRow.expires > now())
        with self._database.reading() as session:
            return session.scalar(select(LaunchRow).where(*in_time, *conditions))

    def _update(self, launch_id: str, condition: ColumnElement[bool], **values: Any) -> bool:
        with self._database.writing() as session:
            row = _locked(session, launch_id, condition)
            if row is not None:
                for name, value in values.items():
                    setattr(row, name, value)
            return row is not None

    def delete(self, launch_id: str) -> None:
        """Forget a launch."""
        with self._database.writing() as session:
            session.execute(delete(LaunchRow).where(LaunchRow.id == launch_id))

    def of_browser(self, browser: str) -> bool:
        """Tell whether the browser with this digest has a launch that is not past its time."""
        with self._database.reading() as session:
            theirs = select(LaunchRow).where(LaunchRow.browser == browser)
            return session.scalar(theirs.where(LaunchRow.expires > now()).limit(1)) is not None


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
    )
