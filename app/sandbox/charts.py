"""Which chart is behind the authorization: the sandbox's own store, or another FHIR server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Request

from app.sandbox import local, upstream
from app.sandbox.access import TokenAccess
from app.sandbox.auth.state import State
from app.sandbox.config import SandboxConfig
from app.sandbox.directory import Directory
from app.sandbox.fhir.access import AccessDenied, Resource
from app.sandbox.fhir.views import fhir_blueprint

PatientsOf = Callable[[Resource], set[str]]


@dataclass(frozen=True)
class Chart:
    """The chart as the pages read it, and as clients reach it."""

    directory: Directory
    fhir: Blueprint


def open_chart(config: SandboxConfig, state: State) -> Chart:
    """Return the chart that `config` asks for, loaded. Raises DataError if it cannot be."""
    if config.upstream:
        server = upstream.open_server(config)
        guard = _Guard(state, server.patients_of)
        return Chart(Directory(server), upstream.proxy_blueprint(server, guard))
    oauth_uris = {name: config.endpoint(name) for name in ("authorize", "token", "revoke")}
    store = local.open_store(config)
    guard = _Guard(state, store.patients_of)
    blueprint = fhir_blueprint(store, guard, oauth_uris=oauth_uris)
    return Chart(Directory(local.StoreReader(store)), blueprint)


class _Guard:
    """Finds out what the sender of a request may do: by the bearer token in its header, only."""

    def __init__(self, state: State, patients_of: PatientsOf) -> None:
        self._state = state
        self._patients_of = patients_of

    def __call__(self, request: Request) -> TokenAccess:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise AccessDenied(401, "This request needs a bearer token.", 'Bearer realm="sandbox"')
        token = self._state.live_access_token(key.strip())
        if token is None:
            raise AccessDenied(
                401,
                "The token is unknown, has ended or was revoked.",
                'Bearer realm="sandbox", error="invalid_token"',
            )
        return TokenAccess(token.clinical_scopes, token.grant.context.patient, self._patients_of)
