"""A sandbox with two patients and three users, and a client that launches, signs in and asks."""

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from werkzeug.test import TestResponse

from app.sandbox import create_sandbox
from app.sandbox.auth.state import State
from app.sandbox.clients import Client
from app.sandbox.config import SandboxConfig

ORIGIN = "http://127.0.0.1:9000"
BASE = f"{ORIGIN}/fhir"
APP = "http://127.0.0.1:8000"
VERIFIER = "v" * 43
SNOMED = "http://snomed.info/sct"
ALL_SCOPES = (
    "launch openid fhirUser online_access patient/Patient.rs patient/Condition.rs "
    "patient/Observation.crus patient/Provenance.crs user/Practitioner.rs"
)


def resource(resource_type: str, id_: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": resource_type, "id": id_, **more}


def person(resource_type: str, id_: str, **more: Any) -> dict[str, Any]:
    given, family = id_.title().split("-")
    return resource(resource_type, id_, name=[{"family": family, "given": [given]}], **more)


def about(patient: str) -> dict[str, Any]:
    return {"subject": {"reference": f"Patient/{patient}"}}


def observation(patient: str = "ada-byron", code: str = "399504009", **more: Any) -> dict[str, Any]:
    concept = {"coding": [{"system": SNOMED, "code": code}]}
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": concept,
        **about(patient),
        **more,
    }


def chart() -> dict[str, Any]:
    visit = {
        "status": "finished",
        "class": {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
            "code": "AMB",
        },
    }
    cancer = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C50.9"}]}
    resources = [
        *(
            person("Practitioner", id_)
            for id_ in ("oncologist-owen", "nurse-nancy", "reader-rita", "visiting-vera")
        ),
        *(person("Patient", id_, birthDate="1964-02-14") for id_ in ("ada-byron", "ben-other")),
        resource("Condition", "ada-cancer", code=cancer | {"text": "Breast"}, **about("ada-byron")),
        resource("Condition", "ben-cancer", code=cancer, **about("ben-other")),
        resource(
            "Encounter", "ada-old", period={"start": "2025-01-01"}, **visit, **about("ada-byron")
        ),
        resource(
            "Encounter", "ada-new", period={"start": "2026-01-01"}, **visit, **about("ada-byron")
        ),
        resource("Encounter", "ben-visit", **visit, **about("ben-other")),
        observation(id="ada-t"),
        observation(id="ada-weight", code="27113001"),
        observation("ben-other", id="ben-t"),
    ]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in resources],
    }


@dataclass
class Keys:
    """The key pairs of an asymmetric client."""

    rsa: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "rsa"}))
    ec: ECKey = field(default_factory=lambda: ECKey.generate_key("P-384", {"kid": "ec"}))

    def public(self) -> dict[str, Any]:
        return dict(KeySet([self.rsa, self.ec]).as_dict(private=False))

    def assertion(
        self, *, key: Any = None, alg: str = "RS384", header: Any = None, **claims: Any
    ) -> str:
        """Sign an assertion that is right but for what is given; None leaves a claim out."""
        good = {
            "iss": "inline-keys",
            "sub": "inline-keys",
            "aud": f"{ORIGIN}/auth/token",
            "exp": int(time.time()) + 240,
            "jti": f"jti-{time.time_ns()}",
        }
        claims = {name: value for name, value in (good | claims).items() if value is not None}
        key = key or self.rsa
        head = {"alg": alg, "kid": key.kid, "typ": "JWT"} | (header or {})
        head = {name: value for name, value in head.items() if value is not None}
        return jwt.encode(head, claims, key, algorithms=[alg])


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys()


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> SandboxConfig:
    data: Path = tmp_path_factory.mktemp("sandbox") / "chart.json"
    data.write_text(json.dumps(chart()))
    addresses = {"redirect_uris": (f"{APP}/callback",), "launch_url": f"{APP}/launch"}
    return SandboxConfig(
        origin=ORIGIN,
        app_url=APP,
        data=(data,),
        shipped_data=False,
        clients=(Client("inline-keys", "private_key_jwt", jwks=keys.public(), **addresses),),
    )


@pytest.fixture(scope="session")
def sandbox(config: SandboxConfig) -> Flask:
    return create_sandbox(config)


@pytest.fixture
def state(sandbox: Flask) -> State:
    state: State = sandbox.extensions["sandbox"]
    return state


@pytest.fixture
def later(state: State) -> Iterator[Callable[[float], None]]:
    """Move the sandbox's clock forward by so many seconds."""

    def move(seconds: float) -> None:
        state.clock = lambda: time.time() + seconds

    yield move
    state.clock = time.time


@pytest.fixture
def http(sandbox: Flask) -> FlaskClient:
    return sandbox.test_client()


class Smart:
    """A client of the sandbox, of which every parameter can be bent."""

    def __init__(self, http: FlaskClient) -> None:
        self.http = http

    def launch(self, patient: str = "ada-byron", user: str = "oncologist-owen", **more: Any) -> str:
        answer = self.http.get("/launch", query_string={"patient": patient, "user": user, **more})
        assert answer.status_code == 303, answer.text
        return self.query(answer)["launch"]

    def parameters(self, **changes: Any) -> dict[str, Any]:
        """Return a good authorization request but for `changes`; None leaves a parameter out."""
        digest = hashlib.sha256(VERIFIER.encode()).digest()
        good = {
            "response_type": "code",
            "client_id": "oncoform",
            "redirect_uri": f"{APP}/callback",
            "scope": ALL_SCOPES,
            "state": "state-of-the-client",
            "aud": BASE,
            "nonce": "nonce-of-the-client",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def authorize(self, **changes: Any) -> TestResponse:
        if "launch" not in changes:
            changes["launch"] = self.launch()
        return self.http.get("/auth/authorize", query_string=self.parameters(**changes))

    def code(self, **changes: Any) -> str:
        answer = self.authorize(**changes)
        assert answer.status_code == 302, answer.text
        return self.query(answer)["code"]

    def exchange(self, code: str, *, headers: Any = None, **changes: Any) -> TestResponse:
        good = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": f"{APP}/callback",
            "code_verifier": VERIFIER,
            "client_id": "oncoform",
        }
        sent = {name: value for name, value in (good | changes).items() if value is not None}
        return self.http.post("/auth/token", data=sent, headers=headers)

    def token(
        self, user: str = "oncologist-owen", patient: str = "ada-byron", **changes: Any
    ) -> Any:
        launch = self.launch(patient, user)
        answer = self.exchange(self.code(launch=launch, **changes))
        assert answer.status_code == 200, answer.text
        return answer.json

    def refresh(self, refresh_token: str, **changes: Any) -> TestResponse:
        good = {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "client_id": "oncoform",
        }
        return self.http.post("/auth/token", data=good | changes)

    def fhir(self, token: str, path: str, method: str = "GET", body: Any = None) -> TestResponse:
        headers = {"Authorization": f"Bearer {token}"}
        content = {} if body is None else {"json": body}
        return self.http.open(f"/fhir/{path}", method=method, headers=headers, **content)

    @staticmethod
    def query(answer: TestResponse) -> dict[str, str]:
        found = parse_qs(urlsplit(answer.headers["Location"]).query, strict_parsing=True)
        assert all(len(values) == 1 for values in found.values())
        return {name: values[0] for name, values in found.items()}


@pytest.fixture
def smart(http: FlaskClient) -> Smart:
    return Smart(http)
