"""A small strict EHR to try the app on: FHIR server, SMART authorization server and launcher."""

from flask import Flask

from app.sandbox import charts, errors, headers
from app.sandbox.auth.authorize import authorize_endpoint
from app.sandbox.auth.discovery import discovery
from app.sandbox.auth.register import register_endpoint
from app.sandbox.auth.server import SmartAuthorizationServer, token_endpoints
from app.sandbox.auth.state import State
from app.sandbox.clients import Clients, registrations
from app.sandbox.config import ROOT, SandboxConfig
from app.sandbox.launcher import launcher
from app.sandbox.registry import Registry, registry

_LARGEST_FORM = 100_000


def create_sandbox(config: SandboxConfig | None = None) -> Flask:
    """Return the sandbox, its chart loaded, ready to serve at `config.origin`.

    Raises DataError for data that cannot be loaded, or an upstream that does not take them.
    """
    config = config or SandboxConfig()
    app = Flask(
        __name__,
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static" / "sandbox"),
        static_url_path="/static",
    )
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_FORM
    clients = Clients((*registrations(config.app_url), *config.clients))
    state = State(config.access_token_seconds)
    chart = charts.make_chart(config, state)
    server = SmartAuthorizationServer(config, clients, state)

    errors.register(app)
    headers.register(app, clients)
    app.register_blueprint(launcher(config, clients, state, chart.directory))
    app.register_blueprint(discovery(server))
    app.register_blueprint(authorize_endpoint(server, chart.directory))
    app.register_blueprint(token_endpoints(server))
    app.register_blueprint(register_endpoint(server))
    app.register_blueprint(registry(Registry()))
    app.register_blueprint(chart.fhir, url_prefix="/fhir")
    app.extensions["sandbox"] = state
    return app
