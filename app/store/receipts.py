"""Receipts: what was stored in the chart, as the page said it."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.store.database import Database, now
from app.store.models import ReceiptRow


@dataclass(frozen=True)
class Receipt:
    """`data` is what the page of the receipt prints."""

    id: str
    data: dict[str, Any]
    created: datetime


class Receipts:
    """Each belongs to the owner of the draft that was saved."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, owner: str, launch_id: str, data: dict[str, Any]) -> Receipt:
        """Keep a receipt."""
        row = ReceiptRow(
            id=secrets.token_urlsafe(16),
            owner=owner,
            launch_id=launch_id,
            data=data,
            created=now(),
        )
        with self._database.writing() as session:
            session.add(row)
        return _receipt(row)

    def get(self, owner: str, receipt_id: str) -> Receipt | None:
        """Return the receipt if it is this owner's."""
        with self._database.reading() as session:
            row = session.scalar(
                select(ReceiptRow).where(ReceiptRow.owner == owner, ReceiptRow.id == receipt_id)
            )
        return _receipt(row) if row else None

    def list(self, owner: str) -> list[Receipt]:
        """Return all receipts of `owner`, newest first."""
        with self._database.reading() as session:
            rows = session.scalars(
                select(ReceiptRow)
                .where(ReceiptRow.owner == owner)
                .order_by(ReceiptRow.created.desc(), ReceiptRow.id)
            )
            return [_receipt(row) for row in rows]


def _receipt(row: ReceiptRow) -> Receipt:
    return Receipt(id=row.id, data=row.data, created=row.created)
