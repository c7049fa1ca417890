"""The chart behind the authorization: the sandbox's own store, or another FHIR server."""

import atexit
import logging
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Request
from werkzeug.datastructures import MultiDict

from app.sandbox.access import TokenAccess
from app.sandbox.auth.state import State
from app.sandbox.config import SandboxConfig
from app.sandbox.directory import Directory
from app.sandbox.fhir.access import AccessDenied, AllowAll, Resource
from app.sandbox.fhir.load import DataError, load_bundle, read_bundle
from app.sandbox.fhir.outcome import FhirError
from app.sandbox.fhir.references import Local
from app.sandbox.fhir.search import search
from app.sandbox.fhir.store import FhirStore
from app.sandbox.fhir.views import fhir_blueprint
from app.sandbox.upstream.proxy import proxy_blueprint
from app.sandbox.upstream.server import open_server

logger = logging.getLogger(__name__)

_SHIPPED = Path(__file__).parent / "data"

PatientsOf = Callable[[Resource], set[str]]


@dataclass(frozen=True)
class Chart:
    """The chart, for the sandbox's own pages and for clients."""

    directory: Directory
    fhir: Blueprint


def make_chart(config: SandboxConfig, state: State) -> Chart:
    """Return the chart of `config`, with its data loaded; raises DataError."""
    if config.upstream:
        server = open_server(config)
        guard = _guard(state, server.patients_of)
        return Chart(Directory(server), proxy_blueprint(server, guard))
    oauth_uris = {name: config.endpoint(name) for name in ("authorize", "token", "revoke")}
    store = make_store(config)
    guard = _guard(state, store.patients_of)
    blueprint = fhir_blueprint(store, guard, oauth_uris=oauth_uris)
    return Chart(Directory(StoreReader(store)), blueprint)


def _guard(state: State, patients_of: PatientsOf) -> Callable[[Request], TokenAccess]:
    """Return what finds the access of a request, only by the bearer token in its header."""

    def access_of(request: Request) -> TokenAccess:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise AccessDenied(401, "This request needs a bearer token.", 'Bearer realm="sandbox"')
        token = state.live_access_token(key.strip())
        if token is None:
            raise AccessDenied(
                401,
                "The token is unknown, has ended or was revoked.",
                'Bearer realm="sandbox", error="invalid_token"',
            )
        return TokenAccess(token.clinical_scopes, token.grant.context.patient, patients_of)

    return access_of


class StoreReader:
    """Reads the store without the limits of a user."""

    def __init__(self, store: FhirStore) -> None:
        self._store = store

    def find(self, reference: Local) -> Resource | None:
        return self._store.find(reference)

    def search(self, resource_type: str, params: Mapping[str, str]) -> list[Resource]:
        bundle = search(self._store, AllowAll(), resource_type, MultiDict(params))
        return [entry["resource"] for entry in bundle.get("entry", [])]


def make_store(config: SandboxConfig) -> FhirStore:
    """Return a new store with the shipped data and those of `config`.

    Data with faults are stored too, and the faults logged. Raises DataError for a file without a
    Bundle, and for a database that is not a sandbox's.
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
    """Tell whether a file is the chart of an earlier run: only such a file may be replaced."""
    try:
        connection = sqlite3.connect(path)
        try:
            connection.execute("SELECT seq, type, id, body FROM versions LIMIT 1")
        finally:
            connection.close()
    except sqlite3.Error:
        return False
    return True
