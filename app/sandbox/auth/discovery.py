"""The discovery documents: endpoints and capabilities of the server."""

import json
from pathlib import Path
from typing import Any

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from joserfc.jwk import KeySet

from app.sandbox.auth.assertion import ALGORITHMS
from app.sandbox.auth.identity import ALGORITHM
from app.sandbox.auth.server import SmartAuthorizationServer
from app.sandbox.config import SandboxConfig

_OFFERED = json.loads(Path(__file__).with_name("discovery.json").read_text(encoding="utf-8"))


def discovery(server: SmartAuthorizationServer) -> Blueprint:
    """Return the blueprint of the discovery documents."""
    blueprint = Blueprint("discovery", __name__)
    document = _document(server.config)
    smart = document | {"capabilities": _capabilities(server.config)}
    openid = document | {
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "fhirUser"],
    }

    @blueprint.get("/fhir/.well-known/smart-configuration")
    def smart_configuration() -> ResponseReturnValue:
        return jsonify(smart)

    @blueprint.get("/.well-known/openid-configuration")
    def openid_configuration() -> ResponseReturnValue:
        return jsonify(openid)

    @blueprint.get("/auth/jwks.json")
    def keys() -> ResponseReturnValue:
        answer = jsonify(KeySet([server.key]).as_dict(private=False))
        answer.headers["Cache-Control"] = "public, max-age=60"
        return answer

    return blueprint


def _capabilities(config: SandboxConfig) -> list[str]:
    return [
        capability
        for capability in _OFFERED["capabilities"]
        if config.picks_patient or not capability.startswith("context-standalone-")
    ]


def _document(config: SandboxConfig) -> dict[str, Any]:
    constant = {name: value for name, value in _OFFERED.items() if name != "capabilities"}
    return constant | {
        "issuer": config.issuer,
        "jwks_uri": config.endpoint("jwks.json"),
        "authorization_endpoint": config.endpoint("authorize"),
        "token_endpoint": config.endpoint("token"),
        "registration_endpoint": config.endpoint("register"),
        "revocation_endpoint": config.endpoint("revoke"),
        "introspection_endpoint": config.endpoint("introspect"),
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
    }
