"""The tables. What names a person, a patient or a token stands in encrypted columns only.

A row that is Sealed opens only as the app wrote it. It is changed as an object of a session, which
seals it anew: an UPDATE statement leaves the old seal, and the row opens no more.
"""

import logging
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Connection, DateTime, Index, Integer, LargeBinary, String, event
from sqlalchemy.dialects.sqlite import DATETIME
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, Mapper, QueryContext, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from app.store.vault import EncryptedJSON, Unreadable, digest, vault_of

logger = logging.getLogger(__name__)


# What is read for a moment that is none: no row is sealed with it.
NO_MOMENT = datetime.min.replace(tzinfo=UTC)


class _AnyMoment(DATETIME):
    """A moment of SQLite, which keeps in its column whatever is written there."""

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        read: Any = super().result_processor(dialect, coltype)

        def read_any(stored: Any) -> Any:
            try:
                return read(stored)
            except (TypeError, ValueError):
                return NO_MOMENT

        return read_any


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite alone would give it back without its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that a dialect has for it."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(_AnyMoment())  # type: ignore[no-untyped-call]
        return super().load_dialect_impl(dialect)

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Write every moment in the one zone, so that moments compare as text too."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """All tables of the store."""

    type_annotation_map: ClassVar = {datetime: UtcTime, dict[str, Any]: EncryptedJSON}


class Sealed:
    """A row with a MAC of its table and of all its columns: values cannot be changed or moved.

    None is the seal of a row that could not be read when the database was upgraded.
    """

    seal: Mapped[bytes | None] = mapped_column(LargeBinary)


class KeptSecret(Sealed, Base):
    """A random secret of this installation that outlives the rotation of the keys."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[dict[str, Any]]


class AuthorizationRow(Sealed, Base):
    """An authorization that was asked for and not answered yet."""

    __tablename__ = "authorizations"

    state: Mapped[str] = mapped_column(String(64), primary_key=True)
    browser: Mapped[str] = mapped_column(String(64), index=True)
    ehr: Mapped[str] = mapped_column(String(200))
    data: Mapped[dict[str, Any]]
    expires: Mapped[datetime] = mapped_column(index=True)


class LaunchRow(Sealed, Base):
    """A launch; `renewing` names the thread that is spending the refresh token.

    `idle_at` is when inactivity ends it, `ended` why it was ended before its time: its context and
    tokens are gone then.
    """

    __tablename__ = "launches"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    browser: Mapped[str] = mapped_column(String(64), index=True)
    ehr: Mapped[str] = mapped_column(String(200))
    owner: Mapped[str] = mapped_column(String(64))
    context: Mapped[dict[str, Any]]
    tokens: Mapped[dict[str, Any]]
    version: Mapped[int]
    renewing: Mapped[str | None] = mapped_column(String(64))
    created: Mapped[datetime]
    expires: Mapped[datetime] = mapped_column(index=True)
    idle_at: Mapped[datetime | None]
    ended: Mapped[str | None] = mapped_column(String(20))


class CountRow(Base):
    """A count of one window; `bucket` is a keyed digest of act, client and window."""

    __tablename__ = "counts"

    bucket: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int]
    expires: Mapped[datetime] = mapped_column(index=True)


class DraftRow(Sealed, Base):
    """What was typed and is not in the chart yet.

    `place` is a keyed digest of owner, form and subject.
    """

    __tablename__ = "drafts"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64), index=True)
    place: Mapped[str] = mapped_column(String(64), unique=True)
    data: Mapped[dict[str, Any]]
    plan: Mapped[dict[str, Any] | None] = mapped_column(EncryptedJSON)
    state: Mapped[str] = mapped_column(String(20))
    created: Mapped[datetime]
    updated: Mapped[datetime] = mapped_column(index=True)


