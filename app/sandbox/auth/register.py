"""Dynamic client registration (RFC 7591).

Strict, since whoever can reach the sandbox can register: only apps on this machine, or of the
origin of the app that the sandbox launches, and no more than a hundred of them.
"""

import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6750 import InvalidTokenError
from authlib.oauth2.rfc7591 import (
    InvalidClientMetadataError,
    InvalidRedirectURIError,
    UnapprovedSoftwareStatementError,
)
from flask import Blueprint, Response, jsonify, request
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from app.sandbox.auth.server import SmartAuthorizationServer
from app.sandbox.clients import Client
from app.sandbox.config import SandboxConfig

_LARGEST = 20_000
_LONGEST_TEXT = 4000
_MOST_ADDRESSES = 10
_METHODS = ("none", "client_secret_basic", "private_key_jwt")
_GRANTS = frozenset({"authorization_code", "refresh_token"})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_TEXTS = ("client_name", "client_uri", "logo_uri", "policy_uri", "tos_uri", "scope")
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})


def register_endpoint(server: SmartAuthorizationServer) -> Blueprint:
    """Return the blueprint of the registration endpoint."""
    blueprint = Blueprint("register", __name__, url_prefix="/auth")
    config = server.config

    @blueprint.post("/register")
    def register() -> tuple[Response, int]:
        _require_token(config)
        requested = _Requested(_metadata(), config)
        client = requested.client()
        if not server.clients.add(client):
            raise OAuth2Error(
                "Too many apps are registered.", status_code=503, error="temporarily_unavailable"
            )
        issued = {
            "client_id": client.client_id,
            "client_id_issued_at": int(server.state.now()),
        }
        secret = {"client_secret": client.secret, "client_secret_expires_at": 0}
        return jsonify(issued | (secret if client.secret else {}) | requested.registered()), 201

    blueprint.register_error_handler(OAuth2Error, server.refuse)
    return blueprint


def _require_token(config: SandboxConfig) -> None:
    if config.registration_token is None:
        return
    kind, _, sent = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not hmac.compare_digest(
        sent.encode(errors="replace"), config.registration_token.encode()
    ):
        raise InvalidTokenError("Registering takes an initial access token.")


def _metadata() -> dict[str, Any]:
    if request.mimetype != "application/json":
        raise InvalidClientMetadataError("The body must be application/json.")
    if (request.content_length or _LARGEST + 1) > _LARGEST:
        raise InvalidClientMetadataError("The body is too large.")
    try:
        content = json.loads(request.get_data())
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise InvalidClientMetadataError("The body must be a JSON object.")
    if "software_statement" in content:
        raise UnapprovedSoftwareStatementError("The sandbox trusts no such statement.")
    return content


@dataclass(frozen=True)
class _Requested:
    """The client metadata of a registration request."""

    metadata: dict[str, Any]
    config: SandboxConfig

    def client(self) -> Client:
        """Return the new client; raises OAuth2Error."""
        method = self._method()
        redirect_uris = self._addresses("redirect_uris", InvalidRedirectURIError)
        if not redirect_uris:
            raise InvalidRedirectURIError("redirect_uris must name one or more addresses.")
        launch_urls = self._addresses("launch_uris") or self._one_address("initiate_login_uri")
        self._check_rest()
        return Client(
            client_id=secrets.token_urlsafe(16),
            auth_method=method,
            redirect_uris=redirect_uris,
            launch_url=launch_urls[0] if launch_urls else None,
            secret=secrets.token_urlsafe(32) if method == "client_secret_basic" else None,
            **(self._keys() if method == "private_key_jwt" else {}),
        )

    def registered(self) -> dict[str, Any]:
        """Return the registered metadata, with defaults filled in."""
        known = (
            *_TEXTS,
            "contacts",
            "redirect_uris",
            "launch_uris",
            "initiate_login_uri",
            "jwks",
            "jwks_uri",
        )
        return {
            **{name: self.metadata[name] for name in known if name in self.metadata},
            "token_endpoint_auth_method": self._method(),
            "grant_types": self.metadata.get("grant_types", ["authorization_code"]),
            "response_types": self.metadata.get("response_types", ["code"]),
        }

    def _method(self) -> Any:
        method = self.metadata.get("token_endpoint_auth_method", "client_secret_basic")
        if method not in _METHODS:
            raise _unknown("token_endpoint_auth_method", ", ".join(_METHODS))
        return method

    def _addresses(
        self, name: str, refusal: type[OAuth2Error] = InvalidClientMetadataError
    ) -> tuple[str, ...]:
        given = self.metadata.get(name, [])
        if not isinstance(given, list) or len(given) > _MOST_ADDRESSES:
            raise refusal(f"{name} must be a list of ten addresses at most.")
        for address in given:
            if not self._allows(address):
                raise refusal(
                    f"{name} must be on this machine or of {self.config.app_url}, exactly."
                )
        return tuple(given)

    def _one_address(self, name: str) -> tuple[str, ...]:
        given = self.metadata.get(name)
        if given is None:
            return ()
        if not self._allows(given):
            raise _unknown(name, f"an address on this machine or of {self.config.app_url}")
        return (given,)

    def _allows(self, address: Any) -> bool:
        """Tell whether an address is unambiguously one of this machine or of the app."""
        if not isinstance(address, str) or len(address) > _LONGEST_TEXT:
            return False
        if not address.isascii() or any(c <= " " or c in '*\\"<>^`{|}\x7f#' for c in address):
            return False
        try:
            parts = urlsplit(address)
            host, _ = parts.hostname, parts.port
        except ValueError:
            return False
        if parts.scheme not in {"http", "https"} or parts.username is not None:
            return False
        origin = f"{parts.scheme}://{parts.netloc}"
        return host in _LOOPBACK or origin == self.config.app_url.rstrip("/")

    def _keys(self) -> dict[str, Any]:
        uri = self._one_address("jwks_uri")
        jwks: Any = self.metadata.get("jwks")
        if bool(uri) == (jwks is not None):
            raise InvalidClientMetadataError("Give jwks_uri or jwks, one of the two.")
        if uri:
            return {"jwks_uri": uri[0]}
        try:
            given = jwks["keys"]
            keys = KeySet.import_key_set(jwks)
            usable = all(key.key_type in {"RSA", "EC"} and key.kid for key in keys)
            private = any(_PRIVATE & key.keys() for key in given)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            usable, private, given = False, False, []
        if private or not usable or not 0 < len(given) <= _MOST_ADDRESSES:
            raise _unknown("jwks", "a set of public RSA and EC keys, each with a kid")
        return {"jwks": jwks}

    def _check_rest(self) -> None:
        grants = self.metadata.get("grant_types", ["authorization_code"])
        if (
            not isinstance(grants, list)
            or not all(isinstance(grant, str) for grant in grants)
            or not {"authorization_code"} <= set(grants) <= _GRANTS
        ):
            raise _unknown("grant_types", "authorization_code, and optionally refresh_token")
        if self.metadata.get("response_types", ["code"]) != ["code"]:
            raise _unknown("response_types", "code")
        for name in _TEXTS:
            value = self.metadata.get(name, "")
            if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
                raise _unknown(name, "a text")
        contacts = self.metadata.get("contacts", [])
        if not isinstance(contacts, list) or not all(isinstance(one, str) for one in contacts):
            raise _unknown("contacts", "a list of texts")


def _unknown(name: str, allowed: str) -> OAuth2Error:
    return InvalidClientMetadataError(f"{name} must be {allowed}.")
