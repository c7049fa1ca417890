"""`oncoform check` and `oncoform register`: check an EHR, and register the app with it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from app.commands.registrations import (
    at_one_base,
    forms_of,
    guarded_web,
    load_settings,
    read_registry,
    requested_of,
)
from app.config import ConfigError, read_secret
from app.fhir.addresses import AddressRule
from app.fhir.delivery import NotAnswered, Way, deliver
from app.fhir.guard import Bounds
from app.reuse.receivers import load_receivers
from app.security import origin_of
from app.smart.checking import client_metadata
from app.smart.checking.check import check as check_one
from app.smart.checking.registration import Registered, RegistrationRefused
from app.smart.checking.registration import register as register_with
from app.smart.checking.report import Report
from app.smart.ehrs.launch_file import Planned, load_planned
from app.smart.ehrs.private_file import write_new
from app.smart.ehrs.registry import Ehr, Registry
from app.smart.oauth.discovery import endpoint, promises_iss, smart_address
from app.smart.oauth.http import Refused, Web

TOKEN_VARIABLE = "ONCOFORM_REGISTRATION_TOKEN"  # noqa: S105 - the name of a variable


@click.command()
@click.argument("ehr", required=False)
@click.option("--issuer", help="The FHIR base, for an EHR that has several.")
@click.pass_context
def check(context: click.Context, ehr: str | None, issuer: str | None) -> None:
    """Check what EHR, a key of the launch file, or every EHR offers, and tell what will not work.

    Only public documents are read. Receivers are listed, and asked whether they answer, without a
    sign-in. The exit status is 1 if a launch cannot work.
    """
    reports = _one(ehr, issuer) if ehr else _all()
    for report in reports:
        click.echo(report.text() + "\n")
    if not ehr:
        _list_receivers()
    if not all(report.works for report in reports):
        context.exit(1)


def _all() -> list[Report]:
    settings = load_settings()
    registry = read_registry(settings)
    web = guarded_web(settings)
    reports: list[Report] = []
    for registration in registry.registrations:
        bases = [pattern.text for pattern in registration.issuers if pattern.is_exact]
        reports += [_checked(web, registry, at_one_base(registration, base)) for base in bases]
        if len(bases) < len(registration.issuers):
            click.echo(
                f"{registration.name}: name a FHIR base for its pattern, as in "
                f"`oncoform check {registration.key} --issuer https://...`.\n",
                err=True,
            )
    return reports


def _list_receivers() -> None:
    """Print to whom data may be sent, and who of them does not answer."""
    settings = load_settings()
    receivers = load_receivers(settings["LAUNCH_FILE"], demo=settings["DEMO"])
    way = Way(AddressRule(demo=settings["DEMO"], own_network=True), Bounds(total=10, connect=5))
    for one in receivers:
        try:
            said = f"answers {deliver(one.address, b'', {}, way, 'OPTIONS').status}"
        except NotAnswered as failure:
            said = str(failure)
        click.echo(f"{one.name} ({one.key})  {one.address}")
        product = f"{one.product} {one.version}".rstrip()
        click.echo(f"   {product}, sign-in: {one.auth}. OPTIONS: {said}")


def _one(key: str, issuer: str | None) -> list[Report]:
    """Check one EHR; the app need not be registered there yet."""
    settings = load_settings()
    planned = load_planned(settings["LAUNCH_FILE"], key, demo=settings["DEMO"])
    try:
        registry, fault = read_registry(settings), None
    except ConfigError as error:
        registry, fault = Registry([planned.registration]), str(error)
    ehr = at_one_base(registry.with_key(key) or planned.registration, issuer)
    return [_checked(guarded_web(settings), registry, ehr, fault)]


def _checked(web: Web, registry: Registry, ehr: Ehr, fault: str | None = None) -> Report:
    sharing = [
        other.name
        for other in registry.registrations
        if other.key != ehr.key and not other.own_callback
    ]
    return check_one(
        web,
        ehr,
        asked=requested_of(ehr).scopes,
        forms=forms_of(ehr),
        sharing=sharing,
        fault=fault,
    )


@click.command()
@click.argument("ehr")
@click.option("--json", "as_json", is_flag=True, help="Print it as client metadata (RFC 7591).")
@click.option("--dynamic", is_flag=True, help="Register with the EHR itself, if it offers that.")
@click.option("--issuer", help="The FHIR base, for an EHR that has several.")
@click.option(
    "--registration-endpoint",
    "confirmed",
    help="The registration endpoint, if it is on another host than the EHR.",
)
@click.option(
    "--secret-file",
    type=click.Path(path_type=Path),
    help="A new file for the secret, which is printed otherwise.",
)
def register(
    ehr: str,
    *,
    as_json: bool,
    dynamic: bool,
    issuer: str | None,
    confirmed: str | None,
    secret_file: Path | None,
) -> None:
    """Print what to paste into the registration page of EHR, a key of the launch file.

    With --dynamic the app registers itself (RFC 7591). If the EHR asks for an initial access token,
    it is read from ONCOFORM_REGISTRATION_TOKEN, or from the file that
    ONCOFORM_REGISTRATION_TOKEN_FILE names.
    """
    settings = load_settings()
    planned = load_planned(settings["LAUNCH_FILE"], ehr, demo=settings["DEMO"])
    planned = _with_settled_callback(guarded_web(settings), planned, issuer)
    asked = requested_of(planned.registration)
    said = client_metadata.metadata(
        planned.registration, planned.client, settings["BASE_URL"], asked
    )
    token = _initial_token() if dynamic else ""
    if dynamic:
        there = at_one_base(planned.registration, issuer)
        web = guarded_web(settings)
        _register_itself(web, there, planned, said, token, secret_file, confirmed)
    elif as_json:
        click.echo(json.dumps(said, indent=2))
    else:
        click.echo(client_metadata.as_page(planned.registration, said, asked))


def _with_settled_callback(web: Web, planned: Planned, issuer: str | None) -> Planned:
    """Return the registration with the callback that the app will use."""
    registration = planned.registration
    if registration.callback is not None:
        return planned
    try:
        ehr = at_one_base(registration, issuer)
        sends_iss = promises_iss(ehr, web.get_json(smart_address(ehr)))
    except (Refused, click.UsageError):
        sends_iss = False
    registration = registration.settle_callback(sends_iss=sends_iss)
    click.echo(
        f'Several EHRs are registered: write "callback": "{registration.callback}" into the '
        f"registration of {registration.name}, so that its redirect address stays the same.",
        err=True,
    )
    return replace(planned, registration=registration)


def _initial_token() -> str:
    token = read_secret(TOKEN_VARIABLE)
    if not all("!" <= character <= "~" for character in token):
        raise ConfigError(f"{TOKEN_VARIABLE} must be one word of printable characters.")
    return token


def _register_itself(
    web: Web,
    ehr: Ehr,
    planned: Planned,
    said: dict[str, Any],
    token: str,
    secret_file: Path | None,
    confirmed: str | None,
) -> None:
    keep = _keeper(secret_file) if ehr.client_auth == "symmetric" else None
    try:
        document = web.get_json(smart_address(ehr))
    except Refused as reason:
        raise click.ClickException(
            f"The SMART configuration of {ehr.name} could not be read: {reason}."
        ) from None
    address = endpoint(web, ehr, document, "registration_endpoint")
    if address is None:
        raise click.ClickException(
            f"{ehr.name} offers no registration that the app can use. Without --dynamic this "
            "command prints what to paste into its registration page."
        )
    _require_known(web, ehr, document, address, confirmed)
    try:
        registered = register_with(web, address, said, token)
    except RegistrationRefused as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo(f"Registered with {ehr.name}. Put this into its registration in the launch file:\n")
    click.echo(f'  "client_id": {json.dumps(registered.client_id)}\n')
    if keep and registered.client_secret:
        _print_secret(keep, planned, registered, registered.client_secret)
    if registered.management and registered.management_token:
        click.echo(
            f"The registration is changed at {registered.management} with this token, "
            f"shown this once:\n\n  {registered.management_token}\n"
        )
    for difference in registered.differences:
        click.echo(f"Not as the app asked: {difference}. Ask the EHR's administrator.", err=True)


def _require_known(
    web: Web, ehr: Ehr, document: dict[str, Any], address: str, confirmed: str | None
) -> None:
    """Raise ClickException unless `address` is the EHR's own by its host, or was `confirmed`.

    The initial access token and the client's new secret pass through it.
    """
    token_endpoint = endpoint(web, ehr, document, "token_endpoint")
    own = {origin_of(known) for known in (ehr.issuer, token_endpoint) if known}
    if address == confirmed or (confirmed is None and origin_of(address) in own):
        return
    if confirmed is not None:
        raise click.ClickException(
            f"{ehr.name} names another registration endpoint: {address}. Nothing was sent."
        )
    raise click.ClickException(
        f"{ehr.name} names a registration endpoint on a host of its own: {address}. Nothing was "
        "sent. If the EHR's maker confirms that address, name it with --registration-endpoint."
    )


def _keeper(path: Path | None) -> Callable[[str], str]:
    """Return a function that keeps a secret and says where it is.

    Raises ClickException now, before there is a secret to lose.
    """
    if path is None:
        return lambda secret: f"The secret, shown this once:\n\n  {secret}\n"
    if path.exists() or not path.parent.is_dir():
        raise click.ClickException(f"{path} must be a new file in a folder that is there.")

    def keep(secret: str) -> str:
        try:
            write_new(path, secret)
        except OSError:
            return f"{path} could not be written. The secret, shown this once:\n\n  {secret}\n"
        return f"The secret is in {path}.\n"

    return keep


def _print_secret(
    keep: Callable[[str], str], planned: Planned, registered: Registered, secret: str
) -> None:
    click.echo(keep(secret))
    name = planned.secret_variable or "the variable that client_secret_env names"
    click.echo(f"Set {name} to it, or {name}_FILE to a file of the app's user that holds it.")
    if registered.secret_ends:
        ends = datetime.fromtimestamp(registered.secret_ends, UTC)
        click.echo(f"It ends on {ends:%Y-%m-%d at %H:%M UTC}.")
