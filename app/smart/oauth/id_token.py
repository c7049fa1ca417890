"""id_token validation: at the launch, and again when a renewal brings a new id_token.

OpenID Connect Core 1.0, section 3.1.3.7.
"""

import hashlib
import hmac
import logging
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from app.fhir.paths import local_reference
from app.smart.ehrs import quirks
from app.smart.ehrs.keys import MINIMUM_RSA_BITS
from app.smart.ehrs.registry import Ehr
from app.smart.errors import IdentityRefused
from app.smart.oauth.discovery import LEEWAY_SECONDS, Discovery

logger = logging.getLogger(__name__)

# The EHR makes it at the exchange of the code, which lives for minutes (RFC 6749, section 4.1.2).
MAX_AGE_SECONDS = 600
USER_TYPES = frozenset({"Practitioner", "PractitionerRole", "Patient", "RelatedPerson", "Person"})
# Only signatures by a private key: with a shared secret, or with none, anybody could sign.
_CURVES = {"ES256": "P-256", "ES384": "P-384"}
_RSA_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
ACCEPTED_ALGORITHMS = _RSA_ALGORITHMS | _CURVES.keys()

# Claims that OpenID Connect requires of every id_token, beside `sub`.
_REQUIRED = ("iss", "aud", "exp", "iat")

PublicKey = RSAKey | ECKey


def claims_of(
    discovery: Discovery,
    ehr: Ehr,
    id_token: Any,
    access_token: str,
    *,
    nonce: str,
    subject: str | None = None,
) -> dict[str, Any]:
    """Return the claims of an id_token that came with `access_token`; raises IdentityRefused.

    `nonce` is that of the launch. `subject` is its `sub`, for the id_token of a renewal: that must
    be about the same person. A renewal needs no id_token at all (OpenID Connect Core 12.2), so the
    other claims may be absent, which the log says; none may differ.
    """
    issuer = discovery.smart(ehr).issuer
    if not isinstance(id_token, str) or issuer is None:
        raise IdentityRefused(details=["The EHR promised to say who you are (openid) and did not."])
    expected = ExpectedClaims(
        issuer,
        ehr.client_id,
        nonce,
        access_token,
        nonce_may_lack=subject is not None or quirks.NONCE_OMITTED in ehr.quirks,
        subject=subject,
    )
    claims = validate_id_token(
        id_token, expected, lambda fresh: discovery.keys(ehr, issuer, fresh=fresh)
    )
    if absent := [name for name in _REQUIRED if name not in claims]:
        logger.warning(
            "%s: an id_token of a renewal lacks %s; access goes on", ehr.key, ", ".join(absent)
        )
    return claims


@dataclass(frozen=True)
class ExpectedClaims:
    """What the claims must be, for this launch and the access token that came with the id_token.

    `subject` is the `sub` of an earlier id_token of the launch, if there was one.
    """

    issuer: str
    client_id: str
    nonce: str
    access_token: str
    nonce_may_lack: bool = False
    subject: str | None = None


def validate_id_token(
    id_token: str, expected: ExpectedClaims, keys: Callable[[bool], list[Any]]
) -> dict[str, Any]:
    """Return the claims of `id_token`; raises IdentityRefused.

    `keys(False)` returns the issuer's keys, `keys(True)` fetches them anew. They are fetched anew
    once, when the token names a key that is not among them.
    """
    algorithm, kid = _header(id_token)
    key = _find_key(keys(False), algorithm, kid) or _find_key(keys(True), algorithm, kid)
    if key is None:
        raise _refused("it is signed by a key that is not the EHR's")
    try:
        claims = jwt.decode(id_token, key, algorithms=[algorithm]).claims
    except (JoseError, ValueError, TypeError, RecursionError):
        raise _refused("its signature is not right") from None
    # A claim that is null says nothing.
    claims = {k: value for k, value in claims.items() if value is not None or k not in _REQUIRED}
    _check_claims(claims, expected)
    _check_access_token(claims, algorithm, expected.access_token)
    return claims


def user_reference(claims: dict[str, Any], base: str | Sequence[str]) -> str | None:
    """Return fhirUser as `Type/id`; None unless it is a person on the FHIR server at `base`.

    `base` may be all addresses of that server.
    """
    value = claims.get("fhirUser")
    reference = local_reference(value, base) if isinstance(value, str) else None
    return reference if reference and reference.partition("/")[0] in USER_TYPES else None


