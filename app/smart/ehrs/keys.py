"""The private keys of the app (private_key_jwt), their public keys, and their rotation."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

MINIMUM_RSA_BITS = 2048
ALGORITHMS = ("ES384", "RS384")
"""Both that SMART asks a client to support, the preferred one first."""

KEY_SET_CACHE_SECONDS = 3600
"""For how long an EHR may cache the published keys."""

RSA_BITS = 3072  # of a new key
SHORTEST_LEAD_SECONDS = 2 * KEY_SET_CACHE_SECONDS
"""A new key is published for longer than an EHR may cache the key set without it."""

SHORTEST_OVERLAP_SECONDS = 3600
_SIGNS_NO_MORE_SECONDS = 600  # before its end: an assertion must not outlive its key
_PUBLIC = {"RS384": ("kty", "n", "e"), "ES384": ("kty", "crv", "x", "y")}


@dataclass(frozen=True)
class SigningKey:
    """A private key that signs from `nbf` and is published until `exp`, in seconds since 1970."""

    key: RSAKey | ECKey = field(repr=False)
    nbf: int = 0
    exp: int | None = None

    @property
    def kid(self) -> str:
        """Its id in the published key set."""
        return str(self.key.kid)

    @property
    def algorithm(self) -> str:
        """RS384 or ES384."""
        return signing_algorithm(self.key)

    @property
    def signs_until(self) -> int | None:
        """When it stops signing: some minutes before its end."""
        return None if self.exp is None else self.exp - _SIGNS_NO_MORE_SECONDS

    def signs(self, now: float) -> bool:
        """Tell whether it may sign at `now`."""
        return self.nbf <= now and (self.signs_until is None or now < self.signs_until)

    def is_over(self, now: float) -> bool:
        """Tell whether its end is before `now`: it is published no longer."""
        return self.exp is not None and self.exp <= now

    def public(self) -> dict[str, Any]:
        """Return the public key alone, as a JWK."""
        jwk = self.key.as_dict(private=False)
        numbers = {name: jwk[name] for name in _PUBLIC[self.algorithm]}
        return {
            **numbers,
            "kid": self.kid,
            "use": "sig",
            "alg": self.algorithm,
            "key_ops": ["verify"],
        }

    def private(self) -> dict[str, Any]:
        """Return the private key with its times, as the file of keys has it."""
        times = {"nbf": self.nbf, "exp": self.exp}
        return {
            **self.key.as_dict(private=True),
            "kid": self.kid,
            "alg": self.algorithm,
            "use": "sig",
            **{name: value for name, value in times.items() if value},
        }


@dataclass(frozen=True)
class SigningKeys:
    """All keys of a registration: those that sign, will sign, and have signed."""

    keys: tuple[SigningKey, ...]

    @classmethod
    def read(cls, text: str) -> "SigningKeys":
        """Read a private key as PEM or JWK, or several as a JWK set; raises ValueError."""
        keys = tuple(_import(item) for item in _items(text.strip()))
        if not keys:
            raise ValueError("set it to a private key: PEM, JWK or JWK set.")
        if len({key.kid for key in keys}) < len(keys):
            raise ValueError("two of its keys have the same kid.")
        return cls(keys)

    def signing(self, algorithms: Sequence[str], now: float) -> SigningKey | None:
        """Return the newest key that signs at `now`, of the first of `algorithms` that has any.

        Of several keys that are equally new it is the first of the file.
        """
        for algorithm in algorithms:
            able = [key for key in self.keys if key.algorithm == algorithm and key.signs(now)]
            if able:
                return max(able, key=lambda key: key.nbf)
        return None

    def public(self, now: float) -> list[dict[str, Any]]:
        """Return the public keys of `now`, with those that do not sign yet."""
        return [key.public() for key in self.keys if not key.is_over(now)]

    def text(self) -> str:
        """Return the private JWK set that `read` reads."""
        return json.dumps({"keys": [key.private() for key in self.keys]}, indent=2) + "\n"


def signing_algorithm(key: RSAKey | ECKey) -> str:
    """Return RS384 or ES384, which SMART asks every server to know; raises ValueError."""
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
    times = {}
    if isinstance(item, dict):
        times = {name: item[name] for name in ("nbf", "exp") if name in item}
        item = {name: value for name, value in item.items() if name not in times}
    for key_type in (RSAKey, ECKey):
        try:
            key = key_type.import_key(item)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        if key.is_private:
            signing_algorithm(key)
            key.ensure_kid()
            return SigningKey(key, **_times(times))
    raise ValueError("it holds something that is not a private RSA or elliptic key.")


def _times(given: dict[str, Any]) -> dict[str, int]:
    """Return the times, checked: a key must not sign earlier or later than was meant."""
    for value in given.values():
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueError("nbf and exp of a key are seconds since 1970.")
    if given.get("exp", given.get("nbf", 0) + 1) <= given.get("nbf", 0):
        raise ValueError("exp of a key comes after its nbf.")
    return given


class RotationRefused(ValueError):
    """The keys cannot be rotated now; the message says why."""


def make_keys(nbf: int) -> SigningKeys:
    """Return new keys, one of each algorithm, named by their thumbprint, that sign from `nbf`."""
    made: list[RSAKey | ECKey] = [ECKey.generate_key("P-384"), RSAKey.generate_key(RSA_BITS)]
    for key in made:
        key.ensure_kid()
    return SigningKeys(tuple(SigningKey(key, nbf=nbf) for key in made))


def rotate(held: SigningKeys, now: int, *, lead: int, overlap: int) -> SigningKeys:
    """Return `held` with new keys that sign `lead` seconds from `now`.

    The old ones stay published for `overlap` seconds more; those past their end are dropped. Raises
    RotationRefused.
    """
    if lead < SHORTEST_LEAD_SECONDS or overlap < SHORTEST_OVERLAP_SECONDS:
        raise RotationRefused(
            f"New keys wait for {SHORTEST_LEAD_SECONDS // 3600} hours or more, since an EHR may "
            "keep the set without them for an hour, and old ones stay for an hour or more."
        )
    waiting = [key for key in held.keys if key.nbf > now]
    if waiting:
        raise RotationRefused(
            "New keys are waiting to sign already. Rotate when they do; "
            "`oncoform keys show` says from when."
        )
    begins = now + lead
    ends = begins + overlap
    old = [
        replace(key, exp=ends if key.exp is None else min(key.exp, ends))
        for key in held.keys
        if not key.is_over(now)
    ]
    return SigningKeys((*make_keys(begins).keys, *old))
