"""`oncoform reseal`: encrypts all stored data anew by the first key."""

from __future__ import annotations

import click

from app import config as settings
from app.store import open_store


@click.command()
def reseal() -> None:
    """Encrypt all stored data anew by the first of ONCOFORM_SECRET_KEYS.

    The app may serve meanwhile. Afterwards the other keys are needed no longer.
    """
    try:
        store = open_store(settings.load())
    except settings.ConfigError as error:
        raise click.ClickException(str(error)) from error
    try:
        number = store.rotate()
    finally:
        store.close()
    click.echo(f"Encrypted anew: {number} rows. The older keys can be dropped.")
