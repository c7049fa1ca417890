"""Token introspection (RFC 7662) and revocation (RFC 7009), for the client that holds a token."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6750 import InvalidTokenError
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from app.sandbox.auth.grants import AUTH_METHODS
from app.sandbox.auth.state import Token, WithState, context_of, identity_of
from app.sandbox.clients import Client

_CONFIDENTIAL = [method for method in AUTH_METHODS if method != "none"]


class HolderEndpoint(WithState):
    """What revocation and introspection share."""

    def authenticate_endpoint_client(self, request: Any) -> Client:
        """Return the client: by its credentials, or by a live access token (Bearer)."""
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            client: Client = super().authenticate_endpoint_client(request)  # type: ignore[misc]
            return client
        token = self.state.live_access_token(key.strip())
        if token is None:
            raise InvalidTokenError
        request.client = self.server.clients.get(token.grant.client_id)
        holder: Client = request.client
        return holder

    def check_params(self, request: Any, client: Client) -> None:
        """Require only the token: the type hint is not needed to find it."""
        if "token" not in request.form:
            raise InvalidRequestError("token is missing.")

    def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:
        """Return the token if it is live."""
        return self.state.live_access_token(token_string) or self.state.live_refresh_token(
            token_string
        )


class Introspection(HolderEndpoint, IntrospectionEndpoint):
    """Introspection with the fields of SMART App Launch 2.2.

    A public client authenticates by an access token of its own: by its client id alone anyone could
    try tokens.
    """

    CLIENT_AUTH_METHODS = _CONFIDENTIAL

    def check_permission(self, token: Token, client: Client, request: Any) -> bool:
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


class Revocation(HolderEndpoint, RevocationEndpoint):
    """Revokes a token; a refresh token with all tokens of the same grant."""

    CLIENT_AUTH_METHODS = AUTH_METHODS

    def revoke_token(self, token: Token, request: Any) -> None:
        if token.kind == "refresh_token":
            token.grant.revoked = True
        else:
            self.state.access_tokens.spend(request.form["token"])
