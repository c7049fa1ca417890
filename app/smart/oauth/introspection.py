"""What the EHR says of the token that it has just given (RFC 7662), held against what it said then.

It is a second look, not the proof: an EHR that cannot answer opens the app all the same, one whose
answer speaks of another app or patient does not.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.smart.errors import TokenRefused
from app.smart.oauth.tokens import life


@dataclass(frozen=True)
class Granted:
    """Whom and what the token is for, as the token response and the registration have it."""

    client_id: str
    patient: str | None  # None where the person is still to choose one
    issuer: str | None  # of the authorization server, where its discovery tells it


def confirmed(
    tokens: Mapping[str, Any], told: Mapping[str, Any] | None, granted: Granted
) -> dict[str, Any]:
    """Return `tokens` with what the EHR has `told` of the access token; raises TokenRefused.

    Without an answer they stay as they are. A narrower scope is taken, a wider one is not; an end
    fills in where the token response had none.
    """
    if told is None or not isinstance(told.get("active"), bool):
        return dict(tokens)
    if not told["active"]:
        raise _refused("it is not active")
    for name, expected in (
        ("client_id", granted.client_id),
        ("patient", granted.patient),
        ("iss", granted.issuer),
    ):
        if expected is not None and told.get(name, expected) != expected:
            raise _refused(f"its {name} is another one")
    return {**tokens, "scope": _narrower(tokens["scope"], told.get("scope")), **_end(tokens, told)}


def _narrower(given: str, told: Any) -> str:
    words = told.split() if isinstance(told, str) else []
    return " ".join(words) if words and set(words) < set(given.split()) else given


def _end(tokens: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, int | None]:
    ends = told.get("exp")
    if tokens["expires_at"] is not None or not isinstance(ends, int | Decimal):
        return {}
    left = int(ends) - int(time.time())
    return life(left) if left > 0 else {}


def _refused(detail: str) -> TokenRefused:
    return TokenRefused(
        "Open the app again from the chart. If this stays, tell the EHR's administrator.",
        details=[f"What the EHR says of its own token (introspection) does not fit: {detail}."],
    )
