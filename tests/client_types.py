"""The app as each type of client that SMART App Launch knows, and one visit that shows it works."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import pytest
import requests
from joserfc.jwk import ECKey, RSAKey

from tests.flow.answers import PATHOLOGIC
from tests.live import Clinician

_SECRET, _KEY = "TEST_CLIENT_SECRET", "TEST_CLIENT_KEY"


@dataclass(frozen=True)
class ClientType:
    """`auth` is what launch.json calls it, `method` what RFC 7591 does.

    `sandbox` is its client id at the sandbox.
    """

    auth: str
    method: str
    sandbox: str
    algorithm: str | None = None

    def entry(self, client_id: str) -> dict[str, str]:
        """Return what launch.json says of the app as such a client."""
        return {
            "client_id": client_id,
            "client_auth": self.auth,
            "client_secret_env": _SECRET,
            "private_key_env": _KEY,
        }

    @contextmanager
    def environment(self, secret: str | None) -> Iterator[None]:
        """Let the environment hold what the client proves itself by."""
        with pytest.MonkeyPatch.context() as patch:
            if secret:
                patch.setenv(_SECRET, secret)
            if self.algorithm:
                patch.setenv(_KEY, _private_key(self.algorithm))
            yield

    def other_keys(self) -> dict[str, list[dict[str, str]]]:
        """Return a set with a public key of the client's kind that is not the client's."""
        return {"keys": [_new_key(self.algorithm).as_dict(private=False)]}


TYPES = {
    "public": ClientType("public", "none", "oncoform"),
    "symmetric": ClientType("symmetric", "client_secret_basic", "oncoform-symmetric"),
    "RS384": ClientType("asymmetric", "private_key_jwt", "oncoform-asymmetric", "RS384"),
    "ES384": ClientType("asymmetric", "private_key_jwt", "oncoform-asymmetric", "ES384"),
}


@cache
def _private_key(algorithm: str) -> str:
    return json.dumps(_new_key(algorithm).as_dict(private=True))


def _new_key(algorithm: str) -> RSAKey | ECKey:
    return RSAKey.generate_key(2048) if algorithm == "RS384" else ECKey.generate_key("P-384")


def visit(site, patient: str, user: str, **launch: str) -> list[str]:
    """Launch, read, save a stage, outlive the access token, sign out; gives what was written.

    `site` is where both servers are (see tests/live.py); its access tokens last a few seconds.
    """
    clinician = Clinician(site).launch(patient, user, **launch)
    assert clinician.page.status_code == 200, clinician.text
    assert clinician.page.url == clinician.home
    clinician.open("forms/tnm-stage/new").send(**PATHOLOGIC)
    assert "Review before saving" in clinician.text, clinician.text
    written = clinician.send("save").written()

    home = clinician.home
    first = _tokens(site, home)
    # The app counts from the whole second in which it asked, the EHR from when it answered.
    time.sleep(max(0, first.tokens["expires_at"] - time.time()) + 1.5)
    assert _reads(site, patient, first) == 401
    clinician.open("")
    assert "IIB pT2 pN1a cM0" in clinician.text, clinician.text
    second = _tokens(site, home)
    assert second.version > first.version
    assert second.tokens["refresh_token"] not in {None, first.tokens["refresh_token"]}
    assert _reads(site, patient, second) == 200

    gone = clinician.http.post(f"{home}sign-out", headers={"Origin": site.app}, timeout=30)
    assert (gone.status_code, gone.url) == (200, f"{site.app}/signed-out")
    assert clinician.http.get(home, timeout=30).status_code == 404
    assert _reads(site, patient, second) == 401
    return written


def _tokens(site, home: str):
    launch_id = home.rstrip("/").rpartition("/")[2]
    return site.flask.extensions["store"].launches.tokens(launch_id)


def _reads(site, patient: str, row) -> int:
    """Return the status by which the EHR answers a request with these tokens."""
    headers = {"Authorization": f"Bearer {row.tokens['access_token']}"}
    answer = requests.get(f"{site.fhir}/Patient/{patient}", headers=headers, timeout=30)
    return answer.status_code
