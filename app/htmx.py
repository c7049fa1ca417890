"""All that the app hears from htmx, and tells it."""

from collections.abc import Mapping

from flask import Response, request

# What a proxy, a firewall or a sign-in page answers in the app's place does not have it.
PART = "X-Oncoform-Part"


def is_fragment() -> bool:
    """Tell whether htmx asks for a part of a page rather than a whole one."""
    return request.headers.get("HX-Request") == "true"


def part(body: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a part of a page, with the header by which the page's script knows it as the app's."""
    return Response(body, status, {**(headers or {}), PART: "yes"})
