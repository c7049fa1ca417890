"""The app as an OAuth client of an EHR: public, with a secret, or with a key of its own."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc7523.assertion import sign_jwt_bearer_assertion

from app.fhir.credentials import Bearer
from app.fhir.guard import NotReached
from app.smart.ehrs import quirks
from app.smart.ehrs.keys import signing_algorithm
from app.smart.ehrs.registry import Ehr
from app.smart.errors import TokenRefused
from app.smart.oauth.assertion import signing_key
from app.smart.oauth.discovery import SmartConfiguration
from app.smart.oauth.http import Refused, Web, json_object
from app.smart.oauth.words import words_of

ASSERTION_SECONDS = 240  # SMART allows 300, clocks differ
INTROSPECTION_SECONDS = 5
_TURNED_AWAY = frozenset({429, 503})


class OAuthClient:
    """Speaks to the authorization server of one EHR."""

    def __init__(
        self, web: Web, ehr: Ehr, configuration: SmartConfiguration, redirect_uri: str
    ) -> None:
        """Raises EhrUnusable where the EHR accepts no key that the app has at this moment."""
        self._web = web
        self._ehr = ehr
        self._configuration = configuration
        self._redirect_uri = redirect_uri
        self._key = signing_key(ehr, configuration)

    def authorization_url(self, *, state: str, verifier: str, **parameters: str) -> str:
        """Return where to send the browser.

        A nonce goes along only where an id_token is asked for: OpenID Connect knows it nowhere
        else, and servers that hold to that refuse it.
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
        return self._spend(
            lambda session: session.fetch_token(
                self._configuration.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier,
            )
        )

    def refresh(self, refresh_token: str) -> dict[str, Any]:
        """Return the token response for `refresh_token`, unchecked; raises TokenRefused.

        No scope is sent: it asks for what was granted, whatever that is.
        """
        return self._spend(
            lambda session: session.refresh_token(
                self._configuration.token_endpoint, refresh_token=refresh_token
            )
        )

    def introspect(self, access_token: str) -> dict[str, Any] | None:
        """Return what the EHR says of its own token, unchecked; None where it says nothing.

        Nobody waits long for it: the launch does not depend on it.
        """
        endpoint = self._configuration.introspection_endpoint
        if endpoint is None:
            return None
        web = Web(self._web.rule, min(INTROSPECTION_SECONDS, self._web.timeout))
        # A client that has nothing to prove itself by shows the token that it was given.
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
        session.register_client_auth_method(SmartAssertion(self._configuration.token_endpoint))
        if quirks.SECRET_FORM_ENCODED in self._ehr.quirks:
            session.register_client_auth_method(("client_secret_basic", _form_encoded))
        for hook in ("access_token_response", "refresh_token_response"):
            session.register_compliance_hook(hook, _require_success)
        self._web.guard(session)
        return session

    def _spend(self, request: Callable[[OAuth2Session], Mapping[str, Any]]) -> dict[str, Any]:
        """Carry out a token request; the refusal tells whether its code or token may be spent."""
        with self._session() as session:
            try:
                return dict(request(session))
            except OAuthError as error:
                refusal = self._refusal(words_of(error.error), spent=error.error == "invalid_grant")
            except requests.HTTPError as error:
                status = error.response.status_code
                refusal = self._refusal(f"HTTP status {status}", spent=status not in _TURNED_AWAY)
            except requests.RequestException as error:
                refusal = self._refusal("No answer came.", spent=not isinstance(error, NotReached))
            except (ValueError, TypeError, OverflowError, RecursionError):
                refusal = self._refusal("Its answer is not a token response.")
        raise refusal

    def _refusal(self, detail: str, *, spent: bool = True) -> TokenRefused:
        return TokenRefused(
            "Open the app again from the chart. "
            f"If this stays, tell the administrator of {self._ehr.name}.",
            details=[detail],
            spent=spent,
        )


class SmartAssertion(PrivateKeyJWT):
    """The client's proof by its private key as SMART asks for it.

    Authlib's own would be RS256, valid for an hour and without a key id.
    """

    def __init__(self, token_endpoint: str) -> None:
        self.token_endpoint = token_endpoint

    def sign(self, auth: Any, token_endpoint: str) -> str:
        """Return an assertion for one use; the session's client secret is the signing key."""
        key = auth.client_secret
        return str(
            sign_jwt_bearer_assertion(
                key,
                issuer=auth.client_id,
                subject=auth.client_id,
                audience=token_endpoint,
                expires_in=ASSERTION_SECONDS,
                header={
                    "alg": signing_algorithm(key),
                    "kid": key.kid,
                    "typ": "JWT",
                },
            )
        )


def _form_encoded(
    auth: Any, method: str, uri: str, headers: Any, body: str
) -> tuple[str, Any, str]:
    """Authenticate by HTTP Basic with id and secret encoded as RFC 6749, 2.3.1 has them."""
    del method
    pair = ":".join(quote_plus(part) for part in (auth.client_id, auth.client_secret))
    return uri, {**headers, "Authorization": f"Basic {b64encode(pair.encode()).decode()}"}, body


def _require_success(response: requests.Response) -> requests.Response:
    """Let through a 200, and an error in the words of OAuth, which Authlib reads.

    Each must be a JSON object that every parser reads alike; raises HTTPError or Refused.
    """
    if response.status_code == requests.codes.ok:
        json_object(response)
        return response
    try:
        answer = json_object(response)
    except Refused:
        answer = {}
    if "error" not in answer:
        raise requests.HTTPError(response=response)
    return response
