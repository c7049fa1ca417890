"""The authorization server: client authentication, grants and endpoints."""

from typing import Any

import flask
from authlib.common.urls import add_params_to_uri
from authlib.integrations.flask_oauth2.authorization_server import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError, OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from flask import Blueprint, request
from werkzeug.datastructures import Headers, MultiDict

from app.sandbox import scopes
from app.sandbox.auth.assertion import METHOD, ClientKeys, PrivateKeyJwt
from app.sandbox.auth.grants import S256, CodeGrant, RefreshGrant, SmartParameters
from app.sandbox.auth.holder import Introspection, Revocation
from app.sandbox.auth.identity import IdToken, make_key
from app.sandbox.auth.state import Grant, State, context_of
from app.sandbox.clients import Client, Clients
from app.sandbox.config import SandboxConfig


class SmartRequest(OAuth2Request):
    """A request as Authlib sees it: each parameter once, from the body of a POST or the query."""

    payload: Any

    def __init__(self, uri: str, method: str, headers: Headers, parameters: dict[str, str]) -> None:
        super().__init__(method, uri, headers=headers)
        self.parameters = parameters
        self.payload = BasicOAuth2Payload(parameters)

    @property
    def form(self) -> dict[str, str]:
        return self.parameters


class SmartAuthorizationServer(AuthorizationServer):
    """Authlib's server with the sandbox's clients, state and rules."""

    def __init__(self, config: SandboxConfig, clients: Clients, state: State) -> None:
        super().__init__()
        self.config = config
        self.clients = clients
        self.state = state
        self.key = make_key()
        self.parameters = SmartParameters(config, state)
        self.register_token_generator("default", self._issue)
        self.register_client_auth_method(
            METHOD, PrivateKeyJwt(config.endpoint("token"), state, ClientKeys(state.now))
        )
        extensions = [S256(required=True), self.parameters, IdToken(config, state, self.key)]
        self.register_grant(CodeGrant, extensions)
        self.register_grant(RefreshGrant)
        self.register_endpoint(Revocation)
        self.register_endpoint(Introspection)

    def query_client(self, client_id: str) -> Client | None:
        return self.clients.get(client_id)

    def save_token(self, token: dict[str, Any], request: Any) -> None:
        """Tokens are kept as they are made."""

    def create_oauth2_request(self, request: Any) -> SmartRequest:
        """Return `request` if it is one already, else the current Flask request as one.

        Raises InvalidRequestError where a parameter is given more than once.
        """
        if isinstance(request, SmartRequest):
            return request
        sent = parameters_of(flask.request)
        return SmartRequest(
            self.config.origin + flask.request.path,
            flask.request.method,
            flask.request.headers,
            single(sent),
        )

    def handle_response(self, status_code: int, payload: Any, headers: Any) -> flask.Response:
        """Every response at the redirect URI has `iss` (RFC 9207)."""
        headers = Headers(headers)
        if "Location" in headers:
            issuer = {"iss": self.config.issuer}
            headers["Location"] = add_params_to_uri(headers["Location"], issuer)
        response: flask.Response = super().handle_response(status_code, payload, headers)
        return response

    def refuse(self, error: OAuth2Error) -> flask.Response:
        """Answer with an error: as JSON, or at the error's redirect URI if it has one."""
        response: flask.Response = self.handle_error_response(None, error)
        return response

    def authenticate_client(
        self, request: Any, methods: list[str], endpoint: str = "token"
    ) -> Client:
        """Return the client that sent `request`. Raises InvalidClientError, always as a 401."""
        try:
            self._refuse_mixed_credentials(request)
            client: Client = super().authenticate_client(request, methods, endpoint)
        except InvalidClientError as error:
            error.status_code = 401
            raise
        except (ValueError, TypeError):
            # Authlib decodes credentials, and quotes them in its descriptions, unchecked.
            raise InvalidClientError(
                "The client's authentication cannot be read.", status_code=401
            ) from None
        if request.form.get("client_id", client.client_id) != client.client_id:
            raise InvalidClientError("client_id is another client's.", status_code=401)
        return client

    def _refuse_mixed_credentials(self, request: Any) -> None:
        if "client_secret" in request.form:
            raise InvalidClientError("client_secret_post is not supported: use HTTP Basic.")
        client = self.clients.get(request.form.get("client_id"))
        ways = [
            "Authorization" in request.headers,
            "client_assertion" in request.form,
            client is not None and client.auth_method == "none",
        ]
        if sum(ways) > 1:
            raise InvalidClientError("Use one way of client authentication, not several.")

    def _issue(
        self, *, user: Grant, scope: str, include_refresh_token: bool, **_: Any
    ) -> dict[str, Any]:
        refresh = include_refresh_token and scopes.refreshes(user.scope)
        answer = self.state.issue(user, scope, refresh=refresh)
        return answer | context_of(user, self.config)


def parameters_of(request: flask.Request) -> MultiDict[str, str]:
    """Return what was sent: the body of a POST, whose query does not count, or the query."""
    return request.form if request.method == "POST" else request.args


def single(sent: MultiDict[str, str]) -> dict[str, str]:
    """Return the parameters by name. Raises InvalidRequestError if one is given twice."""
    if any(len(values) > 1 for _, values in sent.lists()):
        raise InvalidRequestError("A parameter is given more than once.")
    return {name: value for name, value in sent.items() if value}


def token_endpoints(server: SmartAuthorizationServer) -> Blueprint:
    """Return the blueprint of the endpoints that answer in JSON."""
    blueprint = Blueprint("token", __name__, url_prefix="/auth")

    blueprint.register_error_handler(OAuth2Error, server.refuse)

    @blueprint.post("/token")
    def token() -> Any:
        if not request.form.get("grant_type"):
            raise InvalidRequestError(
                "grant_type is missing; the body is application/x-www-form-urlencoded."
            )
        return server.create_token_response()

    @blueprint.post("/revoke")
    def revoke() -> Any:
        return server.create_endpoint_response("revocation")

    @blueprint.post("/introspect")
    def introspect() -> Any:
        return server.create_endpoint_response("introspection")

    return blueprint
