"""What an EHR says about its authorization server, fetched, checked, and kept for a few minutes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urljoin

from app.fhir.addresses import is_plain_text
from app.smart.ehrs import quirks
from app.smart.ehrs.registry import Ehr
from app.smart.errors import EhrUnusable
from app.smart.oauth.answers import Answers, Crowded
from app.smart.oauth.http import Refused, Web

T = TypeVar("T")


@dataclass(frozen=True)
class SmartConfiguration:
    """The EHR's .well-known/smart-configuration; all addresses are absolute and allowed."""

    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str | None
    introspection_endpoint: str | None
    issuer: str | None
    capabilities: frozenset[str]
    names_itself: bool  # promises an `iss` in each authorization answer, RFC 9207
    assertion_algorithms: frozenset[str] | None  # None where it lists none


class Discovery:
    """Asks each EHR at most once in a few minutes; one per app, for all its threads."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._answers = Answers()

    def smart(self, ehr: Ehr) -> SmartConfiguration:
        """Return the EHR's configuration; raises EhrUnusable."""
        return self._answer(ehr, ("smart", ehr.issuer), lambda: self._read_smart(ehr))

    def keys(self, ehr: Ehr, issuer: str, *, fresh: bool = False) -> list[Any]:
        """Return the keys (JWK) by which the EHR's `issuer` signs its statements of identity.

        `fresh` asks anew, for a key that the last answer did not have; but not without end, since
        whoever makes statements can name new keys in each. Raises EhrUnusable.
        """
        # Of one base alone: what another brings for the same issuer proves nothing here.
        key = ("keys", ehr.issuer, issuer)
        return self._answer(ehr, key, lambda: self._read_keys(ehr, issuer), fresh=fresh)

    def _read_smart(self, ehr: Ehr) -> SmartConfiguration:
        content = self._get(ehr, smart_address(ehr), "SMART configuration")
        offers_pkce = "S256" in words(content.get("code_challenge_methods_supported"))
        if not offers_pkce and quirks.PKCE_UNANNOUNCED not in ehr.quirks:
            raise _unusable(ehr, "It does not offer PKCE with S256.")
        authorization = self._needed(ehr, content, "authorization_endpoint")
        token = self._needed(ehr, content, "token_endpoint")
        if authorization is None or token is None:
            raise _unusable(ehr, "It names no authorization or no token endpoint.")
        issuer = content.get("issuer")
        if issuer is None and quirks.OIDC_ISSUER_IS_FHIR_BASE in ehr.quirks:
            issuer = ehr.issuer
        capabilities = frozenset(words(content.get("capabilities")))
        if quirks.SCOPES_VERSION_1 in ehr.quirks:
            capabilities -= {"permission-v2"}
        algorithms = content.get("token_endpoint_auth_signing_alg_values_supported")
        return SmartConfiguration(
            authorization_endpoint=authorization,
            token_endpoint=token,
            revocation_endpoint=endpoint(self._web, ehr, content, "revocation_endpoint"),
            introspection_endpoint=endpoint(self._web, ehr, content, "introspection_endpoint"),
            issuer=issuer if isinstance(issuer, str) and self._web.rule.allows(issuer) else None,
            capabilities=capabilities,
            names_itself=content.get("authorization_response_iss_parameter_supported") is True,
            assertion_algorithms=(
                frozenset(words(algorithms)) if isinstance(algorithms, list) else None
            ),
        )

    def _read_keys(self, ehr: Ehr, issuer: str) -> list[Any]:
        address = f"{issuer.removesuffix('/')}/.well-known/openid-configuration"
        content = self._get(ehr, address, "OpenID configuration")
        if content.get("issuer") != issuer:
            raise _unusable(ehr, "Its OpenID configuration is another issuer's.")
        jwks_uri = self._needed(ehr, content, "jwks_uri")
        if jwks_uri is None:
            raise _unusable(ehr, "Its OpenID configuration names no keys.")
        keys = self._get(ehr, jwks_uri, "key set").get("keys")
        if not isinstance(keys, list):
            raise _unusable(ehr, "Its key set holds no keys.")
        return keys

    def _get(self, ehr: Ehr, address: str, name: str) -> dict[str, Any]:
        try:
            return self._web.get_json(address)
        except Refused as reason:
            raise _unusable(ehr, f"Its {name} could not be read: {reason}.") from None

    def _needed(self, ehr: Ehr, content: dict[str, Any], name: str) -> str | None:
        """Return an endpoint, None where it is not named; raises EhrUnusable for one of no use."""
        address = endpoint(self._web, ehr, content, name)
        if address is None and content.get(name) is not None:
            raise _unusable(ehr, f"Its {name} is not an address that the app may use.")
        return address

    def _answer(
        self, ehr: Ehr, key: tuple[str, ...], read: Callable[[], T], *, fresh: bool = False
    ) -> T:
        try:
            return self._answers.get(ehr.key, key, read, fresh=fresh)
        except Crowded:
            raise _unusable(ehr, "It is slow, and others wait for it already.") from None


def smart_address(ehr: Ehr) -> str:
    """Return where the EHR's SMART configuration is."""
    return f"{ehr.issuer}/.well-known/smart-configuration"


def endpoint(web: Web, ehr: Ehr, content: Mapping[str, Any], name: str) -> str | None:
    """Return an address that a document names, resolved against the FHIR base.

    None where it names none, or none that the app may use.
    """
    value = content.get(name)
    # What urljoin would repair in silence is refused.
    if not isinstance(value, str) or not is_plain_text(value):
        return None
    try:
        address = urljoin(f"{ehr.issuer}/", value)
    except ValueError:
        return None
    return address if web.rule.allows(address) else None


def _unusable(ehr: Ehr, detail: str) -> EhrUnusable:
    return EhrUnusable(
        f"Try again in a few minutes. If this stays, tell the administrator of {ehr.name}.",
        details=[detail],
    )


def words(value: Any) -> list[str]:
    """Return the words of a list in a discovery document; none where it is no list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
