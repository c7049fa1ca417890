"""FHIR servers without authorization: only the demo may use them, for testing."""

from __future__ import annotations

from urllib.parse import urlsplit

from app.config import ConfigError
from app.fhir.addresses import AddressRule, is_loopback
from app.smart.ehrs.issuers import IssuerPattern
from app.smart.ehrs.registry import Registration


def unprotected_servers(bases: str, *, demo: bool) -> list[Registration]:
    """Return a registration for each FHIR base of the setting, which spaces separate.

    Raises ConfigError outside the demo, and for a server on another machine: without a sign-in it
    must hold no data of a real patient.
    """
    if bases.split() and not demo:
        raise ConfigError(
            "ONCOFORM_OPEN_FHIR_SERVERS is for testing: a server without a sign-in is used with "
            "ONCOFORM_DEMO only, never in a hospital."
        )
    return [_registration(base) for base in bases.split()]


def _registration(base: str) -> Registration:
    try:
        pattern = IssuerPattern.read(base, AddressRule(demo=True))
        host, where = urlsplit(base).hostname or "", urlsplit(base).netloc
    except ValueError:
        pattern, host, where = IssuerPattern(base), "", ""
    if not is_loopback(host) or not pattern.is_exact:
        raise ConfigError(
            "ONCOFORM_OPEN_FHIR_SERVERS holds FHIR bases on this machine, such as "
            f"http://127.0.0.1:8080/fhir, separated by spaces: {base}"
        )
    return Registration(
        key=f"open-{where}",
        name=f"Test server without sign-in, {where}",
        issuers=(pattern,),
        client_id="",
        client_auth="public",
        frame_ancestors=(),
        unprotected=True,
    )
