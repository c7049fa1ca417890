"""Who may ask about a token or revoke it: the client that holds it."""

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6750 import InvalidTokenError

from app.sandbox.auth.state import State, Token
from app.sandbox.clients import Client


class HolderEndpoint:
    """The part that revocation and introspection share."""

    server: Any

    @property
    def state(self) -> State:
        state: State = self.server.state
        return state

    def authenticate_endpoint_client(self, request: Any) -> Client:
        """Return the client, by its credentials or by a live access token as bearer token."""
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
        """Ask for the token alone: its type hint is a hint, and not needed to find it."""
        del client
        if "token" not in request.form:
            raise InvalidRequestError("token is missing.")

    def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:
        """Return the token if it is live."""
        del token_type_hint
        return self.state.live_access_token(token_string) or self.state.live_refresh_token(
            token_string
        )
