"""The settings and the registry of the app, for the commands about EHRs."""

from typing import Any

import click

from app import config as settings
from app.fhir.addresses import AddressRule
from app.forms import needs
from app.forms._registry import all_forms
from app.smart.checking.chart import FormNeeds
from app.smart.checking.client_metadata import Requested
from app.smart.ehrs.launch_file import load_registry
from app.smart.ehrs.registry import Ehr, Registration, Registry
from app.smart.ehrs.roles import check_forms
from app.smart.oauth.http import Web
from app.smart.oauth.requested_scopes import requested_scopes


def load_settings() -> dict[str, Any]:
    """Return the settings; raises ConfigError. No secret key is needed: nothing is stored."""
    return settings.load({"SECRET_KEYS": "not used"})


def read_registry(values: dict[str, Any]) -> Registry:
    """Return the registry of these settings; raises ConfigError."""
    registry = load_registry(values["LAUNCH_FILE"], demo=values["DEMO"])
    for found in registry.registrations:
        check_forms(found.key, found.roles, needs().forms)
    return registry


def guarded_web(values: dict[str, Any]) -> Web:
    """Return the app's guarded requests for these settings."""
    return Web(AddressRule(demo=values["DEMO"]), values["HTTP_TIMEOUT"])


def at_one_base(registration: Registration, issuer: str | None) -> Ehr:
    """Return the EHR at the FHIR base `issuer`, or at its only one."""
    if issuer is None:
        exact = [pattern.text for pattern in registration.issuers if pattern.is_exact]
        if len(exact) != 1 or len(registration.issuers) != 1:
            raise click.UsageError(
                f"{registration.key} has more than one FHIR base: name one with --issuer."
            )
        issuer = exact[0]
    found = registration.at(issuer)
    if found is None:
        raise click.UsageError(f"{registration.key} has no FHIR base {issuer} in the launch file.")
    return found


def requested_of(registration: Registration) -> Requested:
    """Return what the app requests of this EHR in launches of every role."""
    needed = needs()
    scopes = (
        scope
        for role in registration.roles
        for scope in requested_scopes(registration, role, needed)
    )
    return Requested(tuple(dict.fromkeys(scopes)), tuple(registration.launch_paths))


def forms_of(registration: Registration) -> list[FormNeeds]:
    """Return what each form writes that a role of this EHR includes."""
    return [
        FormNeeds(
            form.title,
            tuple(dict.fromkeys(part.type for part in form.parts if not part.optional)),
            tuple(dict.fromkeys(part.type for part in form.parts if part.optional)),
        )
        for form in all_forms().values()
        if any(role.enables(form.slug) for role in registration.roles)
    ]
