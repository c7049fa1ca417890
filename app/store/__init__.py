"""What the app keeps: launches, drafts, receipts, the outbox, the audit trail, diagnoses joined.

All of it is encrypted at rest.
"""

import logging
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from app.config import ConfigError
from app.store import schema
from app.store.audit import Audit
from app.store.authorizations import Authorization, Authorizations
from app.store.counts import Counts
from app.store.database import Database, make_engine, now
from app.store.decisions import Decisions
from app.store.drafts import Draft, DraftBehind, DraftGone, DraftLocked, Drafts, TypedOn
from app.store.events import Event, EventFilter, EventType, Head, Recorded
from app.store.forwarded import Forwarded
from app.store.launches import REMEMBERED, Ended, Launches, StoredLaunch, TokenRow
from app.store.models import AuthorizationRow, CountRow, DraftRow, LaunchRow, ReceiptRow
from app.store.outbox import Outbox
from app.store.owners import Owners
from app.store.receipts import Receipt, Receipts
from app.store.schema import Upgrade
from app.store.sendings import NOT_TAKEN, Answer, Claimed, Outcome, Outgoing, Sending, State
from app.store.vault import Unreadable, Vault, digest

__all__ = [
    "NOT_TAKEN",
    "Answer",
    "Audit",
    "Authorization",
    "Claimed",
    "Draft",
    "DraftBehind",
    "DraftGone",
    "DraftLocked",
    "Ended",
    "Event",
    "EventFilter",
    "EventType",
    "Head",
    "Launches",
    "Outbox",
    "Outcome",
    "Outgoing",
    "Receipt",
    "Recorded",
    "Sending",
    "State",
    "Store",
    "StoredLaunch",
    "TokenRow",
    "TypedOn",
    "Upgrade",
    "digest",
    "init_app",
    "make_private",
    "open_store",
    "upgrade_database",
]

logger = logging.getLogger(__name__)

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_SQLITE_ENDS = ("-wal", "-shm", "-journal")


class Store:
    """One per app, for all its threads: each call is a short transaction of its own."""

    def __init__(
        self,
        url: str,
        keys: str,
        *,
        kept: timedelta,
        audit_kept: timedelta | None = None,
    ) -> None:
        """Open the database at `url`; `keys` are Fernet keys, comma-separated, the first encrypts.

        Drafts and receipts are forgotten when nobody touched them for `kept`, events of the audit
        trail, and what was sent and has its fate, after `audit_kept`, or never. Raises ConfigError
        where a key is malformed, where none of them decrypts what the database holds, or where its
        schema is not that of this code.
        """
        self._database = Database(url, Vault(keys))
        self._kept = kept
        self._audit_kept = audit_kept
        try:
            self.owners = Owners(self._database)
        except ConfigError:
            self._database.close()
            raise
        self.launches = Launches(self._database)
        self.authorizations = Authorizations(self._database)
        self.drafts = Drafts(self._database, self.owners)
        self.receipts = Receipts(self._database)
        self.decisions = Decisions(self._database, self.owners)
        self.counts = Counts(self._database, self.owners)
        self.audit = Audit(self._database, self.owners)
        self.forwarded = Forwarded(self._database)
        self.outbox = Outbox(self._database, self.owners, self.audit)

    def knows_browser(self, browser_key: str) -> bool:
        """Tell whether a launch, or one under way, belongs to the browser with this key."""
        browser = digest(browser_key)
        return self.launches.of_browser(browser) or self.authorizations.of_browser(browser)

    def renew_browser_key(self, browser_key: str, new_key: str) -> None:
        """Let all that belongs to the browser with this key belong to `new_key` alone.

        What was changed outside of the app stays with the old key.
        """
        for table, id_ in ((LaunchRow, LaunchRow.id), (AuthorizationRow, AuthorizationRow.state)):
            browser = table.__table__.c.browser
            with self._database.reading() as session:
                moved = session.scalars(select(id_).where(browser == digest(browser_key))).all()
            for one in moved:
                with suppress(Unreadable), self._database.writing() as session:
                    which = select(table).where(id_ == one).with_for_update()
                    row: Any = session.scalar(which)
                    if row is not None:
                        row.browser = digest(new_key)

    def purge(self) -> None:
        """Forget everything that is past its time.

        A draft or a body that is being sent, or whose outcome nobody knows, stays until that is
        known.
        """
        self.launches.forget_past()
        moment = now()
        for row, past in (
            (AuthorizationRow, AuthorizationRow.expires <= moment),
            (CountRow, CountRow.expires <= moment),
            (LaunchRow, LaunchRow.expires <= moment - REMEMBERED),
            (DraftRow, (DraftRow.updated <= moment - self._kept) & (DraftRow.state == "open")),
            (ReceiptRow, ReceiptRow.created <= moment - self._kept),
        ):
            with self._database.writing() as session:
                session.execute(delete(row).where(past))
        if self._audit_kept is not None:
            self.outbox.purge(self._audit_kept)
            self.audit.purge(self._audit_kept)

    def rotate(self) -> int:
        """Encrypt and seal everything anew with the first key, so that older keys can be dropped.

        Returns how many rows that were. App servers go on meanwhile; those that still write with an
        older key must be gone before it begins.
        """
        return self._database.rotate()

    def verify(self, *exported: Head) -> Iterator[str]:
        """Yield a sentence for each row and each event that is not as the app wrote it.

        `exported` are heads of the trail of earlier.
        """
        for table, row in self._database.changed_rows():
            if table != "audit":
                yield f"Row {row} of {table} was changed."
        yield from self.audit.verify(*exported)

    def close(self) -> None:
        """Let go of all connections."""
        self._database.close()


