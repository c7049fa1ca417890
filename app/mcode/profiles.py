"""Addresses of mCODE's profiles and extensions."""

from __future__ import annotations

from collections.abc import Iterator

from app.fhir.paths import text
from app.fhir.types import Resource

STRUCTURES = "http://hl7.org/fhir/us/mcode/StructureDefinition/"

EXTENSION = {
    "histology": f"{STRUCTURES}mcode-histology-morphology-behavior",
    "laterality": f"{STRUCTURES}mcode-laterality-qualifier",
    "location": f"{STRUCTURES}mcode-body-location-qualifier",
    "intent": f"{STRUCTURES}mcode-procedure-intent",
    "normalization": f"{STRUCTURES}mcode-normalization-basis",
    "related-condition": f"{STRUCTURES}mcode-related-condition",
    "evidence": f"{STRUCTURES}mcode-cancer-disease-status-evidence-type",
    "volume": f"{STRUCTURES}mcode-radiotherapy-dose-delivered-to-volume",
}
CONDITION_RELATED = "http://hl7.org/fhir/StructureDefinition/condition-related"


def profile_names(resource: Resource) -> Iterator[str]:
    """Yield the names of the mCODE profiles that a resource claims, as `tumor-size`.

    mCODE's releases differ in address and prefix; versions after `|` do not matter.
    """
    meta = resource.get("meta")
    claimed = meta.get("profile") if isinstance(meta, dict) else None
    for address in claimed if isinstance(claimed, list) else [claimed]:
        if (url := text(address)) and "/mcode/" in url:
            name = url.partition("|")[0].rstrip("/").rpartition("/")[2]
            yield name.removeprefix("mcode-").removeprefix("onco-core-")
