"""Client authentication by a JWT that is signed with a private key (private_key_jwt).

SMART App Launch 2.2, "Asymmetric (public key) client authentication": RS384 or ES384, a `kid` of
the client's key set, `iss` and `sub` the client, `aud` the token endpoint, five minutes at most,
used once.
"""

import json
import threading
from typing import Any

import requests
from authlib.oauth2.rfc6749 import InvalidClientError
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from werkzeug.http import parse_cache_control_header

from app.sandbox.auth.state import State
from app.sandbox.auth.vault import Clock
from app.sandbox.clients import Client

ALGORITHMS = ["RS384", "ES384"]
METHOD = "private_key_jwt"
_LONGEST_SECONDS = 300
_TIMEOUT = (3, 5)
_LARGEST_KEY_SET = 100_000


class ClientKeys:
    """The public keys of asymmetric clients, fetched from their registered `jwks_uri`.

    A fetched set is kept for no longer than the client's Cache-Control allows.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._cache: dict[str, tuple[float, KeySet]] = {}
        self._lock = threading.Lock()

    def of(self, client: Client, *, fresh: bool = False) -> KeySet:
        """Return the client's keys; raises InvalidClientError."""
        if client.jwks is not None:
            return _key_set(client.jwks)
        if client.jwks_uri is None:
            raise InvalidClientError("The client has not registered any keys.")
        with self._lock:
            ends, keys = self._cache.get(client.jwks_uri, (0.0, KeySet([])))
        if fresh or ends <= self._clock():
            keys, seconds = _fetch(client.jwks_uri)
            with self._lock:
                self._cache[client.jwks_uri] = (self._clock() + seconds, keys)
        return keys


class PrivateKeyJwt(JWTBearerClientAssertion):
    """Authlib's assertion check with SMART's stricter rules."""

    CLIENT_AUTH_METHOD = METHOD

    def __init__(self, token_endpoint: str, state: State, keys: ClientKeys) -> None:
        super().__init__()
        self._token_endpoint = token_endpoint
        self._state = state
        self._keys = keys

    def resolve_client_public_key(self, client: Client) -> Any:
        """Return the client itself: which of its keys counts is in the header of the assertion."""
        if client.auth_method != METHOD:
            raise InvalidClientError(f"This client is not registered for {METHOD}.")
        return client

    def process_assertion_claims(self, assertion: str, resolve_key: Any) -> dict[str, Any]:
        """Return the claims of a valid assertion; raises InvalidClientError."""
        client: Client = resolve_key
        header, _ = self.extract_assertion(assertion)
        try:
            token = jwt.decode(assertion, self._key(client, header), algorithms=ALGORITHMS)
        except JoseError as error:
            raise InvalidClientError(f"The assertion was not accepted: {error.error}.") from error
        self._check(token.claims, client.client_id)
        return token.claims

    def _key(self, client: Client, header: dict[str, Any]) -> Any:
        kid = header.get("kid")
        if header.get("typ") != "JWT" or not isinstance(kid, str):
            raise InvalidClientError("The assertion's header must have typ JWT and a kid.")
        for fresh in (False, True):
            for key in self._keys.of(client, fresh=fresh):
                if key.kid == kid:
                    return key
        raise InvalidClientError("The client's key set has no key of this kid.")

    def _check(self, claims: dict[str, Any], client_id: str) -> None:
        now = self._state.now()
        if claims.get("iss") != client_id or claims.get("sub") != client_id:
            raise InvalidClientError("iss and sub of the assertion must be the client_id.")
        audience = claims.get("aud")
        if self._token_endpoint not in (audience if isinstance(audience, list) else [audience]):
            raise InvalidClientError("aud of the assertion must be the token endpoint.")
        ends = claims.get("exp")
        if not isinstance(ends, int | float) or isinstance(ends, bool) or ends <= now:
            raise InvalidClientError("The assertion has ended, or has no exp.")
        if ends > now + _LONGEST_SECONDS:
            raise InvalidClientError("exp of the assertion is more than five minutes ahead.")
        begins = claims.get("nbf", 0)
        if not isinstance(begins, int | float) or begins > now:
            raise InvalidClientError("The assertion is not valid yet.")
        jti = claims.get("jti")
        if not isinstance(jti, str) or not jti:
            raise InvalidClientError("The assertion has no jti.")
        if not self._state.assertions.put_once(f"{client_id} {jti}", None, ends=ends):
            raise InvalidClientError("The assertion was used before.")


def _fetch(uri: str) -> tuple[KeySet, int]:
    """Return the key set at `uri`, and for how many seconds it may be kept."""
    try:
        with requests.get(uri, timeout=_TIMEOUT, allow_redirects=False, stream=True) as answer:
            text = answer.raw.read(_LARGEST_KEY_SET, decode_content=True)
            answer.raise_for_status()
        document = json.loads(text)
    except (requests.RequestException, OSError, ValueError) as error:
        raise InvalidClientError(
            "The client's key set cannot be read from its jwks_uri."
        ) from error
    control = parse_cache_control_header(answer.headers.get("Cache-Control", ""))
    return _key_set(document), 0 if control.no_store or control.no_cache else control.max_age or 0


def _key_set(document: Any) -> KeySet:
    try:
        return KeySet.import_key_set(document)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise InvalidClientError("The client's key set cannot be read.") from error
