"""`oncoform compile`: the app's definitions from the official packages."""

from pathlib import Path

import click

from app.mcode import definitions
from app.mcode.compiling import PackageError, compile_packages


@click.command("compile")
@click.argument("packages", nargs=-1, required=True, type=click.Path(path_type=Path))
def compile_(packages: tuple[Path, ...]) -> None:
    """Compile a guide's package, and those it builds on, into the app's definitions.

    PACKAGES are FHIR packages (.tgz): that of the guide, as mCODE's, first. Other guides that are
    compiled already stay as they are.
    """
    try:
        written = compile_packages(packages, definitions.FOLDER)
    except PackageError as error:
        raise click.ClickException(str(error)) from error
    for kind, number in written.items():
        click.echo(f"{number} {kind}")
