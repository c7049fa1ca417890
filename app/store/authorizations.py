"""Authorizations under way: from the launch to the callback."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from app.store.database import Database, now
from app.store.models import AuthorizationRow
from app.store.vault import digest

LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True)
class Authorization:
    """What was asked: `ehr` is its key in the registry; `data` holds issuer, nonce, verifier and
    whether it was begun outside of a chart.
    """

    ehr: str
    browser: str
    data: dict[str, Any]

    def belongs_to(self, browser_key: str) -> bool:
        """Tell whether the browser with this key asked for it."""
        return self.browser == digest(browser_key)


class Authorizations:
    """Keeps each for ten minutes, under the digest of its state, and gives it out once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, state: str, browser_key: str, ehr: str, data: dict[str, Any]) -> None:
        """Keep what the callback with this state will need."""
        row = AuthorizationRow(
            state=digest(state),
            browser=digest(browser_key),
            ehr=ehr,
            data=data,
            expires=now() + LIFETIME,
        )
        with self._database.writing() as session:
            session.add(row)

    def take(self, state: str) -> Authorization | None:
        """Return and forget the authorization with this state; None if unknown, used or old."""
        with self._database.writing() as session:
            row = session.scalar(
                delete(AuthorizationRow)
                .where(AuthorizationRow.state == digest(state))
                .returning(AuthorizationRow)
            )
            if row is None or row.expires <= now():
                return None
            return Authorization(ehr=row.ehr, browser=row.browser, data=row.data)

    def of_browser(self, browser: str) -> bool:
        """Tell whether one under way was asked for by the browser with this digest."""
        with self._database.reading() as session:
            theirs = select(AuthorizationRow).where(AuthorizationRow.browser == browser)
            return session.scalar(theirs.limit(1)) is not None
