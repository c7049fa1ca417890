"""The EHRs that may launch the app, found by the issuer that launches."""

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from app.config import ConfigError
from app.fhir.addresses import AddressRule, is_loopback
from app.smart.ehrs import quirks
from app.smart.ehrs.key_source import KeySource
from app.smart.ehrs.roles import Role

ClientAuth = Literal["public", "symmetric", "asymmetric"]
Callback = Literal["shared", "own"]
Level = Literal["patient", "user"]
Method = Literal["auto", "get", "post"]
_METHODS: dict[ClientAuth, str] = {
    "public": "none",
    "symmetric": "client_secret_basic",
    "asymmetric": "private_key_jwt",
}

# One segment of a path, without escapes, and not `.` or `..`.
_PART = r"(?!\.{1,2}(?:/|$))[A-Za-z0-9._~=,@:+\-]{1,2000}"
ANY = "*"


@dataclass(frozen=True)
class IssuerPattern:
    """A FHIR base without a slash at its end; `*` stands for one whole segment of its path.

    SMART launchers have their options, and some EHRs their tenants, in the path. Scheme and host
    are always exact.
    """

    text: str

    @property
    def is_exact(self) -> bool:
        return ANY not in self.text

    def matches(self, issuer: str) -> bool:
        """Tell whether the pattern matches `issuer`, which has no slash at its end."""
        if self.is_exact:
            return issuer == self.text
        parts = (_PART if part == ANY else re.escape(part) for part in self.text.split("/"))
        return re.fullmatch("/".join(parts), issuer) is not None

    @classmethod
    def read(cls, text: str, rule: AddressRule) -> "IssuerPattern":
        """Return the pattern of `text`; raises ValueError, which says what to mend."""
        if not rule.allows(text.replace(ANY, "x")) or "?" in text:
            raise ValueError(f"the issuer is the https address of the FHIR server: {text}")
        before, _, path = text.partition(urlsplit(text).netloc)
        host = urlsplit(text).netloc
        if ANY in before + host or any(ANY in part != ANY for part in path.split("/")):
            raise ValueError(f"* stands for a whole part of the issuer's path: {text}")
        return cls(text.removesuffix("/"))


@dataclass(frozen=True)
class Registration:
    """How the app is registered with an EHR, whose FHIR bases are those of `issuers`.

    The first of `roles` is EVERYBODY. A `granular` EHR knows scopes with conditions; `level` is
    that of the scopes on a patient's data. `callback` is None until `settle_callback`.
    `other_bases` are further addresses of the same FHIR server, as its references may have them. An
    `unprotected` FHIR server has no sign-in.
    """

    key: str
    name: str
    issuers: tuple[IssuerPattern, ...]
    client_id: str
    client_auth: ClientAuth
    frame_ancestors: tuple[str, ...]
    roles: tuple[Role, ...] = (Role(),)
    granular: bool = False
    level: Level = "patient"
    client_secret: str | None = field(default=None, repr=False)
    signing_keys: KeySource | None = field(default=None, repr=False)
    callback: Callback | None = "shared"
    quirks: frozenset[str] = frozenset()
    authorize: Method = "auto"
    other_bases: tuple[str, ...] = ()
    unprotected: bool = False

    @property
    def authentication(self) -> str:
        """The `token_endpoint_auth_method` of RFC 7591."""
        if self.client_auth == "symmetric" and quirks.SECRET_IN_BODY in self.quirks:
            return "client_secret_post"
        return _METHODS[self.client_auth]

    @property
    def own_callback(self) -> str | None:
        """The key in the EHR's own callback address; None if it uses the shared one."""
        return None if self.callback == "shared" else self.key

    def settle_callback(self, *, sends_iss: bool) -> Self:
        """Return it with a callback if it has none yet: its own, unless it promises `iss`.

        By either the app tells its answers from those of other EHRs.
        """
        if self.callback is not None:
            return self
        return replace(self, callback="shared" if sends_iss else "own")

    @property
    def callback_path(self) -> str:
        """The path of the address to which the EHR sends the browser back."""
        return f"/callback/{self.key}" if self.own_callback else "/callback"

    @property
    def launch_paths(self) -> list[str]:
        """The paths of the launch addresses to register with the EHR: one per role."""
        return [role.launch_path for role in self.roles]

    def role(self, key: str) -> Role | None:
        """Return the role with this key, or None."""
        return next((role for role in self.roles if role.key == key), None)

    def at(self, issuer: str) -> "Ehr | None":
        """Return the EHR at this FHIR base; None if the registration is not for it."""
        base = issuer.removesuffix("/")
        if not any(pattern.matches(base) for pattern in self.issuers):
            return None
        return Ehr(**{f.name: getattr(self, f.name) for f in fields(self)}, issuer=base)


