"""Reading an official FHIR package: a gzipped tar archive as npm has it."""

import gzip
import io
import json
import re
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

# FHIR's own package of R4, by far the largest, has some 5,000 files. Beyond these a file was made
# to exhaust whoever unpacks it.
MOST_MEMBERS = 20_000
MOST_BYTES = 500_000_000  # of the whole archive, unpacked
MOST_MEMBER_BYTES = 50_000_000

# A package's name becomes that of a folder.
_NAME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")


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
        package = Package(_name(manifest), manifest["version"], manifest.get("license", ""))
        _sort(files.values(), package)
    except _BROKEN as error:
        raise PackageError(f"{path} is no FHIR package: {error}") from error
    return package


_BROKEN = (
    OSError,
    EOFError,
    zlib.error,
    tarfile.TarError,
    ValueError,
    LookupError,
    TypeError,
    RecursionError,
)


def _name(manifest: dict[str, Any]) -> str:
    if not _NAME.fullmatch(manifest["name"]):
        raise ValueError(f"{manifest['name']!r} is no name of a package")
    return str(manifest["name"])


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
    with gzip.open(path) as unpacked:
        bounded = cast("IO[bytes]", _Bounded(unpacked))
        # As a stream, so that nothing is read twice, and no header is believed for its size.
        with tarfile.open(fileobj=bounded, mode="r|") as archive:
            for number, member in enumerate(archive):
                if number >= MOST_MEMBERS or member.size > MOST_MEMBER_BYTES:
                    raise ValueError("it has too many files, or one that is too large")
                folder, _, name = member.name.partition("/")
                content = archive.extractfile(member) if member.isfile() else None
                if content and folder == "package" and "/" not in name and name.endswith(".json"):
                    resource = json.load(content)
                    if not isinstance(resource, dict):
                        raise TypeError(f"{name} is no resource")
                    yield name, resource


class _Bounded(io.RawIOBase):
    """What is unpacked of an archive, as much as a package can have."""

    def __init__(self, unpacked: gzip.GzipFile) -> None:
        self._unpacked = unpacked
        self._left = MOST_BYTES

    def read(self, size: int = -1) -> bytes:
        content = self._unpacked.read(size)
        self._left -= len(content)
        if self._left < 0:
            raise ValueError("it is too large, unpacked")
        return content
