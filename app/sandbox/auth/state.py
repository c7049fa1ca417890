"""The state of the authorization server: launches, codes and tokens."""

import time
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import TokenMixin
from authlib.oidc.core import AuthorizationCodeMixin

from app.sandbox import scopes
from app.sandbox.auth.vault import Clock, Presented, Vault
from app.sandbox.clients import Client
from app.sandbox.config import SandboxConfig
from app.sandbox.people import User

LAUNCH_SECONDS = 300
CODE_SECONDS = 60
CHOICE_SECONDS = 600
# A session of the sandbox lasts a working day; offline access outlives it.
ONLINE_SECONDS = 12 * 3600
OFFLINE_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True)
class LaunchContext:
    """Who is looking at which chart, as the launcher or the picker page established it."""

    user: User
    patient: str | None = None
    encounter: str | None = None
    need_patient_banner: bool = True
    intent: str | None = None
    references: tuple[str, ...] = ()


@dataclass(frozen=True)
class Launch:
    """What a `launch` value stands for; only the client that was launched can use it."""

    client_id: str
    context: LaunchContext


@dataclass
class Grant:
    """One authorization of one client; its tokens are revoked together."""

    client_id: str
    context: LaunchContext
    scope: str
    auth_time: int
    revoked: bool = False

    @property
    def refresh_seconds(self) -> int:
        return OFFLINE_SECONDS if "offline_access" in self.scope.split() else ONLINE_SECONDS


@dataclass(frozen=True)
class AuthorizationCode(AuthorizationCodeMixin):
    """An authorization code: a grant with what the client must send to get its tokens."""

    grant: Grant
    redirect_uri: str
    code_challenge: str
    nonce: str | None
    code_challenge_method: str = "S256"

    # What Authlib asks a code:

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.grant.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.grant.auth_time


@dataclass(frozen=True)
class Token(TokenMixin):
    """An access or a refresh token. `scope` may be narrower than what was granted."""

    grant: Grant
    scope: str
    kind: str
    issued_at: int
    ends: int

    @property
    def clinical_scopes(self) -> tuple[scopes.Scope, ...]:
        return scopes.parse_all(self.scope)

    # What Authlib asks a token:

    def check_client(self, client: Client) -> bool:
        return self.grant.client_id == client.client_id

    def get_scope(self) -> str:
        return self.scope


class State:
    """All short-lived state of one sandbox. `clock` returns seconds since 1970."""

    def __init__(self, access_token_seconds: int, clock: Clock = time.time) -> None:
        self.access_token_seconds = access_token_seconds
        self.clock = clock
        self.launches: Vault[Launch] = Vault(self.now, LAUNCH_SECONDS)
        self.choices: Vault[dict[str, str]] = Vault(self.now, CHOICE_SECONDS)
        self.codes: Vault[AuthorizationCode] = Vault(self.now, CODE_SECONDS, OFFLINE_SECONDS)
        self.access_tokens: Vault[Token] = Vault(self.now, access_token_seconds)
        self.refresh_tokens: Vault[Token] = Vault(self.now, ONLINE_SECONDS, OFFLINE_SECONDS)
        self.assertions: Vault[None] = Vault(self.now, 0)

    def now(self) -> float:
        return self.clock()

    def issue(self, grant: Grant, scope: str, *, refresh: bool) -> dict[str, Any]:
        """Return a new access token, and a refresh token if `refresh`, for a token response."""
        now = int(self.now())
        seconds = self.access_token_seconds
        access = Token(grant, scope, "access_token", now, now + seconds)
        answer = {
            "access_token": self.access_tokens.put(access),
            "token_type": "Bearer",
            "expires_in": seconds,
            "scope": scope,
        }
        if refresh:
            lasts = grant.refresh_seconds
            token = Token(grant, grant.scope, "refresh_token", now, now + lasts)
            answer["refresh_token"] = self.refresh_tokens.put(token, seconds=lasts)
        return answer

    def live_access_token(self, key: str | None) -> Token | None:
        """Return the access token if it is valid now, or None."""
        return _live(self.access_tokens.look(key))

    def live_refresh_token(self, key: str | None) -> Token | None:
        return _live(self.refresh_tokens.look(key))


class WithState:
    """Gives Authlib's grants and endpoints the state of their server."""

    server: Any

    @property
    def state(self) -> State:
        state: State = self.server.state
        return state


def _live(presented: Presented[Token] | None) -> Token | None:
    if presented is None or not presented.good or presented.value.grant.revoked:
        return None
    return presented.value


def context_of(grant: Grant, config: SandboxConfig) -> dict[str, Any]:
    """Return the launch context parameters of a token response, and of introspection."""
    context = grant.context
    always = {
        "need_patient_banner": context.need_patient_banner,
        "smart_style_url": f"{config.origin}/smart-style.json",
        "tenant": "sandbox",
    }
    where_known = {
        "patient": context.patient,
        "encounter": context.encounter,
        "intent": context.intent,
        "fhirContext": [{"reference": reference} for reference in context.references],
    }
    return always | {name: value for name, value in where_known.items() if value}


def identity_of(grant: Grant, scope: str, config: SandboxConfig) -> dict[str, str]:
    """Return `sub`, and `fhirUser` as an absolute URL if it was granted."""
    user = grant.context.user
    claims = {"sub": user.id}
    if "fhirUser" in scope.split():
        claims["fhirUser"] = f"{config.fhir_base}/{user.reference}"
    return claims
