"""`oncoform serve`, `make-key` and `settings`."""

import logging
from typing import Any

import click
from cryptography.fernet import Fernet
from flask import Flask
from waitress import serve as waitress_serve
from waitress.utilities import RequestEntityTooLarge as TooLarge
from werkzeug.exceptions import RequestEntityTooLarge

from app import config as settings
from app import create_app, logs
from app.fhir.addresses import is_loopback
from app.smart.service import MOST_OF_EHR

logger = logging.getLogger(__name__)

# Two EHRs that hang leave some to all others.
THREADS = 2 * MOST_OF_EHR + 20
CONNECTIONS = 1000


@click.command()
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option("--port", default=8000, type=int, help="Port to listen on.")
def serve(host: str, port: int) -> None:
    """Serve the app; its settings come from the environment (ONCOFORM_...)."""
    values = settings.load()
    _require_loopback(host, demo=values["DEMO"])
    logs.configure(values["LOG_LEVEL"])
    app = create_app()
    answer_too_large_requests(app)
    logger.info("serving on %s, port %d", host, port)
    post = app.extensions["outbox"]
    is_worker = values["WORKER"] and post.has_work
    if is_worker:
        post.start_worker(values)
    waitress_serve(app, host=host, port=port, **options(app))
    if is_worker:
        post.queue.stop()


def options(app: Flask) -> dict[str, Any]:
    """Return how waitress serves the app."""
    return {
        "threads": THREADS,
        "ident": None,
        # A larger request is refused by its header, before it is taken in.
        "max_request_body_size": app.config["MAX_REQUEST_BYTES"] + 1,
        # A request that never ends takes a connection, and no thread.
        "connection_limit": CONNECTIONS,
        "asyncore_use_poll": True,  # the other way ends at 1024 open files
        # Looking at what follows a request shows that its reader has gone.
        "channel_request_lookahead": 1,
        # The app itself reads the headers of the trusted proxies; without any, they are dropped.
        "clear_untrusted_proxy_headers": not app.config["TRUSTED_PROXIES"],
    }


def answer_too_large_requests(app: Flask) -> None:
    """Answer with the app's own page what the server refuses before the app sees it."""
    with app.test_request_context(base_url=app.config["BASE_URL"]):
        answer = app.make_response(app.handle_http_exception(RequestEntityTooLarge()))
        page = app.process_response(answer)
    headers = [(name, value) for name, value in page.headers if name != "Content-Length"]
    told = page.status, headers, page.get_data()
    # waitress has no setting for its own pages.
    TooLarge.to_response = lambda _error, _ident=None: told  # type: ignore[method-assign]


def _require_loopback(host: str, *, demo: bool) -> None:
    """Raise ConfigError if other machines could reach the demo."""
    if demo and not is_loopback(host):
        raise settings.ConfigError(
            f"ONCOFORM_DEMO is for this machine only: {host} would let others in."
        )


@click.command("make-key")
def make_key() -> None:
    """Print a new key for ONCOFORM_SECRET_KEYS."""
    click.echo(Fernet.generate_key().decode())


@click.command("settings")
def show_settings() -> None:
    """Print every setting with its default and what it is for."""
    for setting in settings.SETTINGS:
        click.echo(f"ONCOFORM_{setting.name} = {setting.default!r}\n    {setting.help}")
