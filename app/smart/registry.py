"""The EHRs that may launch the app, read from launch.json."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from app.config import ConfigError
from app.smart.addresses import AddressRule
from app.smart.errors import UnknownIssuer
from app.smart.keys import SigningKeys

ClientAuth = Literal["public", "symmetric", "asymmetric"]
_ORIGIN = re.compile(r"https?://[a-z0-9.\-\[\]:]+")
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


@dataclass(frozen=True)
class Ehr:
    """One EHR and how the app is registered there; `issuer` is its FHIR base, without a slash."""

    key: str
    name: str
    issuer: str
    client_id: str
    client_auth: ClientAuth
    scopes: tuple[str, ...]
    frame_ancestors: tuple[str, ...]
    client_secret: str | None = field(default=None, repr=False)
    signing_keys: SigningKeys | None = field(default=None, repr=False)


class Registry:
    """Knows every EHR by its exact issuer, which differs at most by a slash at the end."""

    def __init__(self, ehrs: Iterable[Ehr]) -> None:
        """Raises ConfigError where two entries have the same key or issuer."""
        self.ehrs = tuple(ehrs)
        self._by_key = {ehr.key: ehr for ehr in self.ehrs}
        self._by_issuer = {ehr.issuer: ehr for ehr in self.ehrs}
        if not len(self._by_key) == len(self._by_issuer) == len(self.ehrs):
            raise ConfigError("Two EHRs of the launch file have the same key or issuer.")

    def with_issuer(self, issuer: str) -> Ehr:
        """Return the EHR that launches as `issuer`; raises UnknownIssuer."""
        ehr = self._by_issuer.get(_without_slash(issuer))
        if ehr is None:
            raise UnknownIssuer(
                "Nothing was sent to the address that asked. "
                "Open the app from the chart of an EHR that your hospital has registered."
            )
        return ehr

    def with_key(self, key: str) -> Ehr | None:
        """Return the EHR with this key, None if it has been taken out of the file."""
        return self._by_key.get(key)

    def frame_ancestors(self) -> list[str]:
        """Return the origins of the pages that may show the app in a frame."""
        return sorted({origin for ehr in self.ehrs for origin in ehr.frame_ancestors})

    def public_keys(self) -> list[dict[str, Any]]:
        """Return the public keys of all asymmetric registrations, each once."""
        keys = [jwk for ehr in self.ehrs if ehr.signing_keys for jwk in ehr.signing_keys.public()]
        return list({jwk["kid"]: jwk for jwk in keys}.values())


def load_registry(
    path: str, *, demo: bool, environment: Mapping[str, str] = os.environ
) -> Registry:
    """Read the registry from the launch file at `path`.

    Entries marked `demo_only` are left out outside the demo. Raises ConfigError, with the entry and
    what to mend.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        entries = [{**entry} for entry in content["ehrs"]]
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigError(
            f"ONCOFORM_LAUNCH_FILE must name a JSON file with a list of EHRs: {path}"
        ) from None
    rule = AddressRule(demo=demo)
    return Registry(
        _ehr(expand(entry, environment), rule, environment)
        for entry in entries
        if demo or not entry.get("demo_only")
    )


def expand(value: Any, environment: Mapping[str, str]) -> Any:
    """Return `value` with `${NAME:-default}` filled from the environment in every string."""
    if isinstance(value, dict):
        return {name: expand(item, environment) for name, item in value.items()}
    if isinstance(value, list):
        return [expand(item, environment) for item in value]
    if isinstance(value, str):
        return _VARIABLE.sub(lambda match: _variable(match, environment), value)
    return value


def _variable(match: re.Match[str], environment: Mapping[str, str]) -> str:
    name, default = match.groups()
    found = environment.get(name) or default
    if found is None:
        raise ConfigError(f"The launch file needs the environment variable {name}.")
    return found


def _ehr(entry: dict[str, Any], rule: AddressRule, environment: Mapping[str, str]) -> Ehr:
    try:
        key = entry["key"]
        method: ClientAuth = entry.get("client_auth", "public")
        if method not in {"public", "symmetric", "asymmetric"}:
            raise ConfigError(f"{key}: client_auth is public, symmetric or asymmetric.")
        return Ehr(
            key=key,
            name=entry["name"],
            issuer=_issuer(key, entry["issuer"], rule),
            client_id=entry["client_id"],
            client_auth=method,
            scopes=tuple(entry["scopes"]),
            frame_ancestors=tuple(
                _frame_ancestor(key, origin, rule) for origin in entry.get("frame_ancestors", [])
            ),
            client_secret=_client_secret(entry, environment) if method == "symmetric" else None,
            signing_keys=_signing_keys(entry, environment) if method == "asymmetric" else None,
        )
    except KeyError as missing:
        raise ConfigError(
            f"{entry.get('key', 'An EHR')} of the launch file lacks {missing}."
        ) from None


def _issuer(key: str, issuer: str, rule: AddressRule) -> str:
    if not rule.allows(issuer) or "?" in issuer:
        raise ConfigError(f"{key}: the issuer is the https address of the FHIR server: {issuer}")
    return _without_slash(issuer)


def _frame_ancestor(key: str, origin: str, rule: AddressRule) -> str:
    # Whatever stands here goes into a header of every page.
    if not rule.allows(origin) or not _ORIGIN.fullmatch(origin):
        raise ConfigError(f"{key}: frame_ancestors are https origins, without a path: {origin}")
    return origin


def _client_secret(entry: dict[str, Any], environment: Mapping[str, str]) -> str:
    secret = environment.get(entry["client_secret_env"], "")
    if not secret or not secret.isascii():
        raise ConfigError(
            f"{entry['key']}: set {entry['client_secret_env']} to the client secret (ASCII)."
        )
    return secret


def _signing_keys(entry: dict[str, Any], environment: Mapping[str, str]) -> SigningKeys:
    name = entry["private_key_env"]
    try:
        return SigningKeys.read(environment.get(name, ""))
    except ValueError as error:
        raise ConfigError(f"{entry['key']}: {name}: {error}") from None


def _without_slash(issuer: str) -> str:
    return issuer.removesuffix("/")
