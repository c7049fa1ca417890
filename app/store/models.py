"""The tables. What names a person, a patient or a token stands in encrypted columns only."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, DateTime, Index, Integer, String
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from app.store.vault import EncryptedJSON


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite alone would give it back without its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

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


class KeptSecret(Base):
    """A random secret of this installation that outlives the rotation of the keys."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[dict[str, Any]]


class AuthorizationRow(Base):
    """An authorization that was asked for and not answered yet."""

    __tablename__ = "authorizations"

    state: Mapped[str] = mapped_column(String(64), primary_key=True)
    browser: Mapped[str] = mapped_column(String(64), index=True)
    ehr: Mapped[str] = mapped_column(String(200))
    data: Mapped[dict[str, Any]]
    expires: Mapped[datetime] = mapped_column(index=True)


class LaunchRow(Base):
    """A launch; `renewing` names the thread that is spending the refresh token."""

    __tablename__ = "launches"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    browser: Mapped[str] = mapped_column(String(64), index=True)
    ehr: Mapped[str] = mapped_column(String(200))
    owner: Mapped[str] = mapped_column(String(64))
    context: Mapped[dict[str, Any]]
    tokens: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    renewing: Mapped[str | None] = mapped_column(String(64))
    created: Mapped[datetime]
    expires: Mapped[datetime] = mapped_column(index=True)


class CountRow(Base):
    """A count of one window; `bucket` is a keyed digest of act, client and window."""

    __tablename__ = "counts"

    bucket: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int]
    expires: Mapped[datetime] = mapped_column(index=True)


class DraftRow(Base):
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


class ReceiptRow(Base):
    """What was stored in the chart, as the page said it."""

    __tablename__ = "receipts"
    __table_args__ = (Index("ix_receipts_owner_created", "owner", "created"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    launch_id: Mapped[str] = mapped_column(String(64))
    data: Mapped[dict[str, Any]]
    created: Mapped[datetime] = mapped_column(index=True)


class AuditRow(Base):
    """One event of the audit trail; it is added once, and forgotten when its time is over.

    `user` and `patient` are keyed digests, by which rows are found without decrypting them all.
    """

    __tablename__ = "audit"
    # The number of a row that was taken away is never given to another: gaps stay gaps.
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
