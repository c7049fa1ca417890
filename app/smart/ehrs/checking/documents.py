"""What an EHR says of itself, as it says it: unlike discovery, these refuse nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from app.fhir.addresses import is_plain_text
from app.smart.ehrs.registry import Ehr
from app.smart.oauth.http import Web


def smart_configuration(web: Web, ehr: Ehr) -> dict[str, Any]:
    """Return the EHR's SMART configuration; raises Refused."""
    return web.get_json(f"{ehr.issuer}/.well-known/smart-configuration")


def endpoint(web: Web, ehr: Ehr, document: Mapping[str, Any], name: str) -> str | None:
    """Return an address of the configuration; None where it names none that may be used."""
    value = document.get(name)
    try:
        usable = isinstance(value, str) and is_plain_text(value)
        address = urljoin(f"{ehr.issuer}/", str(value)) if usable else ""
    except ValueError:
        return None
    return address if web.rule.allows(address) else None
