"""The app as an OAuth client of an EHR: public, with a secret, or with a key of its own."""

import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc7523.assertion import sign_jwt_bearer_assertion
from joserfc.jwk import ECKey, RSAKey

from app.fhir.credentials import Bearer
from app.fhir.guard import NotReached
from app.fhir.wire import dumps
from app.smart.ehrs import quirks
from app.smart.ehrs.keys import ALGORITHMS, SigningKey, signing_algorithm
from app.smart.ehrs.registry import Ehr
from app.smart.errors import EhrUnusable, TokenRefused, reason_of
from app.smart.oauth.discovery import LEEWAY_SECONDS, SmartConfiguration
from app.smart.oauth.http import Refused, Web, json_object

ASSERTION_SECONDS = 240  # SMART allows 300, clocks differ
INTROSPECTION_SECONDS = 5
_SAME_TIME = 30
_UNAVAILABLE = 503
# They are sent in another way than a bearer token (RFC 9449, RFC 8693).
_OTHER_TOKEN_TYPES = frozenset({"dpop", "mac", "pop", "n_a"})
# For an EHR that lists no algorithms: RS384 is the older of the two.
DEFAULT_ALGORITHMS = ("RS384", "ES384")


class OAuthClient:
    """Speaks to the authorization server of one EHR."""

    def __init__(
        self, web: Web, ehr: Ehr, configuration: SmartConfiguration, redirect_uri: str
    ) -> None:
        """Raises EhrUnusable if the EHR accepts no key that the app has now."""
        self._web = web
        self._ehr = ehr
        self._configuration = configuration
        self._redirect_uri = redirect_uri
        self._key = signing_key(ehr, configuration)

    def authorization_url(self, *, state: str, verifier: str, **parameters: str) -> str:
        """Return where to send the browser.

        A nonce is sent only with the scope `openid`: strict servers refuse it otherwise.
        """
        if "openid" not in parameters["scope"].split():
            parameters.pop("nonce", None)
        with self._session() as session:
            address, _ = session.create_authorization_url(
                self._configuration.authorization_endpoint,
                state=state,
                code_verifier=verifier,
                **parameters,
            )
        return str(address)

    def exchange(self, code: str, verifier: str) -> dict[str, Any]:
        """Return the token response for `code`, unchecked; raises TokenRefused."""
        return self._request_tokens(
            lambda session: session.fetch_token(
                self._configuration.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier,
            )
        )

    def refresh(self, refresh_token: str) -> dict[str, Any]:
        """Return the token response for `refresh_token`, unchecked; raises TokenRefused.

        Without a `scope` it asks for the scopes that were granted (RFC 6749, section 6).
        """
        return self._request_tokens(
            lambda session: session.refresh_token(
                self._configuration.token_endpoint, refresh_token=refresh_token
            )
        )

    def introspect(self, access_token: str) -> dict[str, Any] | None:
        """Return the EHR's introspection response, unchecked; None if there is none.

        The wait is short: the launch does not depend on it.
        """
        endpoint = self._configuration.introspection_endpoint
        if endpoint is None:
            return None
        web = Web(self._web.rule, min(INTROSPECTION_SECONDS, self._web.timeout))
        # A public client has no credentials: it authenticates by the access token itself.
        bearer = Bearer(access_token) if self._ehr.client_auth == "public" else None
        with self._session() as session:
            web.guard(session)
            try:
                response = session.introspect_token(
                    endpoint, access_token, "access_token", auth=bearer
                )
                return json_object(response) if response.status_code == requests.codes.ok else None
            except (requests.RequestException, OAuthError, ValueError, RecursionError):
                return None

    def revoke(self, token: str, hint: str) -> None:
        """Ask the EHR to accept `token` no longer, if it offers that; raises no error."""
        if self._configuration.revocation_endpoint is None:
            return
        with self._session() as session:
            try:
                session.revoke_token(
                    self._configuration.revocation_endpoint, token=token, token_type_hint=hint
                )
            except (requests.RequestException, OAuthError, ValueError):
                return

    def _session(self) -> OAuth2Session:
        method = self._ehr.authentication
        session = OAuth2Session(
            client_id=self._ehr.client_id,
            client_secret=self._key.key if self._key else self._ehr.client_secret,
            token_endpoint_auth_method=method,
            revocation_endpoint_auth_method=method,
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
        )
        session.register_client_auth_method(SmartAssertion(self._configuration))
        if quirks.SECRET_FORM_ENCODED in self._ehr.quirks:
            session.register_client_auth_method(("client_secret_basic", _basic_form_encoded))
        self._web.guard(session)
        return session

    def _request_tokens(
        self, request: Callable[[OAuth2Session], Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Return the token response; raises TokenRefused, whose `spent` tells of the grant used."""
        left_out: dict[str, Any] = {}

        def readable(response: requests.Response) -> requests.Response:
            """Hand the response to Authlib as the app reads it, without what Authlib reckons with.

            EHRs write a byte order mark, and a lifetime with a fraction or as text.
            """
            answer = _token_answer(response)
            if "expires_in" in answer:
                left_out["expires_in"] = answer.pop("expires_in")
            response._content = dumps(answer)  # noqa: SLF001 -- the one way to hand on what was read
            response.encoding = "utf-8"
            return response

        with self._session() as session:
            for hook in ("access_token_response", "refresh_token_response"):
                session.register_compliance_hook(hook, readable)
            try:
                answer = {**request(session), **left_out}
            except OAuthError as error:
                refusal = self._refusal(
                    reason_of(error.error), spent=error.error == "invalid_grant"
                )
            except requests.HTTPError as error:
                status = error.response.status_code
                # A request that was turned away, by the EHR or a proxy, has used nothing up.
                turned_away = 400 <= status < 500 or status == _UNAVAILABLE
                refusal = self._refusal(f"HTTP status {status}", spent=not turned_away)
            except requests.RequestException as error:
                refusal = self._refusal("No answer came.", spent=not isinstance(error, NotReached))
            except (ValueError, TypeError, OverflowError, RecursionError):
                refusal = self._refusal("Its answer is not a token response.")
            else:
                if quirks.TOKEN_TYPE_OTHER in self._ehr.quirks:
                    answer["token_type"] = _as_bearer(answer.get("token_type"))
                return answer
        raise refusal

    def _refusal(self, detail: str, *, spent: bool = True) -> TokenRefused:
        return TokenRefused(
            "Open the app again from the chart. "
            f"If this stays, tell the administrator of {self._ehr.name}.",
            details=[detail],
            spent=spent,
        )


def signing_key(ehr: Ehr, configuration: SmartConfiguration) -> SigningKey | None:
    """Return the key to sign with now; None if the client does not authenticate by a key.

    Raises EhrUnusable if the app has no key for an algorithm that the EHR accepts.
    """
    if ehr.signing_keys is None:
        return None
    listed = configuration.assertion_algorithms
    accepted = (
        DEFAULT_ALGORITHMS if listed is None else [name for name in ALGORITHMS if name in listed]
    )
    if not accepted:
        raise _no_key(ehr, "It accepts neither RS384 nor ES384, by which the app can sign.")
    key = ehr.signing_keys.signing(accepted, time.time())
    if key is None:
        raise _no_key(ehr, f"The app has no key for {' or '.join(accepted)} that signs now.")
    return key


def _no_key(ehr: Ehr, detail: str) -> EhrUnusable:
    return EhrUnusable(
        f"Tell the administrator of the app, and of {ehr.name}, what follows.", details=[detail]
    )


class SmartAssertion(PrivateKeyJWT):
    """Client authentication by private_key_jwt, as SMART asks for it.

    Authlib's own assertion is RS256, valid for an hour and has no key id.
    """

    def __init__(self, configuration: SmartConfiguration) -> None:
        self.token_endpoint = configuration.token_endpoint
        ahead = configuration.seconds_ahead
        # By the EHR's clock, if that is known to differ: a small difference is the network's.
        self._ahead = ahead if _SAME_TIME < abs(ahead) <= LEEWAY_SECONDS else 0

    def sign(self, auth: Any, token_endpoint: str) -> str:
        """Return an assertion for one use; the session's client secret is the signing key."""
        return sign_assertion(auth.client_secret, auth.client_id, token_endpoint, self._ahead)


def sign_assertion(
    key: RSAKey | ECKey, client_id: str, token_endpoint: str, seconds_ahead: int = 0
) -> str:
    """Return an assertion for one use by which a client proves who it is (RFC 7523)."""
    return str(
        sign_jwt_bearer_assertion(
            key,
            issuer=client_id,
            subject=client_id,
            audience=token_endpoint,
            issued_at=int(time.time()) + seconds_ahead,
            expires_in=ASSERTION_SECONDS,
            header={"alg": signing_algorithm(key), "kid": key.kid, "typ": "JWT"},
        )
    )


def _basic_form_encoded(
    auth: Any, _method: str, uri: str, headers: Any, body: str
) -> tuple[str, Any, str]:
    """Authenticate by HTTP Basic, with id and secret form-encoded (RFC 6749, 2.3.1)."""
    pair = ":".join(quote_plus(part) for part in (auth.client_id, auth.client_secret))
    return uri, {**headers, "Authorization": f"Basic {b64encode(pair.encode()).decode()}"}, body


def _token_answer(response: requests.Response) -> dict[str, Any]:
    """Return the JSON object of a 200, or of an OAuth error response; raises HTTPError or Refused.

    It is one that every parser reads alike.
    """
    if response.status_code == requests.codes.ok:
        return json_object(response)
    try:
        answer = json_object(response)
    except Refused:
        answer = {}
    if "error" not in answer:
        raise requests.HTTPError(response=response)
    return answer


def _as_bearer(token_type: Any) -> Any:
    """Return Bearer for a type that is missing or of no known meaning, else the type itself."""
    unknown = isinstance(token_type, str) and token_type.lower() not in _OTHER_TOKEN_TYPES
    return "Bearer" if token_type is None or unknown else token_type
