"""The CapabilityStatement, made from the tables that the server itself uses."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.sandbox.fhir.search_parameters import TABLE, Parameter

_OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_SECURITY_SERVICE = "http://terminology.hl7.org/CodeSystem/restful-security-service"
_CONSTANT = json.loads(Path(__file__).with_name("capability.json").read_text(encoding="utf-8"))


def capability_statement(
    base: str, date: str, oauth_uris: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Describe the server at `base`; `oauth_uris` are the addresses of SMART by name ("token")."""
    rest: dict[str, Any] = {
        "mode": "server",
        "resource": [_resource(name, found) for name, found in sorted(TABLE.items())],
        "interaction": [{"code": "transaction"}, {"code": "batch"}],
    }
    if oauth_uris:
        rest["security"] = _security(oauth_uris)
    implementation = {"description": "A small strict EHR to try apps on", "url": base}
    own = {"date": date, "implementation": implementation, "rest": [rest]}
    return {**_CONSTANT["statement"], **own}


def _resource(resource_type: str, found: Mapping[str, Parameter]) -> dict[str, Any]:
    includes = [f"{resource_type}:{name}" for name, one in found.items() if one.kind == "reference"]
    return {
        "type": resource_type,
        **_CONSTANT["resource"],
        **({"searchInclude": sorted(includes)} if includes else {}),
        "searchRevInclude": _reverse(resource_type),
        "searchParam": [{"name": name, "type": one.kind} for name, one in sorted(found.items())],
    }


def _reverse(resource_type: str) -> list[str]:
    """Return the references that may point to this type; a Provenance's always may."""
    named = {
        f"{source}:{name}"
        for source, found in TABLE.items()
        for name, one in found.items()
        if one.kind == "reference" and resource_type == one.target
    }
    return sorted(named | {"Provenance:target"})


def _security(oauth_uris: Mapping[str, str]) -> dict[str, Any]:
    return {
        "extension": [
            {
                "url": _OAUTH_URIS,
                "extension": [{"url": name, "valueUri": uri} for name, uri in oauth_uris.items()],
            }
        ],
        "service": [{"coding": [{"system": _SECURITY_SERVICE, "code": "SMART-on-FHIR"}]}],
    }
