"""All that the app says to htmx and hears from it."""

from __future__ import annotations

from flask import Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse


def is_fragment() -> bool:
    """Tell whether htmx asks for a part of a page rather than a whole one."""
    return request.headers.get("HX-Request") == "true"


def go_to(address: str) -> BaseResponse:
    """Send the browser to `address` after a write, with htmx or without."""
    if is_fragment():
        return Response(status=204, headers={"HX-Redirect": address})
    return redirect(address, code=303)
