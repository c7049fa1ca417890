"""The apps that are registered with the sandbox."""

import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749 import ClientMixin

MOST_REGISTERED = 100

AuthMethod = Literal["none", "client_secret_basic", "private_key_jwt"]


@dataclass(frozen=True)
class Client(ClientMixin):
    """One registered app.

    How it authenticates follows from `auth_method`: a public one by its `client_id` alone, a
    symmetric one by `secret` in HTTP Basic, an asymmetric one by a JWT under a key of `jwks` or
    `jwks_uri`.
    """

    client_id: str
    auth_method: AuthMethod
    redirect_uris: tuple[str, ...]
    launch_url: str | None
    secret: str | None = field(default=None, repr=False)
    jwks_uri: str | None = None
    jwks: dict[str, Any] | None = None

    @property
    def origins(self) -> frozenset[str]:
        """The origins of the app's pages."""
        known = filter(None, (*self.redirect_uris, self.launch_url))
        addresses = (urlsplit(address) for address in known)
        return frozenset(f"{parts.scheme}://{parts.netloc}" for parts in addresses)

    # What Authlib asks a client:

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """There is none: each request names its redirect URI."""

    def get_allowed_scope(self, scope: str) -> str:
        """Any scope may be asked for; the user decides what is granted."""
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return self.secret is not None and secrets.compare_digest(
            self.secret.encode(), client_secret.encode()
        )

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return method == self.auth_method

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in {"authorization_code", "refresh_token"}


class Clients:
    """The registry, by client id."""

    def __init__(self, clients: Iterable[Client]) -> None:
        self._clients = {client.client_id: client for client in clients}
        self._room = MOST_REGISTERED
        self._lock = threading.Lock()

    def add(self, client: Client) -> bool:
        """Add an app that registers itself; False if there are too many already."""
        with self._lock:
            if self._room == 0:
                return False
            self._room -= 1
            self._clients = {**self._clients, client.client_id: client}
            return True

    def get(self, client_id: str | None) -> Client | None:
        return self._clients.get(client_id or "")

    @property
    def origins(self) -> frozenset[str]:
        return frozenset[str]().union(*(client.origins for client in self._clients.values()))


def registrations(app_url: str) -> tuple[Client, ...]:
    """Return the app at `app_url` as a public, a symmetric and an asymmetric client.

    The symmetric one's secret is public knowledge, as all of the sandbox is.
    """
    addresses: dict[str, Any] = {
        "redirect_uris": (f"{app_url}/callback",),
        "launch_url": f"{app_url}/launch",
    }
    return (
        Client("oncoform", "none", **addresses),
        Client(
            "oncoform-symmetric",
            "client_secret_basic",
            secret="sandbox-secret",  # noqa: S106 - public knowledge
            **addresses,
        ),
        Client(
            "oncoform-asymmetric",
            "private_key_jwt",
            jwks_uri=f"{app_url}/.well-known/jwks.json",
            **addresses,
        ),
    )