class ReceiptRow(Sealed, Base):
    """What was stored in the chart, as the page said it."""

    __tablename__ = "receipts"
    __table_args__ = (Index("ix_receipts_owner_created", "owner", "created"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    launch_id: Mapped[str] = mapped_column(String(64))
    data: Mapped[dict[str, Any]]
    created: Mapped[datetime] = mapped_column(index=True)


class DecisionRow(Sealed, Base):
    """What a person said of diagnoses; `chart` is a keyed digest of EHR and patient."""

    __tablename__ = "decisions"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    chart: Mapped[str] = mapped_column(String(64), index=True)
    data: Mapped[dict[str, Any]]
    created: Mapped[datetime]


class SendingRow(Sealed, Base):
    """What was confirmed to be sent to a receiver; `sha256` is that of its body.

    `place` is a keyed digest of receiver and idempotency key. `next_attempt` is when it is sent
    next; while it is being sent, when another worker may take it from the holder of the `lease`.
    """

    __tablename__ = "sendings"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64), index=True)
    place: Mapped[str] = mapped_column(String(64), unique=True)
    receiver: Mapped[str] = mapped_column(String(64))
    product: Mapped[str] = mapped_column(String(64))
    user: Mapped[str | None] = mapped_column(String(64))
    patient: Mapped[str | None] = mapped_column(String(64), index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    data: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(20))
    attempts: Mapped[int]
    lease: Mapped[str | None] = mapped_column(String(64))
    next_attempt: Mapped[datetime | None] = mapped_column(index=True)
    created: Mapped[datetime]
    updated: Mapped[datetime] = mapped_column(index=True)


class SendingBodyRow(Sealed, Base):
    """The exact body of a sending, until its fate is known."""

    __tablename__ = "sending_bodies"

    sending: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[dict[str, Any]]


class AuditRow(Sealed, Base):
    """One event of the audit trail; it is added once, and forgotten when its time is over.

    `data` says all of it. The other columns repeat parts in clear, or as keyed digests (`user` and
    `patient`), for those who look into the database; the app believes `data` alone. `chain` is a
    MAC of the content and of the `chain` of the event before.
    """

    __tablename__ = "audit"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[datetime] = mapped_column(index=True)
    type: Mapped[str] = mapped_column("kind", String(40))
    ehr: Mapped[str] = mapped_column(String(200))
    user: Mapped[str | None] = mapped_column(String(64), index=True)
    patient: Mapped[str | None] = mapped_column(String(64), index=True)
    data: Mapped[dict[str, Any]]
    chain: Mapped[bytes | None] = mapped_column(LargeBinary)


class TrailMark(Sealed, Base):
    """A place in the audit trail: its head, and up to where each receiver has it."""

    __tablename__ = "trail_marks"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[dict[str, Any]]


def sealed_content(row: Sealed) -> dict[str, Any]:
    """Return the plain values of all columns that the seal is made of, by their names."""
    attributes = row.__mapper__.column_attrs  # type: ignore[attr-defined]
    values = {one.columns[0].name: getattr(row, one.key) for one in attributes}
    del values["seal"]
    return values


@event.listens_for(Sealed, "before_insert", propagate=True)
@event.listens_for(Sealed, "before_update", propagate=True)
def _seal(mapper: Mapper[Any], connection: Connection, row: Sealed) -> None:
    table = mapper.local_table.name  # type: ignore[attr-defined]
    row.seal = vault_of(connection.dialect).seal(table, sealed_content(row))


@event.listens_for(Sealed, "load", propagate=True)
@event.listens_for(Sealed, "refresh", propagate=True)
def _compare(row: Sealed, context: QueryContext, _names: object = None) -> None:
    """Raise Unreadable for a row that is not as the app wrote it."""
    table = row.__mapper__.local_table  # type: ignore[attr-defined]
    dialect = context.session.get_bind().dialect
    if not vault_of(dialect).is_sealed(table.name, sealed_content(row), row.seal):
        (key,) = row.__mapper__.primary_key_from_instance(row)  # type: ignore[attr-defined]
        logger.critical("changed outside of the app: %s %s", table.name, mark_of(key))
        raise Unreadable


def mark_of(key: object) -> str:
    """Return what the log calls a row; of a launch it is the mark that the trail has too."""
    return str(key) if isinstance(key, int) else digest(str(key))[:16]
