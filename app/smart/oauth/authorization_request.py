"""How a browser sends the authorization request: in the address (GET) or as a form (POST)."""

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from app.smart.ehrs.registry import Method

# Servers, proxies and old browsers accept an address of this length.
LONGEST_ADDRESS = 2000


@dataclass(frozen=True)
class AuthorizationRequest:
    """`address` is the endpoint with all parameters in its query, for a redirect."""

    endpoint: str
    address: str
    by_post: bool

    @classmethod
    def of(
        cls, endpoint: str, address: str, *, method: Method, capabilities: Collection[str]
    ) -> "AuthorizationRequest":
        """Return the request: by GET or POST as the launch file says.

        `auto` is a POST if the address is too long and the EHR lists `authorize-post`.
        """
        long = len(address) > LONGEST_ADDRESS and "authorize-post" in capabilities
        return cls(endpoint, address, by_post=method == "post" or (method == "auto" and long))

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The parameters to post, without the query of the endpoint itself."""
        own = parse_qsl(urlsplit(self.endpoint).query, keep_blank_values=True)
        return parse_qsl(urlsplit(self.address).query, keep_blank_values=True)[len(own) :]
