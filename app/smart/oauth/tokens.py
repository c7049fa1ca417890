"""Tokens: read from the token response, introspected, kept by launch, renewed only once."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from app.fhir.errors import Expired
from app.fhir.paths import reference_id
from app.smart.errors import IdentityRefused, LaunchRefused, TokenRefused
from app.smart.oauth.client import OAuthClient
from app.store import Launches, TokenRow

RENEW_BEFORE_SECONDS = 60
_LONGEST_LIFE = 30 * 24 * 3600
_POLL_SECONDS = 0.05
_HEADER_VALUE = re.compile(r"[\x21-\x7e]{1,20000}")
_SECONDS = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,20})?")
# A FHIR id, except `.` and `..`, which mean another folder in an address.
_ID = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9.\-]{1,64}")


def read_tokens(
    answer: Mapping[str, Any], *, kept: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the tokens of a token response, every part checked; raises TokenRefused.

    `kept` are the tokens that a renewal replaces: what the response leaves out stays as it was.
    """
    kept = kept or {}
    token_type = answer.get("token_type")
    if not isinstance(token_type, str) or token_type.lower() != "bearer":
        raise _malformed("token_type is not Bearer")
    access_token = _header_value(answer.get("access_token"))
    if access_token is None:
        raise _malformed("access_token is missing or malformed")
    scope = answer.get("scope", kept.get("scope"))
    if not isinstance(scope, str) or not scope.isascii():
        raise _malformed("scope is missing or malformed")
    refresh_token = answer.get("refresh_token")
    if refresh_token is not None and _header_value(refresh_token) is None:
        raise _malformed("refresh_token is malformed")
    return {
        "access_token": access_token,
        "refresh_token": refresh_token or kept.get("refresh_token"),
        "scope": scope,
        **_lifetime(answer.get("expires_in")),
    }


def context_id(value: Any, type_: str, base: str = "") -> str | None:
    """Return the id of a resource that the EHR's answer names; None if it is no id.

    SMART has the id alone; EHRs also write a number, or a reference: `Patient/7`, relative or below
    `base`.
    """
    value = number_text(value)
    if not isinstance(value, str):
        return None
    return value if _ID.fullmatch(value) else reference_id(value, type_, base)


def number_text(value: Any) -> Any:
    """Return a whole number as text, anything else as it is."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_number else value


@dataclass
class LaunchTokens:
    """The tokens of one launch, for its FhirSession: usable by any thread, outside of a request.

    `base` is the EHR's FHIR base; `client` makes the EHR's client for a renewal; `patience` is how
    many seconds to wait for another thread or app server that renews the token; `on_renewal` is
    called with whether the EHR gave a new one; `check_person` is called with the id_token and the
    access token of a renewal, and raises IdentityRefused if they are another person's. A refused
    renewal is the last one only then, or if the EHR may have used the refresh token up.
    """

    launches: Launches
    launch_id: str
    patient_id: str | None
    client: Callable[[], OAuthClient]
    patience: float
    on_renewal: Callable[[bool], object] = bool
    check_person: Callable[[Any, str], object] | None = None
    base: str = ""
    _last: TokenRow | None = field(default=None, init=False, repr=False)

    def current(self) -> str:
        """Return the access token, renewed if it is about to expire; raises Expired."""
        row = self._row()
        if not _is_past(row.tokens, "renew_at"):
            return _access(row)
        ended = _is_past(row.tokens, "expires_at")
        renewed = self._renew(row) if ended or not row.renewing else None
        if renewed is None and ended:
            raise Expired
        return renewed or _access(row)

    def renew(self, spent: str | None) -> str | None:
        """Return an access token other than `spent`; None if the EHR gives none."""
        try:
            row = self._row()
        except Expired:
            return None
        return _access(row) if _access(row) != spent else self._renew(row)

    def _row(self) -> TokenRow:
        row = self._last = self.launches.tokens(self.launch_id, self._last)
        if row is None:
            raise Expired
        return row

    def _renew(self, row: TokenRow) -> str | None:
        """Return the access token that replaces that of `row`, whoever renews it."""
        if not row.tokens.get("refresh_token"):
            return None
        try:
            client = self.client()
        except LaunchRefused:
            return None
        lease = self.launches.begin_renewal(self.launch_id, row.version)
        if lease is None:
            return self._wait_for_other(row)
        good = row.tokens["refresh_token"]
        try:
            answer = client.refresh(good)
            # It is good even if the rest of the response cannot be used.
            good = _header_value(answer.get("refresh_token")) or good
            tokens = self._read_renewal(answer, row)
        except LaunchRefused as refusal:
            ends = isinstance(refusal, IdentityRefused)
            if ends or (isinstance(refusal, TokenRefused) and refusal.spent):
                good = None
            if good == row.tokens["refresh_token"]:
                self.launches.abandon_renewal(self.launch_id, lease)
            else:
                kept = {**row.tokens, "refresh_token": good}
                self.launches.finish_renewal(self.launch_id, lease, kept)
            self.on_renewal(False)
            return None
        if not self.launches.finish_renewal(self.launch_id, lease, tokens):
            # The user signed out in the meantime: revoke the new tokens.
            revoke_all(client, tokens)
            return None
        self.on_renewal(True)
        return str(tokens["access_token"])

    def _read_renewal(self, answer: Mapping[str, Any], row: TokenRow) -> dict[str, Any]:
        """Return the tokens of a renewal; raises LaunchRefused if they are another person's."""
        tokens = read_tokens(answer, kept=row.tokens)
        named = answer.get("patient")
        if named is not None and context_id(named, "Patient", self.base) != self.patient_id:
            raise IdentityRefused(details=["The EHR renewed the access for another patient."])
        if self.check_person and answer.get("id_token") is not None:
            self.check_person(answer["id_token"], tokens["access_token"])
        return tokens

    def _wait_for_other(self, row: TokenRow) -> str | None:
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            newer = self.launches.tokens(self.launch_id)
            if newer is None:
                return None
            if newer.version != row.version:
                return _access(newer) if _access(newer) != _access(row) else None
            if not newer.renewing:
                return None
            time.sleep(_POLL_SECONDS)
        # The other one is gone. The refresh token may be spent: nobody uses it again or waits.
        unrefreshable = {**row.tokens, "refresh_token": None}
        self.launches.give_up_renewal(self.launch_id, row.version, unrefreshable)
        return None


