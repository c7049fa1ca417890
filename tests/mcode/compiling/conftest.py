"""FHIR packages: official ones where they lie beside the checkout, and small ones made here."""

import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from app.mcode.definitions import FOLDER

BESIDE = Path(__file__).resolve().parents[4] / "shared" / "fhir-packages"


@pytest.fixture
def official():
    """Find the packages that a guide's definitions come from, the guide's own first."""

    def find(guide):
        about = json.loads((FOLDER / guide / "packages.json").read_text(encoding="utf-8"))
        names = [f"{package['name']}-{package['version']}" for package in about["packages"]]
        folder = Path(os.environ.get("ONCOFORM_FHIR_PACKAGES") or BESIDE)
        # What was never published has the commit behind its version.
        paths = [next(folder.glob(f"{name}*.tgz"), None) for name in names]
        if not all(paths):
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
