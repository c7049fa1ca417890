"""Which key proves to an EHR who the app is."""

from __future__ import annotations

import time

from app.smart.ehrs.keys import ALGORITHMS, SigningKey
from app.smart.ehrs.registry import Ehr
from app.smart.errors import EhrUnusable
from app.smart.oauth.discovery import SmartConfiguration

# What an EHR knows that says nothing: RS384 is the older of the two.
_UNLISTED = ("RS384", "ES384")


def signing_key(ehr: Ehr, configuration: SmartConfiguration) -> SigningKey | None:
    """Return the key to sign with at this moment; None where the app proves itself otherwise.

    Raises EhrUnusable where the EHR accepts no algorithm of which the app has a key.
    """
    if ehr.signing_keys is None:
        return None
    listed = configuration.assertion_algorithms
    accepted = _UNLISTED if listed is None else [name for name in ALGORITHMS if name in listed]
    if not accepted:
        raise _unusable(ehr, "It accepts neither RS384 nor ES384, by which the app can sign.")
    key = ehr.signing_keys.signing(accepted, time.time())
    if key is None:
        raise _unusable(ehr, f"The app has no key for {' or '.join(accepted)} that signs now.")
    return key


def _unusable(ehr: Ehr, detail: str) -> EhrUnusable:
    return EhrUnusable(
        f"Tell the administrator of the app, and of {ehr.name}, what follows.", details=[detail]
    )
