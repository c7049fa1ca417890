"""The tables of 0.1.0, which made them without Alembic; those that are there already are kept."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

revision = "0001"
down_revision = None

_MOMENT = DateTime(timezone=True)

schema = MetaData()
Table(
    "secrets",
    schema,
    Column("name", String(40), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
Table(
    "authorizations",
    schema,
    Column("state", String(64), primary_key=True),
    Column("browser", String(64), nullable=False, index=True),
    Column("ehr", String(200), nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("expires", _MOMENT, nullable=False, index=True),
)
Table(
    "launches",
    schema,
    Column("id", String(64), primary_key=True),
    Column("browser", String(64), nullable=False, index=True),
    Column("ehr", String(200), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("context", LargeBinary, nullable=False),
    Column("tokens", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False),
    Column("renewing", String(64)),
    Column("created", _MOMENT, nullable=False),
    Column("expires", _MOMENT, nullable=False, index=True),
)
Table(
    "counts",
    schema,
    Column("bucket", String(64), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("expires", _MOMENT, nullable=False, index=True),
)
Table(
    "drafts",
    schema,
    Column("id", String(64), primary_key=True),
    Column("owner", String(64), nullable=False, index=True),
    Column("place", String(64), nullable=False, unique=True),
    Column("data", LargeBinary, nullable=False),
    Column("plan", LargeBinary),
    Column("state", String(20), nullable=False),
    Column("created", _MOMENT, nullable=False),
    Column("updated", _MOMENT, nullable=False, index=True),
)
Table(
    "receipts",
    schema,
    Column("id", String(64), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("launch_id", String(64), nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("created", _MOMENT, nullable=False, index=True),
    Index("ix_receipts_owner_created", "owner", "created"),
)
Table(
    "audit",
    schema,
    Column(
        "id",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    Column("at", _MOMENT, nullable=False, index=True),
    Column("kind", String(40), nullable=False),
    Column("ehr", String(200), nullable=False),
    Column("user", String(64), index=True),
    Column("patient", String(64), index=True),
    Column("data", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)


def upgrade() -> None:
    """Make the tables that are missing: all of them in an empty database."""
    schema.create_all(op.get_bind())
