"""The launch context, as token responses and introspection have it."""

from __future__ import annotations

from typing import Any

from app.sandbox.auth.state import Grant
from app.sandbox.config import SandboxConfig


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
