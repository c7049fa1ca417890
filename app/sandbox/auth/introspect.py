"""Token introspection (RFC 7662) with the fields of SMART App Launch 2.2."""

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from app.sandbox.auth.context import context_of, identity_of
from app.sandbox.auth.grants import AUTH_METHODS
from app.sandbox.auth.holder import HolderEndpoint
from app.sandbox.auth.state import Token
from app.sandbox.clients import Client

_CONFIDENTIAL = [method for method in AUTH_METHODS if method != "none"]


class Introspection(HolderEndpoint, IntrospectionEndpoint):
    """Says of a token whether it is active, and if so what it stands for.

    A public client must show an access token of its own: with its name alone anyone could try
    tokens.
    """

    CLIENT_AUTH_METHODS = _CONFIDENTIAL

    def check_permission(self, token: Token, client: Client, request: Any) -> bool:
        del request
        return token.check_client(client)

    def create_introspection_payload(self, token: Token | None) -> dict[str, Any]:
        return self.introspect_token(token) if token else {"active": False}

    def introspect_token(self, token: Token) -> dict[str, Any]:
        config = self.server.config
        return {
            "active": True,
            "scope": token.scope,
            "client_id": token.grant.client_id,
            "token_type": token.kind,
            "iat": token.issued_at,
            "exp": token.ends,
            "iss": config.issuer,
            **identity_of(token.grant, token.scope, config),
            **context_of(token.grant, config),
        }
