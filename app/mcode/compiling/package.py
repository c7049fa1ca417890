"""Reading an official FHIR package: a gzipped tar archive as npm has it."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class PackageError(Exception):
    """A file is no FHIR package; the message says which and why."""


@dataclass
class Package:
    """The conformance resources of one package, each kind by canonical address."""

    name: str
    version: str
    licence: str
    structures: dict[str, dict[str, Any]] = field(default_factory=dict)
    value_sets: dict[str, dict[str, Any]] = field(default_factory=dict)
    code_systems: dict[str, dict[str, Any]] = field(default_factory=dict)

    def about(self) -> dict[str, str]:
        """Return what a reader of the definitions has to know of where they come from."""
        return {"name": self.name, "version": self.version, "licence": self.licence}


def read_package(path: Path) -> Package:
    """Return the package in the archive at `path`; raises PackageError where there is none."""
    try:
        files = dict(_files(path))
        manifest = files["package.json"]
        package = Package(manifest["name"], manifest["version"], manifest.get("license", ""))
        _sort(files.values(), package)
    except (OSError, tarfile.TarError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise PackageError(f"{path} is no FHIR package: {error}") from error
    return package


def _sort(resources: Iterable[dict[str, Any]], package: Package) -> None:
    kinds = {
        "StructureDefinition": package.structures,
        "ValueSet": package.value_sets,
        "CodeSystem": package.code_systems,
    }
    for resource in resources:
        kind = kinds.get(resource.get("resourceType", ""))
        if kind is not None:
            kind[_address(resource)] = resource


def _address(resource: dict[str, Any]) -> str:
    url = resource.get("url")
    if not isinstance(url, str):
        raise TypeError("a resource has no address")
    return url


def _files(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with tarfile.open(path) as archive:
        for member in archive:
            folder, _, name = member.name.partition("/")
            content = archive.extractfile(member)
            if content and folder == "package" and "/" not in name and name.endswith(".json"):
                resource = json.load(content)
                if not isinstance(resource, dict):
                    raise TypeError(f"{name} is no resource")
                yield name, resource