@dataclass(frozen=True)
class Ehr(Registration):
    """An EHR at one FHIR base, `issuer`, without a slash at its end."""

    issuer: str = ""


class Registry:
    """All registrations, found by key and by issuer."""

    def __init__(
        self,
        registrations: Iterable[Registration],
        client: Mapping[str, Any] | None = None,
    ) -> None:
        """`client` is what the app says of itself. Raises ConfigError if two registrations have the
        same key or issuer.
        """
        self.registrations = tuple(registrations)
        self.client = dict(client or {})
        self._further_keys: tuple[KeySource, ...] = ()
        self._by_key = {found.key: found for found in self.registrations}
        issuers = [pattern for found in self.registrations for pattern in found.issuers]
        if len(self._by_key) < len(self.registrations) or len(set(issuers)) < len(issuers):
            raise ConfigError("Two EHRs of the launch file have the same key or issuer.")

    def with_more(self, more: Iterable[Registration]) -> "Registry":
        """Return a registry with more registrations; raises ConfigError as above."""
        return Registry([*self.registrations, *more], self.client)

    def with_issuer(self, issuer: str) -> Ehr | None:
        """Return the EHR that launches as `issuer`; None if no registration is for it.

        A registration with this exact issuer comes before those with a pattern, in the order of the
        file.
        """
        exact = IssuerPattern(issuer.removesuffix("/"))
        ranked = sorted(self.registrations, key=lambda found: exact not in found.issuers)
        return next(filter(None, (found.at(issuer) for found in ranked)), None)

    def with_key(self, key: str) -> Registration | None:
        """Return the registration of this key."""
        return self._by_key.get(key)

    def find(self, key: str, issuer: str) -> Ehr | None:
        """Return the EHR of an earlier launch; None if the file has it no longer."""
        registration = self._by_key.get(key)
        return registration.at(issuer) if registration else None

    def with_exact_issuers(self) -> list[Ehr]:
        """Return the EHRs, by name, at each FHIR base that is no pattern."""
        found = (
            registration.at(pattern.text)
            for registration in self.registrations
            for pattern in registration.issuers
            if pattern.is_exact
        )
        return sorted(filter(None, found), key=lambda ehr: (ehr.name.casefold(), ehr.issuer))

    def frame_ancestors(self) -> list[str]:
        """Return the origins of all pages that may show the app in a frame."""
        return sorted({origin for found in self.registrations for origin in found.frame_ancestors})

    def publish(self, keys: Iterable[KeySource]) -> None:
        """Publish further keys with those of the registrations: the app signs in elsewhere too."""
        self._further_keys = tuple(keys)

    def public_keys(self) -> list[dict[str, Any]]:
        """Return the public keys of all asymmetric registrations, and the further ones, once."""
        now = time.time()
        registered = (found.signing_keys for found in self.registrations)
        keys = [
            jwk
            for source in (*filter(None, registered), *self._further_keys)
            for jwk in source.current().public(now)
        ]
        return list({jwk["kid"]: jwk for jwk in keys}.values())


def unprotected_servers(bases: str, *, demo: bool) -> list[Registration]:
    """Return a registration for each FHIR base of the setting, which spaces separate.

    Raises ConfigError outside the demo, and for a server on another machine: without a sign-in it
    must hold no data of a real patient.
    """
    if bases.split() and not demo:
        raise ConfigError(
            "ONCOFORM_OPEN_FHIR_SERVERS is for testing: a server without a sign-in is used with "
            "ONCOFORM_DEMO only, never in a hospital."
        )
    return [_unprotected(base) for base in bases.split()]


def _unprotected(base: str) -> Registration:
    try:
        pattern = IssuerPattern.read(base, AddressRule(demo=True))
        host, where = urlsplit(base).hostname or "", urlsplit(base).netloc
    except ValueError:
        pattern, host, where = IssuerPattern(base), "", ""
    if not is_loopback(host) or not pattern.is_exact:
        raise ConfigError(
            "ONCOFORM_OPEN_FHIR_SERVERS holds FHIR bases on this machine, such as "
            f"http://127.0.0.1:8080/fhir, separated by spaces: {base}"
        )
    return Registration(
        key=f"open-{where}",
        name=f"Test server without sign-in, {where}",
        issuers=(pattern,),
        client_id="",
        client_auth="public",
        frame_ancestors=(),
        unprotected=True,
    )
