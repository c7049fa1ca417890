"""`oncoform upgrade` and `oncoform reseal`: change all of the database at once."""

import sys
from contextlib import closing

import click

from app import config as settings
from app.store import open_store, upgrade_database


@click.command()
def upgrade() -> None:
    """Upgrade the database of ONCOFORM_DATABASE_URL. Make a backup of it before.

    All of it is changed, or nothing. App servers of the older version must not run meanwhile. At a
    terminal the command asks whether there is a backup; in a script it goes on.
    """
    done = upgrade_database(settings.load(), before_change=_ask_for_backup)
    if done.before is None:
        click.echo(f"The database was empty. It is now at revision {done.after}.")
    elif done.is_change:
        click.echo(f"Upgraded the database from revision {done.before} to {done.after}.")
    else:
        click.echo(f"The database is at revision {done.after} already. Nothing was changed.")


@click.command()
def reseal() -> None:
    """Encrypt all stored data anew by the first of ONCOFORM_SECRET_KEYS.

    The app may serve meanwhile. Afterwards the other keys are needed no longer.
    """
    with closing(open_store(settings.load())) as store:
        number = store.rotate()
    click.echo(f"Encrypted anew: {number} rows. The older keys can be dropped.")


def _ask_for_backup() -> None:
    click.echo("Make a backup of the database first: an upgrade is undone by restoring it only.")
    if _is_terminal():
        click.confirm("Is there a backup, and are all app servers stopped?", abort=True)


def _is_terminal() -> bool:
    return sys.stdin.isatty()