def init_app(app: Flask) -> Store:
    """Open the store of `app`; it is found in `app.extensions["store"]`."""
    store = open_store(app.config)
    app.extensions["store"] = store
    return store


def open_store(settings: Mapping[str, Any]) -> Store:
    """Return the store that `settings` (those of app.config) name; raises ConfigError."""
    with _failures_as_config_errors():
        return Store(
            _database_url(settings),
            settings["SECRET_KEYS"],
            kept=timedelta(days=settings["DRAFT_DAYS"]),
            audit_kept=timedelta(days=settings["AUDIT_DAYS"]),
        )


def upgrade_database(
    settings: Mapping[str, Any], *, before_change: Callable[[], None] = lambda: None
) -> Upgrade:
    """Bring the database that `settings` name to the schema of this code; raises ConfigError.

    `before_change` is called before an older database is changed; what it raises prevents that.
    """
    with _failures_as_config_errors():
        engine = make_engine(_database_url(settings), Vault(settings["SECRET_KEYS"]))
        try:
            if schema.due(engine).is_change:
                before_change()
            return schema.upgrade(engine)
        finally:
            engine.dispose()


@contextmanager
def _failures_as_config_errors() -> Iterator[None]:
    """Raise ConfigError for what keeps the database from being opened."""
    try:
        yield
    except ArgumentError:
        # Said without the address, which may hold a password.
        raise ConfigError(
            "ONCOFORM_DATABASE_URL must be the address of a database, such as "
            "sqlite:////var/lib/oncoform.sqlite or postgresql://oncoform@db.example.org/oncoform."
        ) from None
    except ImportError as missing:
        raise ConfigError(
            f"The database of ONCOFORM_DATABASE_URL needs the package {missing.name}: "
            "the app is tried on SQLite, and on PostgreSQL with psycopg."
        ) from None
    except (OSError, DBAPIError) as error:
        raise ConfigError(
            f"The database of ONCOFORM_DATABASE_URL cannot be opened ({type(error).__name__}): "
            "see that it is there, that the app's user may read and write it, and that no other "
            "program holds it."
        ) from None


def _database_url(settings: Mapping[str, Any]) -> str:
    url = str(settings["DATABASE_URL"])
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        if not parts.database or parts.database == ":memory:":
            raise ConfigError(
                "ONCOFORM_DATABASE_URL must name a file: threads cannot share one in memory."
            )
        make_private(Path(parts.database))
    return url


def make_private(path: Path) -> None:
    """Make a database's file, if there is none, for its owner alone; SQLite's others follow it.

    One that others may read or change becomes its owner's alone, with those beside it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
    for file in (path, *(path.with_name(f"{path.name}{end}") for end in _SQLITE_ENDS)):
        if file.exists():
            _tighten(file)


def _tighten(file: Path) -> None:
    """Take from others what they may do with a file of the database; raises ConfigError."""
    mode = stat.S_IMODE(file.stat().st_mode)
    if not mode & _OTHERS:
        return
    try:
        file.chmod(mode & ~_OTHERS)
    except OSError:
        raise ConfigError(
            f"Others may read or change the file {file.name} of ONCOFORM_DATABASE_URL (mode "
            f"{mode:o}), and the app may not take that from them: chmod 600 it."
        ) from None
    logger.warning(
        "others could read or change the database's file %s (mode %o): it is now its owner's "
        "alone; see who has read it",
        file.name,
        mode,
    )
