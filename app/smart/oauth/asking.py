"""How a browser takes a request to the authorization endpoint: in its address, or by a form."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from app.smart.ehrs.registry import Method

# What servers, proxies and old browsers take of an address without cutting it.
LONGEST_ADDRESS = 2000


@dataclass(frozen=True)
class AuthorizationRequest:
    """`address` is the endpoint with all parameters in its query, as a redirect asks."""

    endpoint: str
    address: str
    by_post: bool

    @classmethod
    def of(
        cls, endpoint: str, address: str, *, method: Method, capabilities: Collection[str]
    ) -> AuthorizationRequest:
        """Return the request, by POST where the launch file says so, or where `auto` needs it.

        That is where the EHR says that it takes one and the address would be too long.
        """
        long = len(address) > LONGEST_ADDRESS and "authorize-post" in capabilities
        return cls(endpoint, address, by_post=method == "post" or (method == "auto" and long))

    @property
    def fields(self) -> list[tuple[str, str]]:
        """What is posted: the parameters, without the query that the endpoint itself has."""
        own = parse_qsl(urlsplit(self.endpoint).query, keep_blank_values=True)
        return parse_qsl(urlsplit(self.address).query, keep_blank_values=True)[len(own) :]
