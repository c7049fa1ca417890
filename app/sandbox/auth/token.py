"""The endpoints that clients call directly: token, revocation, introspection."""

# Authlib's classes carry no annotations.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Callable

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from flask import Blueprint, Response, request

from app.sandbox.auth.server import SmartAuthorizationServer


def token_endpoints(server: SmartAuthorizationServer) -> Blueprint:
    """Return the blueprint of the endpoints that answer in JSON."""
    blueprint = Blueprint("token", __name__, url_prefix="/auth")

    def answer(respond: Callable[[], Response]) -> Response:
        try:
            return respond()
        except OAuth2Error as error:
            refusal: Response = server.handle_error_response(None, error)
            return refusal

    @blueprint.post("/token")
    def token() -> Response:
        if not request.form.get("grant_type"):
            error = InvalidRequestError(
                "grant_type is missing; the body is application/x-www-form-urlencoded."
            )
            return answer(lambda: server.handle_error_response(None, error))
        return answer(server.create_token_response)

    @blueprint.post("/revoke")
    def revoke() -> Response:
        return answer(lambda: server.create_endpoint_response("revocation"))

    @blueprint.post("/introspect")
    def introspect() -> Response:
        return answer(lambda: server.create_endpoint_response("introspection"))

    return blueprint
