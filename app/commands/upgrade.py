"""`oncoform upgrade`: the database of an older version, brought to what this one needs."""

from __future__ import annotations

import sys

import click

from app import config as settings
from app.store import upgrade_database


@click.command()
def upgrade() -> None:
    """Upgrade the database of ONCOFORM_DATABASE_URL. Make a backup of it before.

    All of it is changed, or nothing. App servers of the older version must not run meanwhile. At a
    terminal the command asks whether there is a backup; in a script it goes on.
    """
    try:
        done = upgrade_database(settings.load(), before_change=_ask_for_backup)
    except settings.ConfigError as error:
        raise click.ClickException(str(error)) from error
    if done.before is None:
        click.echo(f"The database was empty. It is now at revision {done.after}.")
    elif done.is_change:
        click.echo(f"Upgraded the database from revision {done.before} to {done.after}.")
    else:
        click.echo(f"The database is at revision {done.after} already. Nothing was changed.")


def _ask_for_backup() -> None:
    click.echo("Make a backup of the database first: an upgrade is undone by restoring it only.")
    if _is_terminal():
        click.confirm("Is there a backup, and are all app servers stopped?", abort=True)


def _is_terminal() -> bool:
    return sys.stdin.isatty()
