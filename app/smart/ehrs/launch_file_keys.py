"""The keys of launch.json. Unknown ones are refused: a safety setting could be lost in silence."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Literal

from app.config import ConfigError

ValueType = Literal["text", "texts", "text or texts", "true or false", "object"]

FILE = frozenset({"client", "ehrs", "forms", "receivers"})
EHR: dict[str, ValueType] = {
    "key": "text",
    "name": "text",
    "issuer": "text or texts",
    "client_id": "text",
    "client_auth": "text",
    "client_secret_env": "text",
    "private_key_env": "text",
    "scopes": "texts",
    "forms": "texts",
    "roles": "object",
    "granular": "true or false",
    "level": "text",
    "frame_ancestors": "texts",
    "callback": "text",
    "quirks": "texts",
    "authorize": "text",
    "other_bases": "texts",
    "demo_only": "true or false",
}
ROLE: dict[str, ValueType] = {"forms": "texts", "scopes": "texts"}
CLIENT: dict[str, ValueType] = {
    "client_name": "text",
    "application_type": "text",
    "launch_uris": "texts",
    "redirect_uris": "texts",
    "jwks_uri": "text",
    "grant_types": "texts",
    "response_types": "texts",
    "contacts": "texts",
    "client_uri": "text",
    "logo_uri": "text",
    "policy_uri": "text",
    "tos_uri": "text",
}
RECEIVER: dict[str, ValueType] = {
    "key": "text",
    "name": "text",
    "product": "text",
    "version": "text",
    "address": "text",
    "purpose": "text",
    "auth": "text",
    "username": "text",
    "password_env": "text",
    "token_env": "text",
    "certificate_env": "text",
    "client_id": "text",
    "token_endpoint": "text",
    "scope": "text",
    "private_key_env": "text",
    "site": "object",
    "ehrs": "texts",
    "demo_only": "true or false",
}
_SECRETS = frozenset(
    {"client_secret", "secret", "private_key", "jwks", "jwk", "password", "token", "certificate"}
)


def check_file(content: Mapping[str, Any]) -> None:
    """Raise ConfigError for a key or a value of the launch file that the app does not know."""
    _refuse_unknown("The launch file", content, FILE)
    client = content.get("client", {})
    if not isinstance(client, dict):
        raise ConfigError("client of the launch file is an object.")
    _check("client", client, CLIENT)
    for ehr in content["ehrs"]:
        owner = str(ehr.get("key", "An EHR of the launch file"))
        _check(owner, ehr, EHR)
        for key, role in ehr.get("roles", {}).items():
            if not isinstance(role, dict):
                raise ConfigError(f'{owner}: a role is an object: {{"{key}": {{"forms": []}}}}.')
            _check(f"{owner}, {key}", role, ROLE)
    receivers = content.get("receivers", [])
    if not isinstance(receivers, list) or not all(isinstance(one, dict) for one in receivers):
        raise ConfigError("receivers of the launch file is a list of objects.")
    for receiver in receivers:
        _check(str(receiver.get("key", "A receiver of the launch file")), receiver, RECEIVER)


def unique_keys(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of a JSON file; raises ConfigError if it has a key twice."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ConfigError(f"The launch file has {name} twice in one place.")
        found[name] = value
    return found


def _check(owner: str, values: Mapping[str, Any], known: Mapping[str, ValueType]) -> None:
    if held := sorted(values.keys() & _SECRETS):
        raise ConfigError(
            f"{owner}: take {held[0]} out of the launch file, which holds no secrets. "
            "A key that ends in _env, such as private_key_env, names the environment variable that "
            "does."
        )
    _refuse_unknown(owner, values, known)
    for name, value in values.items():
        if not _is(value, known[name]):
            raise ConfigError(f"{owner}: {name} is {known[name]}.")
        if "PRIVATE KEY" in str(value):
            raise ConfigError(
                f"{owner}: {name} holds a private key; name the environment variable that does."
            )


def _refuse_unknown(owner: str, values: Iterable[str], known: Iterable[str]) -> None:
    for name in values:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            meant = f"; is {near[0]} meant?" if near else "."
            raise ConfigError(f"{owner}: there is no {name} in a launch file{meant}")


def _is(value: Any, type_: ValueType) -> bool:
    is_text = isinstance(value, str)
    are_texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return {
        "text": is_text,
        "texts": are_texts,
        "text or texts": is_text or are_texts,
        "true or false": isinstance(value, bool),
        "object": isinstance(value, dict),
    }[type_]
