"""The command line: `oncoform`, or `python -m app`."""

from __future__ import annotations

import click

from app.commands import audit, definitions, demo, ehrs, keys, reseal, serve, upgrade


@click.group()
def main() -> None:
    """Oncoform: mCODE in, mCODE out, from inside the EHR."""


for command in (
    serve.serve,
    demo.demo,
    serve.make_key,
    reseal.reseal,
    serve.show_settings,
    definitions.compile_,
    ehrs.check,
    ehrs.register,
    keys.keys,
    audit.audit,
    audit.purge,
    upgrade.upgrade,
):
    main.add_command(command)
