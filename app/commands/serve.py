"""`oncoform serve`, `make-key` and `settings`."""

import logging

import click
from cryptography.fernet import Fernet
from waitress import serve as waitress_serve

from app import config as settings
from app import create_app, logs
from app.fhir.addresses import is_loopback

logger = logging.getLogger(__name__)


@click.command()
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option("--port", default=8000, type=int, help="Port to listen on.")
def serve(host: str, port: int) -> None:
    """Serve the app; its settings come from the environment (ONCOFORM_...)."""
    values = settings.load()
    _require_loopback(host, demo=values["DEMO"])
    logs.configure(values["LOG_LEVEL"])
    app = create_app()
    logger.info("serving on %s, port %d", host, port)
    waitress_serve(
        app,
        host=host,
        port=port,
        threads=16,
        ident=None,
        # The app itself reads the headers of the trusted proxies; without any, they are dropped.
        clear_untrusted_proxy_headers=not app.config["TRUSTED_PROXIES"],
    )


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
