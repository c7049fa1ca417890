"""What the commands about EHRs begin with: the settings and the registry of the app."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import click

from app import config as settings
from app.fhir.addresses import AddressRule
from app.smart.ehrs.launch_file import load_registry
from app.smart.ehrs.registry import Registry
from app.smart.oauth.http import Web


@dataclass(frozen=True)
class Opened:
    """The settings, the EHRs, and a way to speak to them as the app does."""

    settings: dict[str, Any]
    registry: Registry

    @property
    def web(self) -> Web:
        """The app's guarded requests."""
        return open_web(self.settings)


def open_registry() -> Opened:
    """Return what the environment and the launch file say; raises ClickException."""
    try:
        values = load_settings()
        registry = load_registry(values["LAUNCH_FILE"], demo=values["DEMO"])
    except settings.ConfigError as error:
        raise click.ClickException(str(error)) from None
    return Opened(values, registry)


def load_settings() -> dict[str, Any]:
    """Return the settings; raises ConfigError. What keeps nothing needs no key to keep it by."""
    return settings.load({"SECRET_KEYS": "not used"})


def open_web(values: dict[str, Any]) -> Web:
    """Return the app's guarded requests for these settings."""
    return Web(AddressRule(demo=values["DEMO"]), values["HTTP_TIMEOUT"])
