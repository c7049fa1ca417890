"""The packages of guides, made fit for a server without terminologies.

The packages are files named like `hl7.fhir.us.mcode-4.0.0.tgz`, in the folder that
ONCOFORM_FHIR_PACKAGES names, else in `shared/fhir-packages` beside the checkout.
"""

import json
import os
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import requests

from tests.interop.shipped import codings, known_sets

PACKAGES = (
    "hl7.fhir.us.core-6.1.0",
    "hl7.fhir.us.mcode-4.0.0",
    "hl7.fhir.us.ctcae-0.0.1-494f4db",
    "icare-1.0.0-f8323a1",
)
_BESIDE = Path(__file__).resolve().parents[3] / "shared" / "fhir-packages"
_EVENT_STATUS = ("in-progress", "completed", "entered-in-error", "unknown")
_TYPES = {"StructureDefinition", "ValueSet", "CodeSystem", "SearchParameter", "ConceptMap"}
_AT_ONCE = 60


def packages(names: Iterable[str] = PACKAGES) -> list[Path]:
    """Return the files of the packages; skips the test where they are not to be had."""
    folder = Path(os.environ.get("ONCOFORM_FHIR_PACKAGES") or _BESIDE)
    files = [folder / f"{package}.tgz" for package in names]
    lacking = " and ".join(file.name for file in files if not file.exists())
    if lacking:
        pytest.skip(f"Set ONCOFORM_FHIR_PACKAGES to a folder that holds {lacking}")
    return files


def load(base: str, files: list[Path]) -> None:
    """Put the packages on a server that has not validated yet: it keeps what it looked up."""
    for file in files:
        resources = [_enumerated(resource) for resource in _resources(file)]
        for start in range(0, len(resources), _AT_ONCE):
            _send(base, resources[start : start + _AT_ONCE])
    _send(base, [*_answer_lists(), *status_of_r5("AdverseEvent", _EVENT_STATUS)])


def _resources(package: Path) -> Iterator[dict]:
    with tarfile.open(package) as archive:
        for member in archive:
            folder, _, name = member.name.rpartition("/")
            if folder == "package" and name.split("-")[0] in _TYPES:
                yield json.load(archive.extractfile(member))


def _enumerated(resource: dict) -> dict:
    """Return a value set with the shipped codes where it names a filter or a whole system.

    The server has no SNOMED CT, LOINC or AJCC codes to look such a set up in.
    """
    known = known_sets().get(resource.get("url", ""))
    if resource["resourceType"] != "ValueSet" or known is None:
        return resource
    included = resource["compose"]["include"]
    kept = [part for part in included if "concept" in part or "system" not in part]
    if kept == included:
        return resource
    listed = {(p["system"], c["code"]) for p in kept for c in p.get("concept", [])}
    added = _includes(codings(known) - listed)
    return {**resource, "compose": {**resource["compose"], "include": kept + added}}


def _answer_lists() -> Iterator[dict]:
    """Yield the value sets that profiles bind and no package holds, with the shipped codes."""
    for url, known in known_sets().items():
        if url.startswith("http://loinc.org/vs/") and known.concepts:
            yield {
                "resourceType": "ValueSet",
                "id": known.name,
                "url": url,
                "status": "active",
                "compose": {"include": _includes(codings(known))},
            }


def status_of_r5(type_: str, codes: tuple[str, ...]) -> list[dict]:
    """Return HL7's extension for a status that a type has in FHIR R5 only, with its codes.

    HL7 publishes it in no package that FHIR R4 servers have.
    """
    name = f"extension-{type_}.status"
    url = f"http://hl7.org/fhir/5.0/StructureDefinition/{name}"
    stem = "adverse-event-status"
    system, codes_of = f"http://hl7.org/fhir/{stem}", f"http://hl7.org/fhir/ValueSet/{stem}"
    about = {"status": "active", "version": "5.0.0"}
    concepts = [{"code": code} for code in codes]
    return [
        {
            "resourceType": "CodeSystem",
            "id": stem,
            "url": system,
            **about,
            "content": "complete",
            "caseSensitive": True,
            "concept": concepts,
        },
        {
            "resourceType": "ValueSet",
            "id": stem,
            "url": codes_of,
            **about,
            "compose": {"include": [{"system": system, "concept": concepts}]},
        },
        {
            "resourceType": "StructureDefinition",
            "id": name,
            "url": url,
            **about,
            "name": f"{type_}Status",
            "kind": "complex-type",
            "abstract": False,
            "fhirVersion": "4.0.1",
            "context": [{"type": "element", "expression": type_}],
            "type": "Extension",
            "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Extension",
            "derivation": "constraint",
            "differential": {
                "element": [
                    {
                        "id": "Extension",
                        "path": "Extension",
                        "max": "1",
                        "isModifier": True,
                        "isModifierReason": "It says whether the resource is a fact.",
                    },
                    {"id": "Extension.extension", "path": "Extension.extension", "max": "0"},
                    {"id": "Extension.url", "path": "Extension.url", "fixedUri": url},
                    {
                        "id": "Extension.value[x]",
                        "path": "Extension.value[x]",
                        "min": 1,
                        "type": [{"code": "code"}],
                        "binding": {"strength": "required", "valueSet": codes_of},
                    },
                ]
            },
        },
    ]


def _includes(found: frozenset[tuple[str, str]]) -> list[dict]:
    by_system: dict[str, list[dict]] = {}
    for system, code in sorted(found):
        by_system.setdefault(system, []).append({"code": code})
    return [{"system": system, "concept": codes} for system, codes in by_system.items()]


def _send(base: str, resources: list[dict]) -> None:
    entries = [
        {
            "resource": resource,
            "request": {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"},
        }
        for resource in resources
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    answer = requests.post(base, json=bundle, timeout=120)
    assert answer.status_code == 200, answer.text[:2000]
