"""Every row is sealed and encrypted by derived keys, and the audit trail is a chain.

What stands in the database at this moment is taken for what the app wrote, as far as it opens. A
row that does not open, and an event whose clear columns do not repeat what it says, gets no seal:
it opens never again, and is listed as changed.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from alembic import op
from sqlalchemy import Column, Connection, DateTime, LargeBinary, MetaData, String, Table, select
from sqlalchemy.engine import RowMapping

from app.config import ConfigError
from app.store.migrations.r0001_tables_of_0_1_0 import schema as tables_before
from app.store.models import UtcTime
from app.store.vault import Unreadable, Vault, link_of, vault_of

revision = "0002"
down_revision = "0001"

_BATCH = 500
_SEALED = ("secrets", "authorizations", "launches", "drafts", "receipts", "audit")


def upgrade() -> None:
    """Add the seals and the chain, and seal what there is; raises ConfigError without its key."""
    for name in _SEALED:
        op.add_column(name, Column("seal", LargeBinary))
    op.add_column("audit", Column("chain", LargeBinary))
    marks = op.create_table(
        "trail_marks",
        Column("name", String(40), primary_key=True),
        Column("value", LargeBinary, nullable=False),
        Column("seal", LargeBinary),
    )
    connection = op.get_bind()
    vault = vault_of(connection.dialect)
    owner_key = _owner_key(connection, vault)
    for name in _SEALED[:-1]:
        table = _table(name)
        for row in _rows(connection, table):
            opened = _opened(vault, table, row)
            if opened is not None:
                _write(connection, vault, table, opened)
    _add(connection, vault, marks, name="head", value=_chained(connection, vault, owner_key))


def _owner_key(connection: Connection, vault: Vault) -> bytes:
    """Return the secret behind drafts and persons; a database that has none gets one."""
    table = _table("secrets")
    found = connection.execute(select(table).where(table.c.name == "owner")).mappings().first()
    if found is None:
        value = {"key": secrets.token_hex(32)}
        _add(connection, vault, table, name="owner", value=value)
        return bytes.fromhex(value["key"])
    try:
        return bytes.fromhex(vault.decrypt_earlier(found["value"])["key"])
    except Unreadable:
        raise ConfigError(
            "None of ONCOFORM_SECRET_KEYS opens the database of ONCOFORM_DATABASE_URL. "
            "Add the key it was written with."
        ) from None


def _chained(connection: Connection, vault: Vault, owner_key: bytes) -> dict[str, Any]:
    """Seal the events and link each to the one before; return the head of the chain."""
    table = _table("audit")
    key, link, number, first = secrets.token_hex(32), b"", 0, 1
    for row in _rows(connection, table):
        first = first if number else row["id"]
        opened = _opened(vault, table, row)
        if opened is not None and not _agrees(opened, owner_key):
            opened = None
        number, link = row["id"], link_of(key, link, opened and opened["data"])
        if opened is not None:
            _write(connection, vault, table, {**opened, "chain": link})
        else:
            connection.execute(table.update().where(table.c.id == number).values(chain=link))
    purged = {"number": first - 1, "link": ""}
    return {"key": key, "number": number, "link": link.hex(), "purged": purged}


def _agrees(event: Mapping[str, Any], owner_key: bytes) -> bool:
    """Tell whether the clear columns of an event repeat what it says."""
    data = event["data"]
    said = {name: data.get(name) for name in ("id", "kind", "ehr", "user", "patient", "at")}
    for role in ("user", "patient"):
        if said[role] is not None:
            parts = json.dumps([f"audit-{role}", said[role]]).encode()
            said[role] = hmac.new(owner_key, parts, hashlib.sha256).hexdigest()
    return said == {**{name: event[name] for name in said}, "at": event["at"].isoformat()}


def _table(name: str) -> Table:
    table = tables_before.tables[name].to_metadata(MetaData())
    table.append_column(Column("seal", LargeBinary))
    if name == "audit":
        table.append_column(Column("chain", LargeBinary))
    return table


def _rows(connection: Connection, table: Table) -> Iterator[RowMapping]:
    """Yield the rows that have no seal, some at a time, by their primary keys."""
    (key,) = table.primary_key.columns
    some, last = select(table).where(table.c.seal.is_(None)).order_by(key).limit(_BATCH), None
    while rows := (
        connection.execute(some if last is None else some.where(key > last)).mappings().all()
    ):
        yield from rows
        last = rows[-1][key.name]


def _opened(vault: Vault, table: Table, row: RowMapping) -> dict[str, Any] | None:
    """Return the plain values of a row, or None where one of them does not open."""
    values: dict[str, Any] = {}
    try:
        for column in tables_before.tables[table.name].columns:
            value = row[column.name]
            if isinstance(column.type, LargeBinary) and value is not None:
                value = vault.decrypt_earlier(value)
            elif isinstance(column.type, DateTime):
                value = UtcTime().process_result_value(value, op.get_bind().dialect)
            values[column.name] = value
    except Unreadable:
        return None
    return values


def _write(connection: Connection, vault: Vault, table: Table, row: dict[str, Any]) -> None:
    (key,) = table.primary_key.columns
    changed = _encrypted(vault, table, row)
    if "chain" in row:
        changed["chain"] = row["chain"]
    connection.execute(table.update().where(key == row[key.name]).values(changed))


def _add(connection: Connection, vault: Vault, table: Table, **row: Any) -> None:
    connection.execute(table.insert().values({**row, **_encrypted(vault, table, row)}))


def _encrypted(vault: Vault, table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a row that are encrypted, with its seal."""
    hidden = {
        column.name: vault.encrypt(row[column.name])
        for column in table.columns
        if isinstance(column.type, LargeBinary)
        and column.name not in {"seal", "chain"}
        and row[column.name] is not None
    }
    return {**hidden, "seal": vault.seal(table.name, row)}
