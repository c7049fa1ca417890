"""Makes keys, and rotates them so that an EHR always knows a key that signs."""

from __future__ import annotations

from dataclasses import replace

from joserfc.jwk import ECKey, RSAKey

from app.smart.ehrs.keys import KEY_SET_CACHE_SECONDS, SigningKey, SigningKeys

RSA_BITS = 3072
SHORTEST_LEAD_SECONDS = 2 * KEY_SET_CACHE_SECONDS
"""A new key is published for longer than an EHR may cache the key set without it."""
SHORTEST_OVERLAP_SECONDS = 3600


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
