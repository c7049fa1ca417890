"""`oncoform keys`: makes, rotates and shows the keys for client authentication by JWT."""

import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from app.commands.registrations import load_settings, read_registry
from app.config import ConfigError, read_secret
from app.smart.ehrs.keys import ALGORITHMS, RotationRefused, SigningKey, SigningKeys, make_keys
from app.smart.ehrs.keys import rotate as rotated
from app.smart.ehrs.private_file import replace_content, write_new

STANDARD = "-"
_HEADINGS = ("key", "", "signs from (UTC)", "signs until", "published until", "now")
_KID_SHOWN = 12


@click.group()
def keys() -> None:
    """Make, rotate and show the keys by which the app proves itself to EHRs."""


@keys.command("make")
@click.argument("path", required=False, type=click.Path(path_type=Path))
def make(path: Path | None) -> None:
    """Make a set of keys, RS384 and ES384, in the new file PATH.

    Without PATH the set is printed, for a store of secrets. Keep it secret.
    """
    text = make_keys(int(time.time())).text()
    if path is None:
        click.echo(text, nl=False)
        return
    try:
        write_new(path, text)
    except FileExistsError:
        raise click.ClickException(
            f"{path} is there already: rotate its keys, or name another file."
        ) from None
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from None
    click.echo(f"Made {path}. Only its owner may read it, who must be the app's user.", err=True)


@keys.command("rotate")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--lead-hours", default=24, type=int, help="Hours until the new keys sign.")
@click.option(
    "--overlap-hours", default=24, type=int, help="Hours that the old ones stay after that."
)
def rotate(path: Path, lead_hours: int, overlap_hours: int) -> None:
    """Add new keys to the set in PATH, and give the old ones an end.

    With - as PATH the set is read from standard input and printed, for a store of secrets.
    """
    held = _read(path)
    try:
        new = rotated(held, int(time.time()), lead=lead_hours * 3600, overlap=overlap_hours * 3600)
    except RotationRefused as refusal:
        raise click.ClickException(str(refusal)) from None
    if str(path) == STANDARD:
        click.echo(new.text(), nl=False)
    else:
        try:
            replace_content(path, new.text())
        except OSError as error:
            raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from None
    click.echo(_table(new), err=True)


@keys.command("show")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the public keys as a JWK set.")
def show(path: Path | None, as_json: bool) -> None:
    """Show when each key signs and ends: of the set in PATH (or -), or of all EHRs.

    Private keys are never shown.
    """
    if path is not None:
        sets = {str(path): _read(path)}
    else:
        registrations = read_registry(load_settings()).registrations
        sets = {
            f"{found.name} ({found.key})": found.signing_keys.current()
            for found in registrations
            if found.signing_keys
        }
    if as_json:
        public = [jwk for held in sets.values() for jwk in held.public(time.time())]
        click.echo(
            json.dumps({"keys": list({jwk["kid"]: jwk for jwk in public}.values())}, indent=2)
        )
        return
    if not sets:
        click.echo("No EHR of the launch file is asymmetric: the app has no keys.")
    for owner, held in sets.items():
        click.echo(owner)
        click.echo(_table(held))


def _read(path: Path) -> SigningKeys:
    try:
        if str(path) == STANDARD:
            return SigningKeys.read(sys.stdin.read())
        return SigningKeys.read(read_secret("KEYS", {"KEYS_FILE": str(path)}))
    except ConfigError as error:
        said = str(error).replace("The file that KEYS_FILE names", str(path))
        raise click.ClickException(said.replace("KEYS_FILE", str(path))) from None
    except ValueError as error:
        raise click.ClickException(f"{path}: {error}") from None


def _table(held: SigningKeys) -> str:
    now = time.time()
    signing = {key.kid for name in ALGORITHMS if (key := held.signing([name], now)) is not None}
    rows: list[Sequence[str]] = [_HEADINGS]
    for key in held.keys:
        times = (_moment(key.nbf), _moment(key.signs_until), _moment(key.exp))
        rows.append(
            (_short(key.kid), key.algorithm, *times, _state(key, now, signs=key.kid in signing))
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  "
        + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _state(key: SigningKey, now: float, *, signs: bool) -> str:
    if signs:
        return "signs"
    if key.is_over(now):
        return "over"
    return "waits to sign" if key.nbf > now else "signs no longer"


def _short(kid: str) -> str:
    """Return the beginning of a key's id, so that the table fits a terminal."""
    return kid if len(kid) <= _KID_SHOWN else f"{kid[:_KID_SHOWN]}…"


def _moment(seconds: int | None) -> str:
    if not seconds:
        return "–"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
