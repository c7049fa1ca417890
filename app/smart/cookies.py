"""The only cookie of the app: an opaque key that identifies the browser."""

import secrets
from urllib.parse import urlsplit

from flask import Request, current_app
from werkzeug.wrappers import Response

from app.fhir.addresses import is_loopback

# With this prefix browsers accept the cookie only from this host over a secure connection: no other
# host of the domain can set a key of its own.
NAME = "__Host-oncoform"
# Clients other than browsers do not send a Secure cookie over plain http.
LOOPBACK_NAME = "oncoform-loopback"


def new_browser_key() -> str:
    """Return a key that nobody can guess."""
    return secrets.token_urlsafe(32)


def browser_key(request: Request) -> str | None:
    """Return the key that the browser sent."""
    key = request.cookies.get(NAME)
    if key is None and _is_plain_loopback(request):
        key = request.cookies.get(LOOPBACK_NAME)
    return key


def set_browser_key(request: Request, response: Response, key: str) -> None:
    """Set the cookie so that the browser sends it inside an EHR's frame too."""
    response.set_cookie(
        NAME, key, path="/", httponly=True, secure=True, samesite="None", partitioned=True
    )
    if _is_plain_loopback(request):
        response.set_cookie(LOOPBACK_NAME, key, path="/", httponly=True, samesite="Lax")


def _is_plain_loopback(request: Request) -> bool:
    return (
        current_app.config["DEMO"]
        and request.scheme == "http"
        and is_loopback(urlsplit(request.host_url).hostname or "")
        and is_loopback(request.remote_addr or "")
    )
