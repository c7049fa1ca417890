"""The settings of a sandbox."""

from dataclasses import dataclass
from pathlib import Path

from app.sandbox.clients import Client

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class SandboxConfig:
    """The addresses, the data and the time limits of one sandbox EHR.

    `origin` is its own address and the OpenID issuer; `app_url` that of the app that it launches.
    `data` are Bundles to load with the shipped ones; with `upstream`, the base of another FHIR
    server, nothing that is shipped is loaded, and `data` goes there. `database` is rebuilt at each
    start; without a path it is a temporary file. `clients` are registered besides the app's own;
    others register themselves, with `registration_token` if there is one. Without `picks_patient`
    it does not offer to let a patient be chosen: an app looks one up.
    """

    origin: str = "http://127.0.0.1:9000"
    app_url: str = "http://127.0.0.1:8000"
    data: tuple[Path, ...] = ()
    shipped_data: bool = True
    upstream: str | None = None
    database: Path | None = None
    access_token_seconds: int = 3600
    clients: tuple[Client, ...] = ()
    picks_patient: bool = True
    registration_token: str | None = None

    @property
    def issuer(self) -> str:
        return self.origin

    @property
    def fhir_base(self) -> str:
        return f"{self.origin}/fhir"

    def endpoint(self, name: str) -> str:
        """Return the address of an endpoint of the authorization server."""
        return f"{self.origin}/auth/{name}"
