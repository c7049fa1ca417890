"""FHIR packages: official ones where they lie beside the checkout, and small ones made here."""

from __future__ import annotations

import io
import json
import os
import tarfile
from pathlib import Path

import pytest

BESIDE = Path(__file__).resolve().parents[4] / "shared" / "fhir-packages"


OFFICIAL = {
    "hl7.fhir.us.mcode": ("hl7.fhir.us.mcode-4.0.0", "hl7.fhir.us.core-6.1.0"),
    "hl7.fhir.us.ctcae": ("hl7.fhir.us.ctcae-0.0.1-494f4db",),
}


@pytest.fixture
def official():
    """Find the packages that a guide's definitions come from, the guide's own first."""

    def find(guide):
        names = OFFICIAL[guide]
        folder = Path(os.environ.get("ONCOFORM_FHIR_PACKAGES") or BESIDE)
        paths = [folder / f"{name}.tgz" for name in names]
        if not all(path.is_file() for path in paths):
            pytest.skip(f"Set ONCOFORM_FHIR_PACKAGES to a folder that holds {' and '.join(names)}")
        return paths

    return find


@pytest.fixture
def make_package(tmp_path):
    def make(name, *resources, folder="package"):
        path = tmp_path / f"{name}.tgz"
        manifest = {"name": name, "version": "1.0.0", "license": "CC0-1.0"}
        files = {"package.json": manifest, ".index.json": {"files": []}}
        for number, resource in enumerate(resources):
            files[f"{resource['resourceType']}-{number}.json"] = resource
        with tarfile.open(path, "w:gz") as archive:
            for filename, content in files.items():
                data = json.dumps(content).encode()
                member = tarfile.TarInfo(f"{folder}/{filename}")
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        return path

    return make
