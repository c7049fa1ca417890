"""What the error codes of OAuth mean, for the person who opened the app."""

from __future__ import annotations

_REASONS = {
    "access_denied": "You, or the EHR for you, did not allow the app.",
    "invalid_scope": "The EHR does not allow the app what it asks for.",
    "unauthorized_client": "The EHR does not accept the app as it is registered there.",
    "invalid_client": "The EHR does not accept the app as it is registered there.",
    "invalid_grant": "The sign-in took too long, or was used before.",
    "invalid_request": "The EHR does not accept the request of the app.",
    "server_error": "The EHR met a fault of its own.",
    "temporarily_unavailable": "The EHR is busy.",
    "login_required": "You are not signed in to the EHR.",
    "interaction_required": "The EHR wants to ask you something first.",
    "consent_required": "The EHR wants to ask you something first.",
}


def reason_of(code: object) -> str:
    """Return a sentence for an error code; an unknown code is not shown."""
    return _REASONS.get(
        code if isinstance(code, str) else "", "The EHR gave no reason that is known."
    )
