"""The command line: `oncoform`, or `python -m app`."""

from typing import Any

import click

from app.commands import audit, database, definitions, demo, ehrs, export, keys, serve, work
from app.config import ConfigError
from app.errors import AppError


class _Commands(click.Group):
    """The commands; what they cannot start with is said in a line, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (AppError, ConfigError) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Commands)
def main() -> None:
    """Oncoform: mCODE in, mCODE out, from inside the EHR."""


for command in (
    serve.serve,
    work.work,
    demo.demo,
    serve.make_key,
    database.reseal,
    serve.show_settings,
    definitions.compile_,
    ehrs.check,
    ehrs.register,
    keys.keys,
    export.export,
    audit.audit,
    audit.purge,
    database.upgrade,
):
    main.add_command(command)
