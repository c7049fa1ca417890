"""The authorization endpoint: redirects the browser with a code, or with a refusal.

A launch from the chart goes straight through: who is using it, and for whom, is known. A standalone
launch asks for the user and the patient first. Until client and redirect URI are known to belong
together nothing is sent back to anyone: an error is then a page.
"""

from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import UnsupportedResponseTypeError
from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Headers

from app.sandbox.auth.server import SmartAuthorizationServer, SmartRequest, parameters_of
from app.sandbox.auth.state import LaunchContext
from app.sandbox.directory import Directory
from app.sandbox.errors import PageError


def authorize_endpoint(server: SmartAuthorizationServer, directory: Directory) -> Blueprint:
    """Return the blueprint of the authorization endpoint and its page of choices."""
    blueprint = Blueprint("authorize", __name__, url_prefix="/auth")

    @blueprint.route("/authorize", methods=["GET", "POST"])
    def authorize() -> Any:
        redirect_uri = _redirect_uri(server)
        try:
            oauth = server.create_oauth2_request(None)
            _refuse_other_response_types(oauth)
            launch = server.parameters.launch(oauth.parameters)
            context = launch.context if launch else None
            grant = server.get_consent_grant(oauth, end_user=context)
        except OAuth2Error as error:
            return _refuse(server, error, redirect_uri)
        if context is None:
            choice = server.state.choices.put(oauth.parameters)
            return _page(server, directory, choice)
        return server.create_authorization_response(oauth, context, grant)

    @blueprint.post("/choose")
    def choose() -> Any:
        key = request.form.get("choice")
        pending = server.state.choices.look(key)
        if not pending or not pending.good:
            raise PageError(400, "This sign-in has ended", "Go back to the app and start again.")
        allowed = request.form.get("decision") == "allow"
        context = _chosen(directory, pending.value["scope"]) if allowed else None
        if allowed and context is None:
            return _page(server, directory, key, problem=True), 422
        server.state.choices.spend(key)
        address = server.config.endpoint("authorize")
        oauth = SmartRequest(address, "GET", Headers(), pending.value)
        try:
            grant = server.get_consent_grant(oauth)
        except OAuth2Error as error:
            return _refuse(server, error, pending.value["redirect_uri"])
        # Without a context it is the refusal that redirects.
        return server.create_authorization_response(oauth, context, grant)

    return blueprint


def _redirect_uri(server: SmartAuthorizationServer) -> str:
    """Return the redirect URI; raises PageError unless the client registered it."""
    sent = parameters_of(request)
    client = server.clients.get(sent.get("client_id"))
    if client is None or len(sent.getlist("client_id")) != 1:
        raise PageError(
            400, "This app is not registered here", "client_id is missing, or is nobody's."
        )
    redirect_uris = sent.getlist("redirect_uri")
    if len(redirect_uris) != 1 or not client.check_redirect_uri(redirect_uris[0]):
        raise PageError(
            400,
            "The app asked to be answered elsewhere",
            "redirect_uri is missing, or is not exactly one that the app has registered.",
        )
    return redirect_uris[0]


def _refuse_other_response_types(oauth: SmartRequest) -> None:
    # Ahead of Authlib's own check, which quotes what was sent in its description, unchecked.
    if oauth.parameters.get("response_type") != "code":
        raise UnsupportedResponseTypeError("that was asked for")


def _refuse(
    server: SmartAuthorizationServer, error: OAuth2Error, redirect_uri: str
) -> ResponseReturnValue:
    states = parameters_of(request).getlist("state")
    error.redirect_uri = redirect_uri
    error.state = states[0] if len(states) == 1 else None
    return server.refuse(error)


def _chosen(directory: Directory, scope: str) -> LaunchContext | None:
    """Return what was chosen on the page; None if a choice is missing or does not exist."""
    asked = scope.split()
    user = directory.user(request.form.get("user", ""))
    if user is None:
        return None
    if "launch/patient" not in asked:
        return LaunchContext(user)
    patient = directory.patient(request.form.get("patient", ""))
    if patient is None:
        return None
    visits = directory.visits(patient.id) if "launch/encounter" in asked else []
    return LaunchContext(user, patient.id, visits[0].id if visits else None)


def _page(
    server: SmartAuthorizationServer,
    directory: Directory,
    choice: str | None,
    *,
    problem: bool = False,
) -> str:
    pending = server.state.choices.look(choice)
    data = pending.value if pending else {}
    asks_patient = "launch/patient" in data.get("scope", "").split()
    return render_template(
        "sandbox/choose.html",
        choice=choice,
        client_id=data.get("client_id"),
        users=directory.users(),
        patients=directory.patients() if asks_patient else None,
        chosen=request.form,
        problem=problem,
    )
