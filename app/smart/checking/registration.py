"""Dynamic client registration with an EHR's authorization server (RFC 7591)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
import urllib3

from app.fhir.credentials import Bearer
from app.smart.oauth.http import Refused, Web

_LONGEST_SAID = 300
_COMPARED = (
    "redirect_uris",
    "grant_types",
    "response_types",
    "token_endpoint_auth_method",
    "jwks_uri",
)
_REASONS = {
    "invalid_redirect_uri": "The EHR does not accept the redirect URI.",
    "invalid_client_metadata": "The EHR does not accept what the app says of itself.",
    "invalid_software_statement": "The EHR asks for a software statement that it can check.",
    "unapproved_software_statement": "The EHR has not approved the software statement.",
    "invalid_token": "The EHR does not accept the initial access token.",
    "access_denied": "The EHR does not let the app register itself.",
    "temporarily_unavailable": "The EHR is busy; try again later.",
}


class RegistrationRefused(Exception):
    """The app is not registered; the message says why and what to do."""


@dataclass(frozen=True)
class Registered:
    """The EHR's response: the client id, and for a symmetric client the secret.

    `secret_ends` is in seconds since 1970, 0 for never. `management_token` is for `management`, the
    address to change the registration (RFC 7592). `differences` say what the EHR registered
    differently from what the app asked.
    """

    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    secret_ends: int = 0
    management: str | None = None
    management_token: str | None = field(default=None, repr=False)
    differences: tuple[str, ...] = ()


def register(
    web: Web, endpoint: str, metadata: Mapping[str, Any], initial_token: str
) -> Registered:
    """Register the app by its `metadata`, once; raises RegistrationRefused.

    `initial_token` is the initial access token of some EHRs; it is empty if there is none.
    """
    headers = {"Accept": "application/json"}
    with requests.Session() as session:
        web.guard(session)
        try:
            answer = session.post(
                endpoint,
                json=dict(metadata),
                headers=headers,
                auth=Bearer(initial_token or None),
            )
        except Refused as reason:
            raise RegistrationRefused(f"The exchange was broken off: {reason}.") from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError):
            raise RegistrationRefused(
                "No answer came. The EHR may have registered the app all the same: look there "
                "before you try again."
            ) from None
    content = _content(answer)
    if answer.status_code not in {200, 201}:
        raise _refusal(answer.status_code, content, initial_token)
    return _registered(content, metadata)


def _content(answer: requests.Response) -> dict[str, Any]:
    try:
        content = json.loads(answer.content)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _refusal(status: int, content: Mapping[str, Any], token: str) -> RegistrationRefused:
    code = content.get("error")
    known = _REASONS.get(code) if isinstance(code, str) else None
    reason = known or _reason_of_status(status)
    if status in {401, 403}:
        reason += " Set ONCOFORM_REGISTRATION_TOKEN to an initial access token that it gave out."
    said = content.get("error_description")
    if isinstance(said, str) and (text := _printable(said, token)):
        reason += f" It says: {text}"
    return RegistrationRefused(reason)


def _reason_of_status(status: int) -> str:
    if status in {401, 403}:
        return "The EHR lets nobody register without leave."
    if status in {404, 405}:
        return "There is no registration at the address that the EHR names."
    if status in {429, 503}:
        return _REASONS["temporarily_unavailable"]
    return f"The EHR answered with HTTP status {status}."


def _printable(text: str, token: str) -> str:
    """Return a text of the EHR as one line for a terminal, without the token."""
    if token:
        text = text.replace(token, "…")
    return "".join(c if c.isprintable() else " " for c in text)[:_LONGEST_SAID].strip()


def _registered(content: Mapping[str, Any], asked: Mapping[str, Any]) -> Registered:
    client_id = _token_text(content.get("client_id"))
    if client_id is None:
        raise RegistrationRefused(
            "The EHR's answer names no client id. It may have registered the app all the same: "
            "look there before you try again."
        )
    secret = _token_text(content.get("client_secret"))
    is_symmetric = str(asked["token_endpoint_auth_method"]).startswith("client_secret")
    if is_symmetric and secret is None:
        raise RegistrationRefused(
            f"The EHR registered the app as {client_id}, but gave it no secret. Ask its "
            "administrator for one, or register as a public or an asymmetric client."
        )
    ends = content.get("client_secret_expires_at", 0)
    return Registered(
        client_id=client_id,
        client_secret=secret if is_symmetric else None,
        secret_ends=ends if isinstance(ends, int) and ends > 0 else 0,
        management=_token_text(content.get("registration_client_uri")),
        management_token=_token_text(content.get("registration_access_token")),
        differences=tuple(
            f"{name} is {_printable(json.dumps(content[name]), '')}"
            for name in _COMPARED
            if name in asked and name in content and not _alike(content[name], asked[name])
        ),
    )


def _alike(given: Any, asked: Any) -> bool:
    if isinstance(asked, list) and isinstance(given, list):
        return all(item in given for item in asked)
    return bool(given == asked)


def _token_text(value: Any) -> str | None:
    usable = isinstance(value, str) and value.isascii() and value.isprintable()
    return value if usable and 0 < len(value) <= _LONGEST_SAID * 10 else None
