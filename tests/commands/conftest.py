"""A launch file and an environment of its own for each command that a test runs."""

import json

import pytest
from click.testing import CliRunner

from app import config
from app.cli import main

APP = "https://app.example"
ISSUER = "https://ehr.example/fhir"


@pytest.fixture
def registration():
    """The registration of an EHR, for a test to change before it is written."""
    return {
        "key": "example",
        "name": "Example EHR",
        "issuer": ISSUER,
        "client_id": "oncoform",
        "scopes": [
            "launch",
            "openid",
            "fhirUser",
            "online_access",
            "patient/Patient.rs",
            "patient/Observation.crus",
            "patient/Provenance.crs",
        ],
    }


@pytest.fixture
def hospital(tmp_path, monkeypatch):
    """Write a launch file of these registrations, and set the environment of a hospital."""
    for setting in config.SETTINGS:
        monkeypatch.delenv(f"ONCOFORM_{setting.name}", raising=False)

    def hospital(*registrations, client=None, receivers=(), **environment: str) -> None:
        path = tmp_path / "launch.json"
        content = {"ehrs": list(registrations), "receivers": list(receivers)}
        content |= {"client": client} if client else {}
        path.write_text(json.dumps(content))
        given = {
            "ONCOFORM_BASE_URL": APP,
            "ONCOFORM_LAUNCH_FILE": str(path),
            **environment,
        }
        for name, value in given.items():
            monkeypatch.setenv(name, value)

    return hospital


@pytest.fixture
def run():
    """Run a command; its result, with what it printed."""
    return lambda *arguments, **more: CliRunner().invoke(main, list(arguments), **more)
