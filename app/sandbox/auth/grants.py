"""The grants, authorization code and refresh token, with the rules of SMART App Launch."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, InvalidScopeError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc7636 import CodeChallenge

from app.sandbox import scopes
from app.sandbox.auth.assertion import METHOD as PRIVATE_KEY_JWT
from app.sandbox.auth.state import (
    AuthorizationCode,
    Grant,
    Launch,
    LaunchContext,
    State,
    Token,
    WithState,
)
from app.sandbox.clients import Client
from app.sandbox.config import SandboxConfig

AUTH_METHODS = ["none", "client_secret_basic", PRIVATE_KEY_JWT]


class S256(CodeChallenge):
    """PKCE with S256 for every client; `plain` is not supported."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]  # noqa: RUF012 - so has Authlib

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        # Authlib would let a request pass that has neither method nor challenge.
        if grant.request.payload.data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("code_challenge_method must be S256: every client uses PKCE.")
        super().validate_code_challenge(grant, redirect_uri)


class SmartParameters:
    """Checks `state`, `aud`, `scope` and `launch` of an authorization request."""

    def __init__(self, config: SandboxConfig, state: State) -> None:
        self._config = config
        self._state = state

    def __call__(self, grant: Any) -> None:
        grant.register_hook("after_validate_authorization_request_payload", self.validate)

    def validate(self, grant: Any, _: Any) -> None:
        data = grant.request.payload.data
        if not data.get("state"):
            raise InvalidRequestError("state is missing.")
        if data.get("aud") != self._config.fhir_base:
            raise InvalidRequestError(f"aud must be {self._config.fhir_base}, exactly.")
        requested = data.get("scope", "").split()
        if not requested:
            raise InvalidScopeError("scope is missing.")
        if ("launch" in requested) != bool(data.get("launch")):
            raise InvalidRequestError("The launch parameter and the launch scope go together.")
        if data.get("launch") and not self.launch(data):
            raise InvalidRequestError(
                "launch is unknown, has ended, was used before, or is another client's."
            )

    def launch(self, data: dict[str, str]) -> Launch | None:
        """Return the launch that these parameters may use, or None."""
        presented = self._state.launches.look(data.get("launch"))
        if not presented or not presented.good:
            return None
        return presented.value if presented.value.client_id == data.get("client_id") else None


class CodeGrant(WithState, AuthorizationCodeGrant):
    """The authorization code: bound to launch, user and scopes; valid once, for a minute."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

    def save_authorization_code(self, code: str, request: Any) -> None:
        data = request.payload.data
        context: LaunchContext = request.user
        scope = scopes.negotiate(
            data["scope"],
            context.user.rules,
            _served(data["scope"], context),
            has_patient=context.patient is not None,
        )
        if not scope:
            raise InvalidScopeError(
                "Nothing of what was asked for can be granted.",
                redirect_uri=data["redirect_uri"],
            )
        if "launch" in data:
            # Only the first of two requests with the same launch finds it unspent.
            launch = self.state.launches.spend(data["launch"])
            if not launch or not launch.good:
                raise InvalidRequestError(
                    "launch was used before.", redirect_uri=data["redirect_uri"]
                )
        grant = Grant(data["client_id"], context, scope, auth_time=int(self.state.now()))
        self.state.codes.put(
            AuthorizationCode(
                grant, data["redirect_uri"], data["code_challenge"], data.get("nonce")
            ),
            key=code,
        )

    def query_authorization_code(self, code: str, client: Client) -> AuthorizationCode | None:
        """Return the code, and use it up: a wrong verifier has no second try.

        A code that comes a second time may have been stolen, so what came of it is revoked.
        """
        known = self.state.codes.look(code)
        if not known or known.value.grant.client_id != client.client_id:
            return None
        presented = self.state.codes.spend(code)
        if presented and presented.spent:
            presented.value.grant.revoked = True
        return presented.value if presented and presented.good else None

    def delete_authorization_code(self, authorization_code: AuthorizationCode) -> None:
        """Keep the code: a replay is recognised only if it is remembered."""

    def authenticate_user(self, authorization_code: AuthorizationCode) -> Grant:
        return authorization_code.grant


class RefreshGrant(WithState, RefreshTokenGrant):
    """Refresh with rotation: each refresh token is valid once."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        """Return the token if it is valid; a token that was used before revokes its grant."""
        presented = self.state.refresh_tokens.look(refresh_token)
        if presented and presented.spent:
            presented.value.grant.revoked = True
        return self.state.live_refresh_token(refresh_token)

    def authenticate_user(self, refresh_token: Token) -> Grant:
        return refresh_token.grant

    def issue_token(self, user: Grant, refresh_token: Token) -> dict[str, Any]:
        # Spent before anything is issued: of two requests at once, the second is the replay.
        presented = self.state.refresh_tokens.spend(self.request.form["refresh_token"])
        if not presented or not presented.good:
            user.revoked = True
            raise InvalidGrantError("The refresh token was used before.")
        answer: dict[str, Any] = super().issue_token(user, refresh_token)
        return answer

    def revoke_old_credential(self, refresh_token: Token) -> None:
        """Nothing to do: `issue_token` used it up."""


def _served(requested: str, context: LaunchContext) -> set[str]:
    """Return the launch scopes for which there is context."""
    served = {"launch"} if "launch" in requested.split() else set()
    if context.patient:
        served.add("launch/patient")
    if context.encounter:
        served.add("launch/encounter")
    return served
