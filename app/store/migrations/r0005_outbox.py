"""What was confirmed to be sent to receivers, and the bodies of what is not sent yet."""

from alembic import op
from sqlalchemy import Column, DateTime, Integer, LargeBinary, String

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add both tables, empty."""
    op.create_table(
        "sendings",
        Column("id", String(64), primary_key=True),
        Column("owner", String(64), nullable=False, index=True),
        Column("place", String(64), nullable=False, unique=True),
        Column("receiver", String(64), nullable=False),
        Column("product", String(64), nullable=False),
        Column("user", String(64)),
        Column("patient", String(64), index=True),
        Column("sha256", String(64), nullable=False),
        Column("data", LargeBinary, nullable=False),
        Column("state", String(20), nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("lease", String(64)),
        Column("next_attempt", DateTime(timezone=True), index=True),
        Column("created", DateTime(timezone=True), nullable=False),
        Column("updated", DateTime(timezone=True), nullable=False, index=True),
        Column("seal", LargeBinary),
    )
    op.create_table(
        "sending_bodies",
        Column("sending", String(64), primary_key=True),
        Column("body", LargeBinary, nullable=False),
        Column("seal", LargeBinary),
    )
