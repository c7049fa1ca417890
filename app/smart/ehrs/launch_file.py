"""Reads launch.json, in which an administrator lists the EHRs that may launch the app."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from app.config import ConfigError
from app.fhir.addresses import AddressRule
from app.smart.ehrs.issuers import IssuerPattern
from app.smart.ehrs.keys import SigningKeys
from app.smart.ehrs.registry import ClientAuth, Registration, Registry
from app.smart.ehrs.roles import read_roles

_ORIGIN = re.compile(r"https?://[a-z0-9.\-\[\]:]+")
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


def load_registry(
    path: str, *, demo: bool, environment: Mapping[str, str] = os.environ
) -> Registry:
    """Read the registry from the launch file at `path`.

    Entries marked `demo_only` are left out outside the demo. Raises ConfigError, with the entry and
    what to mend.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        # What stands beside the list of EHRs holds for each that does not say otherwise.
        common = {"forms": content["forms"]} if "forms" in content else {}
        entries = [{**common, **entry} for entry in content["ehrs"]]
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigError(
            f"ONCOFORM_LAUNCH_FILE must name a JSON file with a list of EHRs: {path}"
        ) from None
    rule = AddressRule(demo=demo)
    return Registry(
        _registration(expand(entry, environment), rule, environment)
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


def _registration(
    entry: dict[str, Any], rule: AddressRule, environment: Mapping[str, str]
) -> Registration:
    try:
        key = entry["key"]
        method: ClientAuth = entry.get("client_auth", "public")
        if method not in {"public", "symmetric", "asymmetric"}:
            raise ConfigError(f"{key}: client_auth is public, symmetric or asymmetric.")
        return Registration(
            key=key,
            name=entry["name"],
            issuers=_issuers(key, entry["issuer"], rule),
            client_id=entry["client_id"],
            client_auth=method,
            roles=read_roles(entry),
            granular=entry.get("granular") is True,
            level=_level(key, entry.get("level", "patient")),
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


def _level(key: str, value: str) -> Literal["patient", "user"]:
    if value == "patient":
        return "patient"
    if value == "user":
        return "user"
    raise ConfigError(f"{key}: level is patient or user.")


def _issuers(key: str, value: str | list[str], rule: AddressRule) -> tuple[IssuerPattern, ...]:
    try:
        texts = [value] if isinstance(value, str) else value
        return tuple(IssuerPattern.read(text, rule) for text in texts)
    except ValueError as error:
        raise ConfigError(f"{key}: {error}") from None


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
