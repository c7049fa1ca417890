"""Whether the EHR can prove who the user is (OpenID Connect)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.smart.checking.report import Finding, Section, shown
from app.smart.ehrs import quirks
from app.smart.ehrs.registry import Ehr
from app.smart.errors import EhrUnusable
from app.smart.oauth.discovery import Discovery, SmartConfiguration, texts
from app.smart.oauth.http import Refused, Web
from app.smart.oauth.id_token import ACCEPTED_ALGORITHMS

_TITLE = "Who the user is (OpenID Connect)"


def identity(
    web: Web,
    discovery: Discovery,
    ehr: Ehr,
    configuration: SmartConfiguration,
    asked: Iterable[str],
) -> Section:
    """Tell whether the app can validate id_tokens of this EHR."""
    if "openid" not in asked:
        why = "openid is not among the scopes: entries have no author."
        return Section(_TITLE, (Finding("asked for", "no", "note", why),))
    if configuration.issuer is None:
        why = (
            "Its SMART configuration names no issuer that the app may ask. If its FHIR base is the "
            f"issuer, the quirk is {quirks.OIDC_ISSUER_IS_FHIR_BASE}."
        )
        return Section(_TITLE, (Finding("issuer", "not named", "stops", why),))
    rows = [Finding("issuer", configuration.issuer)]
    try:
        keys = discovery.keys(ehr, configuration.issuer)
    except EhrUnusable as error:
        rows.append(Finding("keys", "cannot be had", "stops", " ".join(error.details)))
        return Section(_TITLE, tuple(rows))
    rows += [_keys(keys), _algorithms(web, configuration.issuer)]
    return Section(_TITLE, tuple(rows))


def _keys(keys: Iterable[Any]) -> Finding:
    key_types = [
        " ".join(shown(jwk.get(name)) for name in ("kty", "crv", "alg") if jwk.get(name))
        for jwk in keys
        if isinstance(jwk, dict) and jwk.get("use", "sig") == "sig"
    ]
    if not key_types:
        why = "No key of the set is for signatures, so no id_token can be checked."
        return Finding("keys", "none", "stops", why)
    return Finding("keys", shown(key_types))


def _algorithms(web: Web, issuer: str) -> Finding:
    try:
        document = web.get_json(f"{issuer.removesuffix('/')}/.well-known/openid-configuration")
    except Refused:
        document = {}
    listed = texts(document.get("id_token_signing_alg_values_supported"))
    if listed and not ACCEPTED_ALGORITHMS & set(listed):
        why = "The app accepts signatures by a private key only: " + shown(
            sorted(ACCEPTED_ALGORITHMS)
        )
        return Finding("algorithms of id_tokens", shown(listed), "stops", why)
    return Finding("algorithms of id_tokens", shown(listed) if listed else "not said")
