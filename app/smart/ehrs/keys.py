"""The private keys by which the app proves who it is to an EHR, and their public halves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

SigningKey = RSAKey | ECKey
MINIMUM_RSA_BITS = 2048


@dataclass(frozen=True)
class SigningKeys:
    """The first key signs; the others are published still, until no EHR uses them any more."""

    keys: tuple[SigningKey, ...]

    @classmethod
    def read(cls, text: str) -> SigningKeys:
        """Read a private key as PEM or JWK, or several as a JWK set; raises ValueError."""
        keys = tuple(_import(item) for item in _items(text.strip()))
        if not keys:
            raise ValueError("set it to a private key: PEM, JWK or JWK set.")
        for key in keys:
            signing_algorithm(key)
            key.ensure_kid()
        return cls(keys)

    @property
    def current(self) -> SigningKey:
        """The key that signs."""
        return self.keys[0]

    def public(self) -> list[dict[str, Any]]:
        """Return the bare public keys, as a JWK set holds them."""
        return [
            {
                **key.as_dict(private=False),
                "use": "sig",
                "alg": signing_algorithm(key),
                "key_ops": ["verify"],
            }
            for key in self.keys
        ]


def signing_algorithm(key: SigningKey) -> str:
    """Return RS384 or ES384, the two that SMART has every server know; raises ValueError."""
    if isinstance(key, RSAKey):
        if key.raw_value.key_size < MINIMUM_RSA_BITS:
            raise ValueError("an RSA key has 2048 bits or more.")
        return "RS384"
    if key.curve_name != "P-384":
        raise ValueError("an elliptic key is on the curve P-384.")
    return "ES384"


def _items(text: str) -> list[Any]:
    if not text.startswith("{"):
        return [text] if text else []
    content = json.loads(text)
    keys = content.get("keys", [content])
    return keys if isinstance(keys, list) else []


def _import(item: Any) -> SigningKey:
    for kind in (RSAKey, ECKey):
        try:
            key = kind.import_key(item)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        if key.is_private:
            return key
    raise ValueError("it holds something that is not a private RSA or elliptic key.")
