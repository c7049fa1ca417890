"""Addresses of mCODE's profiles and extensions, and the profiles that a resource claims."""

from collections.abc import Iterator
from typing import Any

from app.fhir.paths import extension_value, extensions, text
from app.fhir.types import Element, Resource
from app.mcode.definitions import name_of, profile_url
from app.mcode.definitions.shapes import short_name, without_version

STRUCTURES = "http://hl7.org/fhir/us/mcode/StructureDefinition/"

DATA_ABSENT_REASON = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
CONDITION_RELATED = "http://hl7.org/fhir/StructureDefinition/condition-related"

EXTENSION = {
    "histology": f"{STRUCTURES}mcode-histology-morphology-behavior",
    "laterality": f"{STRUCTURES}mcode-laterality-qualifier",
    "location": f"{STRUCTURES}mcode-body-location-qualifier",
    "intent": f"{STRUCTURES}mcode-procedure-intent",
    "normalization": f"{STRUCTURES}mcode-normalization-basis",
    "related-condition": f"{STRUCTURES}mcode-related-condition",
    "evidence": f"{STRUCTURES}mcode-cancer-disease-status-evidence-type",
    "volume": f"{STRUCTURES}mcode-radiotherapy-dose-delivered-to-volume",
    "related-condition-absent": f"{STRUCTURES}mcode-related-condition-absent",
    "condition-related": CONDITION_RELATED,
    "termination": f"{STRUCTURES}mcode-treatment-termination-reason",
    "plan-review": profile_url("icare-care-plan-review"),
}

# What mCODE 1.0.0 (STU1), and ICAREdata's guide before it moved, called the same.
_EARLIER = {
    "laterality": f"{STRUCTURES}mcode-laterality",
    "intent": f"{STRUCTURES}mcode-treatment-intent",
    "evidence": f"{STRUCTURES}mcode-evidence-type",
    "condition-related": f"{STRUCTURES}mcode-related-primary-cancer-condition",
    "termination": f"{STRUCTURES}mcode-termination-reason",
    "plan-review": (
        "http://mcodeinitiative.org/codex/us/icare/StructureDefinition/icare-care-plan-review"
    ),
}


def profile_names(resource: Resource) -> Iterator[str]:
    """Yield the names of the profiles of mCODE and of other compiled guides that a resource claims.

    They are short, as `tumor-size`. mCODE's releases differ in address and prefix; versions after
    `|` do not matter.
    """
    meta = resource.get("meta")
    claimed = meta.get("profile") if isinstance(meta, dict) else None
    for address in claimed if isinstance(claimed, list) else [claimed]:
        url = without_version(text(address) or "")
        if "/mcode/" in url:
            yield short_name(url).removeprefix("onco-core-")
        elif name := name_of(url):
            yield name


def addresses(name: str) -> tuple[str, ...]:
    """Return the addresses of an extension by its name in EXTENSION: today's, then an earlier."""
    return (EXTENSION[name], *([_EARLIER[name]] if name in _EARLIER else []))


def extensions_named(element: Any, name: str) -> list[Element]:
    """Return the extensions with this name of EXTENSION, those of earlier releases after them."""
    return [found for url in addresses(name) for found in extensions(element, url)]


def value_named(element: Any, name: str) -> Any:
    """Return the value of the first extension with this name, None without one."""
    found = extensions_named(element, name)
    return extension_value({"extension": found[:1]}, found[0]["url"]) if found else None
