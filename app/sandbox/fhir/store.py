"""The store in SQLite: every version of each resource, and an index of the current ones."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from weakref import WeakSet

from app.sandbox.fhir import index
from app.sandbox.fhir.access import Resource
from app.sandbox.fhir.compartment import patient_of
from app.sandbox.fhir.dates import stamp
from app.sandbox.fhir.json_text import dumps, loads
from app.sandbox.fhir.references import Local

_SCHEMA = (Path(__file__).parent / "schema.sql").read_text()
_COLUMNS = "seq, type, id, version, method, updated, body"


@dataclass(frozen=True)
class Version:
    """One version of a resource; `resource` is None if the version is a deletion."""

    seq: int
    type: str
    id: str
    number: int
    method: str
    updated: str
    resource: Resource | None

    @property
    def etag(self) -> str:
        return f'W/"{self.number}"'

    @property
    def path(self) -> str:
        return f"{self.type}/{self.id}/_history/{self.number}"


class FhirStore:
    """The resources of one FHIR server whose address is `base`, in the SQLite file `path`.

    It may be used from several threads, each of which gets a connection. What is done inside
    `with store.transaction():` is done as a whole or not at all.
    """

    def __init__(
        self,
        path: str | Path,
        base: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.base = base.rstrip("/")
        self._path = str(path)
        self._clock = clock
        self._local = threading.local()
        self._held: WeakSet[_Held] = WeakSet()
        self._connection().executescript(_SCHEMA)

    def close(self) -> None:
        """Close the connections of all threads."""
        for held in list(self._held):
            held.connection.close()
        self._local = threading.local()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the block in one database transaction; an exception rolls it back.

        A block within a block is part of the outer one.
        """
        connection = self._connection()
        if connection.in_transaction:
            yield
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def latest(self, resource_type: str, id_: str) -> Version | None:
        """Return the current version, which may be a deletion; None if there never was one."""
        return self._one("type = ? AND id = ? AND latest", resource_type, id_)

    def version(self, reference: Local) -> Version | None:
        """Return the version that a reference names, or the current one; None if there is none."""
        if not reference.version:
            return self.latest(reference.type, reference.id)
        return self._one("type = ? AND id = ? AND CAST(version AS TEXT) = ?", *reference)

    def find(self, reference: Local) -> Resource | None:
        """Return the resource of a reference; None if there is none, or it is deleted."""
        version = self.version(reference)
        return version.resource if version else None

    def patients_of(self, resource: Resource) -> set[str]:
        """Return the ids of the patients that `resource` is about; a Provenance by its targets."""
        return patient_of(resource, base=self.base, find=self.find)

    def put(self, resource_type: str, id_: str, resource: Resource, method: str) -> Version:
        """Store `resource` as sent, with its id and its meta, as a new version."""
        return self._add(resource_type, id_, method, resource)

    def delete(self, resource_type: str, id_: str) -> Version:
        return self._add(resource_type, id_, "DELETE", None)

    def versions(self, where: str, args: Sequence[Any]) -> list[Version]:
        """Return versions by an SQL condition over the table `versions`, newest first."""
        sql = f"SELECT {_COLUMNS} FROM versions WHERE {where} ORDER BY seq DESC"  # noqa: S608 - from constants
        return [_version(row) for row in self.rows(sql, args)]

    def rows(self, sql: str, args: Sequence[Any] = ()) -> list[Any]:
        """Run one SQL statement and return all its rows."""
        return self._connection().execute(sql, args).fetchall()

    def now(self) -> str:
        return stamp(self._clock())

    def _add(self, resource_type: str, id_: str, method: str, resource: Resource | None) -> Version:
        with self.transaction():
            before = self.latest(resource_type, id_)
            number = before.number + 1 if before else 1
            updated = self.now()
            if resource is not None:
                resource = _with_meta(resource, id_, number, updated)
            key = (resource_type, id_)
            self.rows("UPDATE versions SET latest = 0 WHERE type = ? AND id = ? AND latest", key)
            self.rows("DELETE FROM terms WHERE type = ? AND id = ?", key)
            body = None if resource is None else dumps(resource)
            ((seq,),) = self.rows(
                "INSERT INTO versions (type, id, version, method, updated, latest, body)"
                " VALUES (?, ?, ?, ?, ?, 1, ?) RETURNING seq",
                (*key, number, method, updated, body),
            )
            if resource is not None:
                self._connection().executemany(
                    "INSERT INTO terms VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [(*key, *term) for term in index.terms(resource, self.base)],
                )
        return Version(seq, resource_type, id_, number, method, updated, resource)

    def _one(self, where: str, *args: Any) -> Version | None:
        found = self.versions(where, args)
        return found[0] if found else None

    def _connection(self) -> sqlite3.Connection:
        held: _Held | None = getattr(self._local, "held", None)
        if held is None:
            # Only close() crosses threads.
            connection = sqlite3.connect(
                self._path, timeout=15, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            held = self._local.held = _Held(connection)
            self._held.add(held)
        return held.connection


class _Held:
    """The connection of a thread, which is closed when the thread ends."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __del__(self) -> None:
        self.connection.close()


def _version(row: Any) -> Version:
    seq, resource_type, id_, number, method, updated, body = row
    resource = None if body is None else loads(body)
    return Version(seq, resource_type, id_, number, method, updated, resource)


def _with_meta(resource: Resource, id_: str, number: int, updated: str) -> Resource:
    meta = {**resource.get("meta", {}), "versionId": str(number), "lastUpdated": updated}
    rest = {name: v for name, v in resource.items() if name not in ("resourceType", "id", "meta")}
    return {"resourceType": resource["resourceType"], "id": id_, "meta": meta, **rest}
