"""The sandbox's own chart: the FHIR store, what is loaded into it, and how the pages read it."""

from __future__ import annotations

import atexit
import logging
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping
from pathlib import Path

from werkzeug.datastructures import MultiDict

from app.sandbox.bundles import DataError, read_bundle
from app.sandbox.config import SandboxConfig
from app.sandbox.fhir.access import AllowAll, Resource
from app.sandbox.fhir.load import load_bundle
from app.sandbox.fhir.outcome import FhirError
from app.sandbox.fhir.references import Local
from app.sandbox.fhir.search import search
from app.sandbox.fhir.store import FhirStore

logger = logging.getLogger(__name__)

_SHIPPED = Path(__file__).parent / "data"


class StoreReader:
    """Reads the store with no user's limits."""

    def __init__(self, store: FhirStore) -> None:
        self._store = store

    def read(self, resource_type: str, id_: str) -> Resource | None:
        return self._store.find(Local(resource_type, id_))

    def search(self, resource_type: str, params: Mapping[str, str]) -> list[Resource]:
        bundle = search(self._store, AllowAll(), resource_type, MultiDict(params))
        return [entry["resource"] for entry in bundle.get("entry", [])]


def open_store(config: SandboxConfig) -> FhirStore:
    """Return a new store that holds the shipped data and those of `config`.

    What is not quite right in the data is stored all the same, and logged. Raises DataError for a
    file that holds no Bundle, and for a database that is not the sandbox's to replace.
    """
    store = FhirStore(_fresh(config.database), config.fhir_base)
    # Practitioners go first: the others refer to them.
    shipped = sorted(_SHIPPED.glob("*.json"), key=lambda path: path.stem != "practitioners")
    for path in (*(shipped if config.shipped_data else ()), *config.data):
        try:
            warnings = load_bundle(store, read_bundle(path))
        except FhirError as error:
            raise DataError(f"{path}: {error}") from error
        for warning in warnings:
            logger.warning("%s: %s", path, warning)
    return store


def _fresh(path: Path | None) -> Path:
    if path is None:
        folder = tempfile.mkdtemp(prefix="sandbox-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return Path(folder) / "chart.sqlite"
    if path.exists() and path.stat().st_size and not _is_chart(path):
        raise DataError(f"{path} is not a sandbox's database, and is left as it is.")
    path.parent.mkdir(parents=True, exist_ok=True)
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
    return path


def _is_chart(path: Path) -> bool:
    """Say whether a file is a chart that an earlier run left: only such a file may be replaced."""
    try:
        connection = sqlite3.connect(path)
        try:
            connection.execute("SELECT seq, type, id, body FROM versions LIMIT 1")
        finally:
            connection.close()
    except sqlite3.Error:
        return False
    return True