@dataclass(frozen=True)
class GrantedToken:
    """For whom the token is, by the token response and the registration."""

    client_id: str
    patient: str | None  # None if the user is yet to choose one
    issuer: str | None  # of the authorization server, if its discovery names one
    base: str = ""  # the EHR's FHIR base


def apply_introspection(
    tokens: Mapping[str, Any], response: Mapping[str, Any] | None, granted: GrantedToken
) -> dict[str, Any]:
    """Return `tokens`, corrected by the introspection response (RFC 7662); raises TokenRefused.

    It is a second check, not the proof: the launch goes on without an answer, but not with one
    about another app or patient. Without a response the tokens stay as they are. A narrower scope
    replaces the granted one, a wider one does not; `exp` fills in for a token response without
    `expires_in`.
    """
    if response is None or not isinstance(response.get("active"), bool):
        return dict(tokens)
    if not response["active"]:
        raise _unfit("it is not active")
    for name, expected in (("client_id", granted.client_id), ("iss", granted.issuer)):
        if expected is not None and response.get(name, expected) != expected:
            raise _unfit(f"its {name} is another one")
    named = context_id(response.get("patient", granted.patient), "Patient", granted.base)
    if granted.patient is not None and named != granted.patient:
        raise _unfit("its patient is another one")
    return {
        **tokens,
        "scope": _narrower(tokens["scope"], response.get("scope")),
        **_end(tokens, response),
    }


def _narrower(granted: str, introspected: Any) -> str:
    scopes = introspected.split() if isinstance(introspected, str) else []
    return " ".join(scopes) if scopes and set(scopes) < set(granted.split()) else granted


def _end(tokens: Mapping[str, Any], response: Mapping[str, Any]) -> dict[str, int | None]:
    ends = response.get("exp")
    if tokens["expires_at"] is not None or not isinstance(ends, int | Decimal):
        return {}
    left = int(ends) - int(time.time())
    return lifetime(left) if left > 0 else {}


def revoke_all(client: OAuthClient, tokens: Mapping[str, Any]) -> None:
    """Revoke all of the tokens at the EHR."""
    for hint in ("refresh_token", "access_token"):
        if token := tokens.get(hint):
            client.revoke(token, hint)


def _access(row: TokenRow) -> str:
    return str(row.tokens["access_token"])


def _is_past(tokens: Mapping[str, Any], name: str) -> bool:
    moment = tokens.get(name)
    return moment is not None and moment <= time.time()


def lifetime(seconds: int | Decimal) -> dict[str, int | None]:
    """Return when a token of so many seconds expires and is to be renewed, in seconds since 1970.

    A token of a few minutes is renewed less than a minute before its end, or every request would
    renew it.
    """
    seconds = int(min(seconds, _LONGEST_LIFE))
    expires_at = int(time.time()) + seconds
    renew_at = expires_at - min(RENEW_BEFORE_SECONDS, seconds // 4)
    return {"expires_at": expires_at, "renew_at": renew_at}


def _lifetime(expires_in: Any) -> dict[str, int | None]:
    if expires_in is None:
        return {"expires_at": None, "renew_at": None}
    if isinstance(expires_in, str) and _SECONDS.fullmatch(expires_in):
        expires_in = Decimal(expires_in)
    is_number = isinstance(expires_in, int | Decimal) and not isinstance(expires_in, bool)
    if not is_number or expires_in < 1:
        raise _malformed("expires_in is not a number of seconds")
    return lifetime(expires_in)


def _header_value(value: Any) -> str | None:
    """Return the value if it can be sent in a header, else None."""
    return value if isinstance(value, str) and _HEADER_VALUE.fullmatch(value) else None


def _unfit(detail: str) -> TokenRefused:
    return TokenRefused(
        details=[f"What the EHR says of its own token (introspection) does not fit: {detail}."]
    )


def _malformed(detail: str) -> TokenRefused:
    details = [f"The EHR's token response cannot be used: {detail}."]
    return TokenRefused(details=details, spent=False)
