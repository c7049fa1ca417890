"""Reads launch.json, in which an administrator registers the EHRs, and the receivers."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from app.config import ConfigError, read_secret
from app.fhir.addresses import AddressRule, is_plain_text
from app.formatting import either
from app.smart.ehrs.key_source import KeySource
from app.smart.ehrs.launch_file_keys import check_file, unique_keys
from app.smart.ehrs.quirks import QUIRKS, UNSAFE_TOGETHER
from app.smart.ehrs.registry import (
    Callback,
    ClientAuth,
    IssuerPattern,
    Level,
    Method,
    Registration,
    Registry,
)
from app.smart.ehrs.roles import read_roles

_ORIGIN = re.compile(r"https?://[a-z0-9.\-\[\]:]+")
_PATH_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-]{0,63}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


@dataclass(frozen=True)
class Planned:
    """A registration of the launch file that may still lack its client id, secret and keys.

    `client` is what the app says of itself; `secret_variable` names the variable for its secret.
    """

    registration: Registration
    client: dict[str, Any]
    secret_variable: str | None


def load_registry(
    path: str, *, demo: bool, environment: Mapping[str, str] = os.environ
) -> Registry:
    """Read the registry from the launch file at `path`.

    Outside the demo it has no registration that is `demo_only`. Raises ConfigError, which names the
    registration and says what to mend.
    """
    content = _read(path, demo=demo)
    rule = AddressRule(demo=demo)
    registrations = [
        _registration(expand(raw, environment), rule, environment)
        for raw in _in_use(content["ehrs"], demo=demo)
    ]
    return Registry(registrations, expand(content.get("client", {}), environment))


def load_planned(
    path: str, key: str, *, demo: bool, environment: Mapping[str, str] = os.environ
) -> Planned:
    """Read the EHR of this key from the launch file at `path`; raises ConfigError.

    Its client id, secret and keys may be missing: the EHR gives them at the registration.
    """
    content = _read(path, demo=demo)
    raw = next((raw for raw in content["ehrs"] if raw.get("key") == key), None)
    if raw is None:
        known = ", ".join(str(raw.get("key")) for raw in content["ehrs"])
        raise ConfigError(f"The launch file has no EHR {key}; it has {known or 'none'}.")
    raw = {"client_id": "", **expand(raw, environment)}
    registration = _registration(raw, AddressRule(demo=demo), None)
    client = expand(content.get("client", {}), environment)
    return Planned(registration, client, raw.get("client_secret_env"))


def read_receivers(
    path: str, *, demo: bool, environment: Mapping[str, str] = os.environ
) -> tuple[list[dict[str, Any]], set[str]]:
    """Return the receivers of the launch file at `path`, and the keys of its EHRs.

    Variables are filled in, names and types are checked, no more. Raises ConfigError.
    """
    content = _read(path, demo=demo)
    found = _in_use(content.get("receivers", []), demo=demo)
    ehrs = {str(raw.get("key")) for raw in _in_use(content["ehrs"], demo=demo)}
    return [expand(raw, environment) for raw in found], ehrs


def _in_use(found: list[dict[str, Any]], *, demo: bool) -> list[dict[str, Any]]:
    """Return those of the launch file that count: outside the demo none that is `demo_only`."""
    return [raw for raw in found if demo or not raw.get("demo_only")]


def _read(path: str, *, demo: bool) -> dict[str, Any]:
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        content: dict[str, Any] = json.loads(text, object_pairs_hook=unique_keys)
        # `forms` beside the list of EHRs is the default for each of them.
        common = {"forms": content["forms"]} if "forms" in content else {}
        content = {**content, "ehrs": [{**common, **raw} for raw in content["ehrs"]]}
    except OSError as error:
        raise ConfigError(
            f"ONCOFORM_LAUNCH_FILE: {path} cannot be read: {error.strerror}."
        ) from None
    except json.JSONDecodeError as error:
        raise ConfigError(
            f"ONCOFORM_LAUNCH_FILE: {path} is not JSON: {error.msg} "
            f"(line {error.lineno}, column {error.colno})."
        ) from None
    except (ValueError, KeyError, TypeError):
        raise ConfigError(
            f"ONCOFORM_LAUNCH_FILE must name a JSON file with a list of EHRs: {path}"
        ) from None
    check_file(content)
    if len(_in_use(content["ehrs"], demo=demo)) < 2:
        # There is no other EHR whose answers could be taken for this one's.
        for raw in content["ehrs"]:
            raw.setdefault("callback", "shared")
    return content


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
    raw: dict[str, Any], rule: AddressRule, environment: Mapping[str, str] | None
) -> Registration:
    """Return the registration; without `environment`, without its secrets."""
    try:
        key = raw["key"]
        method = _choice(raw, "client_auth", ClientAuth)
        return Registration(
            key=key,
            name=raw["name"],
            issuers=_issuers(key, raw["issuer"], rule),
            client_id=raw["client_id"],
            client_auth=method,
            roles=read_roles(raw),
            granular=raw.get("granular") is True,
            level=_choice(raw, "level", Level),
            frame_ancestors=tuple(
                _frame_ancestor(key, origin, rule) for origin in raw.get("frame_ancestors", [])
            ),
            callback=_callback(raw),
            quirks=_quirks(raw),
            authorize=_choice(raw, "authorize", Method),
            other_bases=tuple(_other_base(key, base) for base in raw.get("other_bases", [])),
            **(_secrets(method, raw, environment) if environment is not None else {}),
        )
    except KeyError as missing:
        raise ConfigError(
            f"{raw.get('key', 'An EHR')} of the launch file lacks {missing.args[0]}."
        ) from None


def _choice(raw: dict[str, Any], name: str, literal: Any) -> Any:
    """Return the choice that a registration makes of a Literal; its first is the default."""
    choices = get_args(literal)
    said = raw.get(name, choices[0])
    if said not in choices:
        raise ConfigError(f"{raw['key']}: {name} is {either(choices)}.")
    return said


def _issuers(key: str, value: str | list[str], rule: AddressRule) -> tuple[IssuerPattern, ...]:
    try:
        texts = [value] if isinstance(value, str) else value
        return tuple(IssuerPattern.read(text, rule) for text in texts)
    except ValueError as error:
        raise ConfigError(f"{key}: {error}") from None


def _frame_ancestor(key: str, origin: str, rule: AddressRule) -> str:
    # It goes into a header of every page.
    if not rule.allows(origin) or not _ORIGIN.fullmatch(origin):
        raise ConfigError(f"{key}: frame_ancestors are https origins, without a path: {origin}")
    return origin


def _other_base(key: str, base: str) -> str:
    # It is compared with references, and never called: it may lie inside the hospital.
    if not is_plain_text(base) or not re.fullmatch(r"https?://[^/?#]+/[^?#]*[^/?#]", base):
        raise ConfigError(
            f"{key}: other_bases are FHIR bases of this EHR on other hosts, as "
            f"https://inside.hospital.example/fhir: {base}"
        )
    return base


def _callback(raw: dict[str, Any]) -> Callback | None:
    callback: Callback | None = _choice(raw, "callback", Callback) if "callback" in raw else None
    if callback != "shared" and not _PATH_PART.fullmatch(raw["key"]):
        raise ConfigError(
            f"{raw['key']}: with an own callback, which is the default if there are several EHRs, "
            "the key has letters, digits and - only."
        )
    return callback


def _quirks(raw: dict[str, Any]) -> frozenset[str]:
    named = frozenset(raw.get("quirks", []))
    if unknown := sorted(named - QUIRKS.keys()):
        raise ConfigError(
            f"{raw['key']}: there is no quirk {unknown[0]}; there are {', '.join(QUIRKS)}."
        )
    if named >= UNSAFE_TOGETHER:
        raise ConfigError(
            f"{raw['key']}: {' and '.join(sorted(UNSAFE_TOGETHER))} are not tolerated together: "
            "a stolen code could be used by another."
        )
    return named


def _secrets(
    method: ClientAuth, raw: dict[str, Any], environment: Mapping[str, str]
) -> dict[str, Any]:
    if method == "symmetric":
        return {
            "client_secret": read_named_secret(
                raw, "client_secret_env", "client secret", environment
            )
        }
    if method == "asymmetric":
        return {"signing_keys": read_signing_keys(raw, environment)}
    return {}


def read_named_secret(
    raw: dict[str, Any], key: str, what: str, environment: Mapping[str, str]
) -> str:
    """Return the secret of the variable that `key` of a registration names; raises ConfigError."""
    name = _variable_name(raw, key)
    secret = read_secret(name, environment)
    if not secret or not secret.isascii() or not secret.isprintable():
        raise ConfigError(f"{raw['key']}: set {name} to the {what} (ASCII).")
    return secret


def read_signing_keys(raw: dict[str, Any], environment: Mapping[str, str]) -> KeySource:
    """Return the private keys that `private_key_env` of a registration names.

    Raises ConfigError.
    """
    try:
        return KeySource(_variable_name(raw, "private_key_env"), environment)
    except ConfigError as error:
        raise ConfigError(f"{raw['key']}: {error}") from None


def _variable_name(raw: dict[str, Any], key: str) -> str:
    """Return the name of a variable; anything else could be the secret itself, by mistake."""
    name = str(raw[key])
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{raw['key']}: {key} is the name of an environment variable: letters, digits and _."
        )
    return name
