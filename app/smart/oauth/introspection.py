"""Token introspection (RFC 7662): compares the EHR's answer with its token response.

It is a second check, not the proof: the launch goes on without an answer, but not with an answer
about another app or patient.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.smart.errors import TokenRefused
from app.smart.oauth.tokens import lifetime


@dataclass(frozen=True)
class GrantedToken:
    """For whom the token is, by the token response and the registration."""

    client_id: str
    patient: str | None  # None if the user is yet to choose one
    issuer: str | None  # of the authorization server, if its discovery names one


def apply_introspection(
    tokens: Mapping[str, Any], response: Mapping[str, Any] | None, granted: GrantedToken
) -> dict[str, Any]:
    """Return `tokens`, corrected by the introspection response; raises TokenRefused.

    Without a response they stay as they are. A narrower scope replaces the granted one, a wider one
    does not; `exp` fills in for a token response without `expires_in`.
    """
    if response is None or not isinstance(response.get("active"), bool):
        return dict(tokens)
    if not response["active"]:
        raise _refused("it is not active")
    for name, expected in (
        ("client_id", granted.client_id),
        ("patient", granted.patient),
        ("iss", granted.issuer),
    ):
        if expected is not None and response.get(name, expected) != expected:
            raise _refused(f"its {name} is another one")
    return {
        **tokens,
        "scope": _narrower(tokens["scope"], response.get("scope")),
        **_end(tokens, response),
    }


def _narrower(granted: str, introspected: Any) -> str:
    scopes = introspected.split() if isinstance(introspected, str) else []
    return " ".join(scopes) if scopes and set(scopes) < set(granted.split()) else granted


def _end(tokens: Mapping[str, Any], response: Mapping[str, Any]) -> dict[str, int | None]:
    ends = response.get("exp")
    if tokens["expires_at"] is not None or not isinstance(ends, int | Decimal):
        return {}
    left = int(ends) - int(time.time())
    return lifetime(left) if left > 0 else {}


def _refused(detail: str) -> TokenRefused:
    return TokenRefused(
        details=[f"What the EHR says of its own token (introspection) does not fit: {detail}."]
    )
