"""The CapabilityStatement, made from the tables that the server itself uses."""

from collections.abc import Mapping
from typing import Any

from app.sandbox.fhir.search_parameters import TABLE, Parameter

_OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_SECURITY_SERVICE = "http://terminology.hl7.org/CodeSystem/restful-security-service"
_INTERACTIONS = (
    "read",
    "vread",
    "update",
    "delete",
    "history-instance",
    "history-type",
    "create",
    "search-type",
)


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
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": date,
        "kind": "instance",
        "software": {"name": "Oncoform sandbox EHR"},
        "implementation": {
            "description": "A small strict EHR to try apps on",
            "url": base,
        },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [rest],
    }


def _resource(resource_type: str, found: Mapping[str, Parameter]) -> dict[str, Any]:
    includes = [f"{resource_type}:{name}" for name, one in found.items() if one.kind == "reference"]
    return {
        "type": resource_type,
        "interaction": [{"code": code} for code in _INTERACTIONS],
        "versioning": "versioned-update",
        "readHistory": True,
        "updateCreate": True,
        "conditionalCreate": True,
        "conditionalRead": "not-match",
        "conditionalUpdate": False,
        "conditionalDelete": "not-supported",
        "referencePolicy": ["literal", "local", "enforced"],
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
