"""What an EHR asks of the app at its registration: as a page to copy from, and by RFC 7591."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.config import ConfigError
from app.smart.ehrs import quirks
from app.smart.ehrs.registry import Registration
from app.smart.oauth.requested_scopes import scope_parameter
from app.smart.scopes import ResourceScope

_SAID = ("client_name", "client_uri", "contacts", "logo_uri", "policy_uri", "tos_uri")
_LETTERS = {"c": "create", "r": "read", "u": "update", "d": "delete", "s": "search"}
_TYPES = {
    "public": "public, with PKCE alone",
    "symmetric": "confidential, symmetric: a secret, sent by",
    "asymmetric": "confidential, asymmetric: a signed JWT (private_key_jwt), RS384 or ES384",
}


@dataclass(frozen=True)
class Requested:
    """What the app requests of an EHR: scopes, in version 2, and the paths of its launches."""

    scopes: tuple[str, ...]
    launch_paths: tuple[str, ...] = ("/launch",)

    def scopes_of_every_launch(self, *, version_2: bool) -> list[str]:
        """Return the scopes as EHR launches and standalone launches request them."""
        capabilities = ["permission-v2"] if version_2 else []
        asked: dict[str, None] = {}
        for standalone in (False, True):
            scopes = scope_parameter(self.scopes, capabilities=capabilities, standalone=standalone)
            asked |= dict.fromkeys(scopes.split())
        return list(asked)

    def resources(self) -> dict[str, list[str]]:
        """Return the requested interactions by resource type, as text."""
        letters: dict[str, set[str]] = {}
        for word in self.scopes:
            scope = ResourceScope.parse(word)
            if scope is not None:
                letters.setdefault(scope.type, set()).update(scope.actions)
        return {
            type_: [_LETTERS[letter] for letter in "crsud" if letter in found]
            for type_, found in sorted(letters.items())
        }


def metadata(
    registration: Registration, client: Mapping[str, Any], base_url: str, requested: Requested
) -> dict[str, Any]:
    """Return the client metadata of RFC 7591 to register the app with this EHR.

    `client` is what the launch file says of the app. Raises ConfigError if its addresses are not
    those of the app.
    """
    said = {name: client[name] for name in _SAID if name in client}
    keys = {"jwks_uri": client.get("jwks_uri", f"{base_url}/.well-known/jwks.json")}
    return {
        "client_name": "Oncoform",
        **said,
        "application_type": client.get("application_type", "web"),
        "redirect_uris": _redirect_uris(registration, client, base_url),
        "launch_uris": _launch_uris(client, base_url, requested.launch_paths),
        # OpenID Connect allows only https: the demo has none.
        **({"initiate_login_uri": f"{base_url}/launch"} if base_url.startswith("https:") else {}),
        "grant_types": client.get("grant_types", ["authorization_code", "refresh_token"]),
        "response_types": client.get("response_types", ["code"]),
        "token_endpoint_auth_method": registration.authentication,
        **(keys if registration.client_auth == "asymmetric" else {}),
        "scope": " ".join(
            requested.scopes_of_every_launch(
                version_2=quirks.SCOPES_VERSION_1 not in registration.quirks
            )
        ),
    }


def as_page(registration: Registration, said: Mapping[str, Any], requested: Requested) -> str:
    """Return the page to copy from: each field of a registration page, with its value."""
    client_type = _TYPES[registration.client_auth]
    if registration.client_auth == "symmetric":
        client_type += (
            " POST body" if said["token_endpoint_auth_method"].endswith("post") else " HTTP Basic"
        )
    callback = "its own" if registration.own_callback else "shared with other EHRs"
    rows = [
        ("Name", said["client_name"]),
        ("Contacts", said.get("contacts", [])),
        ("Web page", said.get("client_uri", [])),
        ("Logo", said.get("logo_uri", [])),
        ("Privacy policy", said.get("policy_uri", [])),
        ("Terms of service", said.get("tos_uri", [])),
        ("Users", "clinicians; opened from the chart (EHR launch), or standalone"),
        ("Launch URL", said["launch_uris"]),
        (f"Redirect URI ({callback})", said["redirect_uris"]),
        ("Client type", client_type),
        ("Key set URL (JWKS)", said.get("jwks_uri", [])),
        ("Grant types", ", ".join(said["grant_types"])),
        ("Response type", ", ".join(said["response_types"])),
        ("PKCE", "always, S256"),
        ("FHIR version", "R4 (4.0.1)"),
        ("FHIR base", [pattern.text for pattern in registration.issuers]),
        ("Scopes, version 2", requested.scopes_of_every_launch(version_2=True)),
        ("Scopes, version 1", requested.scopes_of_every_launch(version_2=False)),
        (
            "Resources",
            [f"{type_}: {', '.join(does)}" for type_, does in requested.resources().items()],
        ),
    ]
    title = f"Registration of {said['client_name']} with {registration.name} ({registration.key})"
    return "\n".join([title, "", *_lines([(name, _texts(value)) for name, value in rows])])


def _redirect_uris(
    registration: Registration, client: Mapping[str, Any], base_url: str
) -> list[str]:
    address = f"{base_url}{registration.callback_path}"
    if registration.own_callback:
        return [address]
    return _holding("redirect_uris", client, address)


def _launch_uris(client: Mapping[str, Any], base_url: str, paths: Sequence[str]) -> list[str]:
    listed = _holding("launch_uris", client, f"{base_url}/launch")
    return list(dict.fromkeys((*listed, *(f"{base_url}{path}" for path in paths))))


def _holding(name: str, client: Mapping[str, Any], address: str) -> list[str]:
    listed: list[str] = client.get(name, [address])
    if address not in listed:
        raise ConfigError(
            f"client: {name} of the launch file lacks {address}, which follows from "
            "ONCOFORM_BASE_URL and is what the app uses."
        )
    return listed


def _texts(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _lines(rows: list[tuple[str, list[str]]]) -> list[str]:
    width = max(len(name) for name, _ in rows)
    return [
        f"{name if first else '':<{width}}  {text}"
        for name, texts in rows
        for first, text in ((text is texts[0], text) for text in texts)
    ]
