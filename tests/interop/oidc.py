"""An EHR whose authorization server is oidc-provider, and the app registered there by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import requests
from flask import Flask

from tests.client_types import ClientType
from tests.live import HOST, app_at, free_server, launch_entry


@dataclass(frozen=True)
class OidcEhr:
    """The EHR with this FHIR base; `op` is its authorization server's issuer."""

    fhir: str

    @property
    def origin(self) -> str:
        return self.fhir.partition("/fhir")[0]

    @property
    def op(self) -> str:
        return f"{self.origin.replace(HOST, 'localhost')}/op"

    def register(self, own: str, client: ClientType, **more: object) -> dict[str, str]:
        """Register the app at `own` as RFC 7591 has it; gives the answer."""
        asked = {
            "client_name": "Oncoform",
            "redirect_uris": [f"{own}/callback"],
            "launch_uris": [f"{own}/launch"],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": client.method,
            **more,
        }
        if client.algorithm:
            asked["token_endpoint_auth_signing_alg"] = client.algorithm
            if "jwks" not in more:
                asked["jwks_uri"] = f"{own}/.well-known/jwks.json"
        answer = requests.post(f"{self.op}/reg", json=asked, timeout=30)
        assert answer.status_code == 201, answer.text
        return answer.json()


@dataclass(frozen=True)
class Registered:
    """The app as one client of the EHR; what scripted people need to know (see tests/live.py)."""

    ehr: OidcEhr
    app: str
    flask: Flask
    client_id: str

    @property
    def fhir(self) -> str:
        return self.ehr.fhir

    def launch_address(self, patient: str, user: str, **more: str | list[str]) -> str:
        who = {"client": self.client_id, "patient": patient, "user": f"Practitioner/{user}"}
        return f"{self.ehr.origin}/launch?{urlencode({**who, **more}, doseq=True)}"


@contextmanager
def registered(
    ehr: OidcEhr,
    folder: Path,
    client: ClientType,
    *,
    signed: str = "RS256",
    impostor: bool = False,
    awkward: bool = False,
    **entry: object,
) -> Iterator[Registered]:
    """Serve the app, registered as `client`, until the block ends.

    The EHR signs its statements of identity by `signed`. An `impostor` knows the registration, but
    neither its secret nor its private key; an `awkward` secret has characters that servers read
    differently. `entry` replaces parts of launch.json.
    """
    with free_server() as (port, serve):
        own = f"http://{HOST}:{port}"
        more = {"jwks": client.other_keys()} if impostor and client.algorithm else {}
        known = ehr.register(
            own, client, id_token_signed_response_alg=signed, awkward=awkward, **more
        )
        secret = "guessed" if impostor else known.get("client_secret")
        written = {
            **launch_entry(ehr.origin, own),
            "issuer": ehr.fhir,
            **client.entry(known["client_id"]),
            **entry,
        }
        with client.environment(secret), app_at(own, folder, written) as app:
            serve(app)
            yield Registered(ehr, own, app, known["client_id"])
