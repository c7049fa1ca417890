"""Discovery: what an EHR publishes about its authorization server, checked and cached."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urljoin

from app.fhir.addresses import is_plain_text
from app.fhir.places import Busy
from app.security import origin_of
from app.smart.ehrs import quirks
from app.smart.ehrs.registry import Ehr
from app.smart.errors import EhrUnusable
from app.smart.oauth.cache import ResponseCache
from app.smart.oauth.http import Refused, Web

T = TypeVar("T")

LEEWAY_SECONDS = 300  # by which the EHR's clock may differ from the app's


@dataclass(frozen=True)
class SmartConfiguration:
    """The EHR's .well-known/smart-configuration; all addresses are absolute and allowed."""

    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str | None
    introspection_endpoint: str | None
    issuer: str | None
    capabilities: frozenset[str]
    sends_iss: bool  # in each authorization response, RFC 9207
    assertion_algorithms: frozenset[str] | None  # None if it lists none
    seconds_ahead: int  # of the app's clock; 0 if it is not known


class Discovery:
    """Fetches from each EHR at most once in a few minutes; one per app, for all its threads."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._cache = ResponseCache()

    def smart(self, ehr: Ehr) -> SmartConfiguration:
        """Return the EHR's configuration; raises EhrUnusable."""
        return self._cached(ehr, ("smart", ehr.issuer), lambda: self._read_smart(ehr))

    def keys(self, ehr: Ehr, issuer: str, *, fresh: bool = False) -> list[Any]:
        """Return the keys (JWK) by which the EHR's `issuer` signs id_tokens; raises EhrUnusable.

        `fresh` fetches them anew, for a key that the last response did not have. This is limited,
        because whoever makes id_tokens can name a new key in each.
        """
        # Cached by FHIR base: what another base publishes for the same issuer proves nothing here.
        key = ("keys", ehr.issuer, issuer)
        return self._cached(ehr, key, lambda: self._read_keys(ehr, issuer), fresh=fresh)

    def _read_smart(self, ehr: Ehr) -> SmartConfiguration:
        content, ahead = self._get_with_clock(ehr, smart_address(ehr), "SMART configuration")
        offers_pkce = "S256" in texts(content.get("code_challenge_methods_supported"))
        if not offers_pkce and quirks.PKCE_UNANNOUNCED not in ehr.quirks:
            raise _unusable(ehr, "It does not offer PKCE with S256.")
        missing = "It names no authorization or no token endpoint."
        authorization = self._require_endpoint(ehr, content, "authorization_endpoint", missing)
        token = self._require_endpoint(ehr, content, "token_endpoint", missing)
        issuer = content.get("issuer")
        if issuer is None and quirks.OIDC_ISSUER_IS_FHIR_BASE in ehr.quirks:
            issuer = ehr.issuer
        capabilities = frozenset(texts(content.get("capabilities")))
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
            sends_iss=promises_iss(ehr, content),
            assertion_algorithms=(
                frozenset(texts(algorithms)) if isinstance(algorithms, list) else None
            ),
            seconds_ahead=ahead or 0,
        )

    def _read_keys(self, ehr: Ehr, issuer: str) -> list[Any]:
        address = f"{issuer.removesuffix('/')}/.well-known/openid-configuration"
        content = self._get(ehr, address, "OpenID configuration")
        if content.get("issuer") != issuer:
            raise _unusable(ehr, "Its OpenID configuration is another issuer's.")
        missing = "Its OpenID configuration names no keys."
        jwks_uri = self._require_endpoint(ehr, content, "jwks_uri", missing)
        keys = self._get(ehr, jwks_uri, "key set").get("keys")
        if not isinstance(keys, list):
            raise _unusable(ehr, "Its key set holds no keys.")
        return keys

    def _get(self, ehr: Ehr, address: str, name: str) -> dict[str, Any]:
        return self._get_with_clock(ehr, address, name)[0]

    def _get_with_clock(
        self, ehr: Ehr, address: str, name: str
    ) -> tuple[dict[str, Any], int | None]:
        try:
            return self._web.get_json_and_clock(address)
        except Refused as reason:
            raise _unusable(ehr, f"Its {name} could not be read: {reason}.") from None

    def _require_endpoint(self, ehr: Ehr, content: dict[str, Any], name: str, missing: str) -> str:
        """Return an endpoint. Raises EhrUnusable if it is `missing`, or if it is not allowed."""
        address = endpoint(self._web, ehr, content, name)
        if address is None:
            refused = f"Its {name} is not an address that the app may use."
            raise _unusable(ehr, missing if content.get(name) is None else refused)
        return address

    def _cached(
        self, ehr: Ehr, key: tuple[str, ...], read: Callable[[], T], *, fresh: bool = False
    ) -> T:
        try:
            return self._cache.get(ehr.key, key, read, fresh=fresh)
        except Busy:
            raise _unusable(ehr, "It is slow, and others wait for it already.") from None


def smart_address(ehr: Ehr) -> str:
    """Return where the EHR's SMART configuration is."""
    return f"{ehr.issuer}/.well-known/smart-configuration"


def promises_iss(ehr: Ehr, document: Mapping[str, Any]) -> bool:
    """Tell whether the EHR's SMART configuration promises `iss` in authorization responses.

    That keeps another EHR's answers apart (RFC 9207) only if the issuer is its own: one on another
    host than the token endpoint may be another's, whose codes would then be sent to this endpoint.
    """
    if document.get("authorization_response_iss_parameter_supported") is not True:
        return False
    issuer = document.get("issuer")
    try:
        token = urljoin(f"{ehr.issuer}/", str(document.get("token_endpoint")))
        return not isinstance(issuer, str) or origin_of(issuer) == origin_of(token)
    except ValueError:
        return False


def endpoint(web: Web, ehr: Ehr, content: Mapping[str, Any], name: str) -> str | None:
    """Return an endpoint that a document names, resolved against the FHIR base.

    None if the document does not name it, or if the app may not use the address.
    """
    value = content.get(name)
    # urljoin would repair some malformed addresses in silence: they are refused.
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


def texts(value: Any) -> list[str]:
    """Return the texts of a list in a discovery document; nothing if it is not a list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
