"""The EHR's statements of who the user is: at the launch, and again where a renewal brings one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.smart.ehrs import quirks
from app.smart.ehrs.registry import Ehr
from app.smart.errors import IdentityRefused
from app.smart.oauth.discovery import Discovery
from app.smart.oauth.identity import Expected, read_identity


class Statements:
    """Reads id_tokens, each of which must fit its launch and the access token that it came with."""

    def __init__(self, discovery: Discovery) -> None:
        self._discovery = discovery

    def first(self, ehr: Ehr, id_token: Any, access_token: str, nonce: str) -> dict[str, Any]:
        """Return the claims of the id_token of a launch; raises IdentityRefused."""
        may_lack = quirks.NONCE_OMITTED in ehr.quirks
        return self._read(ehr, id_token, access_token, nonce=nonce, nonce_may_lack=may_lack)

    def again(self, ehr: Ehr, id_token: Any, access_token: str, known: Mapping[str, str]) -> None:
        """Raise IdentityRefused where the id_token of a renewal is about another person.

        `known` are the `sub` and the `nonce` of the launch. The nonce may be left out: OpenID
        Connect Core 12.2.
        """
        self._read(
            ehr,
            id_token,
            access_token,
            nonce=known["nonce"],
            nonce_may_lack=True,
            subject=known["sub"],
        )

    def _read(self, ehr: Ehr, id_token: Any, access_token: str, **more: Any) -> dict[str, Any]:
        issuer = self._discovery.smart(ehr).issuer
        if not isinstance(id_token, str) or issuer is None:
            raise IdentityRefused(
                "Open the app again from the chart. If this stays, tell the EHR's administrator.",
                details=["The EHR promised to say who you are (openid) and did not."],
            )
        return read_identity(
            id_token,
            Expected(issuer, ehr.client_id, access_token=access_token, **more),
            lambda fresh: self._discovery.keys(ehr, issuer, fresh=fresh),
        )
