"""What people said of which diagnoses are one cancer."""

from alembic import op
from sqlalchemy import Column, DateTime, LargeBinary, String

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the table, empty."""
    op.create_table(
        "decisions",
        Column("id", String(64), primary_key=True),
        Column("chart", String(64), nullable=False, index=True),
        Column("data", LargeBinary, nullable=False),
        Column("created", DateTime(timezone=True), nullable=False),
        Column("seal", LargeBinary),
    )
