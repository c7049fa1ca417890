"""When inactivity ends a launch, and why one was ended; those that are open have no limit yet."""

from alembic import op
from sqlalchemy import Column, DateTime, String

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add both columns, empty: the next page of a launch sets its limit."""
    op.add_column("launches", Column("idle_at", DateTime(timezone=True)))
    op.add_column("launches", Column("ended", String(20)))
