"""All that the app hears from htmx."""

from flask import request


def is_fragment() -> bool:
    """Tell whether htmx asks for a part of a page rather than a whole one."""
    return request.headers.get("HX-Request") == "true"
