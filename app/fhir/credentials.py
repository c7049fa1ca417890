"""Bearer tokens: how a request carries one, and a source that has one and no other."""

import requests
from requests.auth import AuthBase


class Bearer(AuthBase):
    """Sets the token itself, if there is one, so that no password file of the machine can."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class OneToken:
    """The source of one token; of none, for a server that is asked without any."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def current(self) -> str | None:
        """Return the token."""
        return self._token

    def renew(self, spent: str | None) -> None:
        """Say that there is no other."""