def _header(id_token: str) -> tuple[str, str | None]:
    try:
        header = jws.extract_compact(id_token.encode()).headers()
    except (JoseError, ValueError, TypeError, RecursionError):
        raise _refused("it is not a signed JWT") from None
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ACCEPTED_ALGORITHMS:
        raise _refused("it is signed by a method that is not accepted")
    if header.get("b64", True) is not True:  # RFC 7797, section 7
        raise _refused("its encoding (b64) is not that of a JWT")
    if kid is not None and not isinstance(kid, str):
        raise _refused("its key id is malformed")
    return algorithm, kid


def _find_key(jwks: list[Any], algorithm: str, kid: str | None) -> PublicKey | None:
    """Return the key with this id; without an id, the only key that fits."""
    fitting = [(jwk, key) for jwk in jwks if (key := _import_key(jwk, algorithm)) is not None]
    if kid is not None:
        fitting = [(jwk, key) for jwk, key in fitting if jwk.get("kid") == kid]
    elif len({key.thumbprint() for _, key in fitting}) > 1:
        return None
    return fitting[0][1] if fitting else None


def _import_key(jwk: Any, algorithm: str) -> PublicKey | None:
    """Return the key if it is one for signatures of `algorithm`."""
    if not isinstance(jwk, dict):
        return None
    if jwk.get("use", "sig") != "sig" or jwk.get("alg", algorithm) != algorithm:
        return None
    if "verify" not in _operations(jwk):
        return None
    try:
        if algorithm in _RSA_ALGORITHMS and jwk.get("kty") == "RSA" and _is_long(jwk):
            rsa = RSAKey.import_key(_public(jwk, "n", "e"))
            return rsa if rsa.raw_value.key_size >= MINIMUM_RSA_BITS else None
        if jwk.get("kty") == "EC" and jwk.get("crv") == _CURVES.get(algorithm):
            return ECKey.import_key(_public(jwk, "crv", "x", "y"))
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return None


def _operations(jwk: dict[str, Any]) -> list[Any]:
    """Return the operations that the key is for; a key that names none can verify."""
    operations = jwk.get("key_ops", ["verify"])
    return operations if isinstance(operations, list) else []


def _is_long(jwk: dict[str, Any]) -> bool:
    """Tell whether the modulus (base64url, six bits a letter) can be long enough."""
    return len(str(jwk.get("n"))) * 6 >= MINIMUM_RSA_BITS


def _public(jwk: dict[str, Any], *members: str) -> dict[str, Any]:
    return {name: jwk[name] for name in ("kty", *members)}


def _check_claims(claims: dict[str, Any], expected: ExpectedClaims) -> None:
    at_launch = expected.subject is None
    registry = jwt.JWTClaimsRegistry(
        leeway=LEEWAY_SECONDS,
        iss={"essential": at_launch, "value": expected.issuer},
        sub={"essential": True},
        aud={"essential": at_launch, "value": expected.client_id},
        exp={"essential": at_launch},
        iat={"essential": at_launch},
    )
    try:
        registry.validate(claims)
    except (JoseError, ValueError, TypeError, OverflowError) as error:
        name = getattr(error, "claim", None) or type(error).__name__
        raise _refused(f"its {name} is not as expected") from None
    if at_launch and claims["iat"] < time.time() - MAX_AGE_SECONDS - LEEWAY_SECONDS:
        raise _refused("it was made long before this launch (iat)")
    audience, party = claims.get("aud"), claims.get("azp")
    if isinstance(audience, list) and len(audience) > 1 and party is None:
        raise _refused("it is for several and does not say for whom it was made (azp)")
    if party is not None and party != expected.client_id:
        raise _refused("it was made for another app (azp)")
    if expected.subject not in {None, claims["sub"]}:
        raise _refused("it is about another person (sub)")
    nonce = claims.get("nonce")
    if nonce is None and expected.nonce_may_lack:
        return
    if not isinstance(nonce, str) or not hmac.compare_digest(
        nonce.encode(errors="replace"), expected.nonce.encode()
    ):
        raise _refused("it answers another sign-in (nonce)")


def _check_access_token(claims: dict[str, Any], algorithm: str, access_token: str) -> None:
    """Compare `at_hash` with the digest of the access token, if the id_token has that claim."""
    if "at_hash" not in claims:
        return
    digest = hashlib.new(f"sha{algorithm[-3:]}", access_token.encode()).digest()
    expected = urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")
    if claims["at_hash"] != expected:
        raise _refused("it came with another token (at_hash)")


def _refused(detail: str) -> IdentityRefused:
    return IdentityRefused(details=[f"The EHR's id_token was refused: {detail}."])
