"""The id_token, and the key that signs it."""

from typing import Any

from authlib.oidc.core.grants import OpenIDCode
from joserfc.jwk import RSAKey

from app.sandbox.auth.state import Grant, State, identity_of
from app.sandbox.clients import Client
from app.sandbox.config import SandboxConfig

ALGORITHM = "RS256"
_ID_TOKEN_SECONDS = 300


def make_key() -> RSAKey:
    """Return the key of one run of the sandbox."""
    return RSAKey.generate_key(2048, {"use": "sig", "alg": ALGORITHM}, private=True, auto_kid=True)


class IdToken(OpenIDCode):
    """Adds an id_token to the response if `openid` was granted."""

    def __init__(self, config: SandboxConfig, state: State, key: RSAKey) -> None:
        super().__init__(require_nonce=False)
        self._config = config
        self._state = state
        self._key = key

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        """A nonce need not be new to this server: the single use of codes prevents replay."""
        return False

    def resolve_client_private_key(self, client: Client) -> RSAKey:
        return self._key

    def get_client_algorithm(self, client: Client) -> str:
        return ALGORITHM

    def get_encode_header(self, client: Client) -> dict[str, Any]:
        return {"alg": self.get_client_algorithm(client), "kid": self._key.kid}

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        now = int(self._state.now())
        return {
            "iss": self._config.issuer,
            "aud": client.client_id,
            "iat": now,
            "exp": now + _ID_TOKEN_SECONDS,
        }

    def generate_user_info(self, user: Grant, scope: str) -> dict[str, Any]:
        return dict(identity_of(user, scope, self._config))
