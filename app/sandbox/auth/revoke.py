"""Token revocation (RFC 7009)."""

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc7009 import RevocationEndpoint

from app.sandbox.auth.grants import AUTH_METHODS
from app.sandbox.auth.holder import HolderEndpoint
from app.sandbox.auth.state import Token


class Revocation(HolderEndpoint, RevocationEndpoint):
    """Ends a token; with a refresh token, everything that was issued from the same grant."""

    CLIENT_AUTH_METHODS = AUTH_METHODS

    def revoke_token(self, token: Token, request: Any) -> None:
        if token.kind == "refresh_token":
            token.grant.revoked = True
        else:
            self.state.access_tokens.spend(request.form["token"])
