"""From nothing to a launch: the app registers itself with the sandbox EHR, and is then launched."""

import json
import re

import pytest
import requests
from click.testing import CliRunner
from cryptography.fernet import Fernet

from app import create_app
from app.cli import main
from app.config import ROOT
from app.sandbox import create_sandbox
from app.sandbox.config import SandboxConfig
from tests.live import HOST, free_server

pytestmark = pytest.mark.server


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Both servers' addresses, and the environment of the app; the EHR is up, the app is not."""
    with free_server() as (ehr_port, serve_ehr), free_server() as (app_port, serve_app):
        ehr, own = f"http://{HOST}:{ehr_port}", f"http://{HOST}:{app_port}"
        config = SandboxConfig(
            origin=ehr,
            app_url=own,
            database=tmp_path / "ehr.sqlite",
            registration_token="door-key",
        )
        serve_ehr(create_sandbox(config))
        for name, value in {
            "DEMO": "1",
            "BASE_URL": own,
            "SANDBOX_URL": ehr,
            "LAUNCH_FILE": str(tmp_path / "launch.json"),
            "DATABASE_URL": f"sqlite:///{tmp_path / 'app.sqlite'}",
            "SECRET_KEYS": Fernet.generate_key().decode(),
            "REGISTRATION_TOKEN": "door-key",
        }.items():
            monkeypatch.setenv(f"ONCOFORM_{name}", value)
        yield ehr, own, serve_app


@pytest.mark.parametrize("callback", ["shared", "own"])
@pytest.mark.parametrize("client_auth", ["public", "symmetric", "asymmetric"])
def test_the_app_registers_itself_and_is_launched(
    place, tmp_path, monkeypatch, client_auth, callback
):
    ehr, own, serve_app = place
    launch_file = tmp_path / "launch.json"
    content = json.loads((ROOT / "launch.json").read_text())
    registration = content["ehrs"][0]
    content["ehrs"] = [registration]
    del registration["client_id"]
    registration |= {
        "client_auth": client_auth,
        "callback": callback,
        "client_secret_env": "EHR_SECRET",
        "private_key_env": "EHR_KEYS",
    }
    launch_file.write_text(json.dumps(content))

    secret_file, key_file = tmp_path / "secret", tmp_path / "keys.json"
    command = ["register", "sandbox", "--dynamic", "--secret-file", str(secret_file)]
    registered = CliRunner().invoke(main, command)
    assert registered.exit_code == 0, registered.output
    registration["client_id"] = re.search(r'"client_id": "([^"]+)"', registered.output)[1]
    launch_file.write_text(json.dumps(content))
    assert secret_file.exists() is (client_auth == "symmetric")
    monkeypatch.setenv("EHR_SECRET_FILE", str(secret_file))
    if client_auth == "asymmetric":
        assert CliRunner().invoke(main, ["keys", "make", str(key_file)]).exit_code == 0
        monkeypatch.setenv("EHR_KEYS_FILE", str(key_file))

    checked = CliRunner().invoke(main, ["check"])
    assert checked.exit_code == 0, checked.output
    assert "Nothing that can be seen from here" in checked.output
    app = create_app()
    serve_app(app)
    query = {
        "patient": "elena-martinez",
        "user": "oncologist-owen",
        "client": registration["client_id"],
    }
    with requests.Session() as person:
        launched = person.get(f"{ehr}/launch", params=query, timeout=30)
    app.extensions["store"].close()
    assert launched.status_code == 200, launched.text
    assert launched.url.startswith(f"{own}/l/")
    came_back = launched.history[-1].url
    path = "/callback/sandbox?" if callback == "own" else "/callback?"
    assert came_back.startswith(f"{own}{path}")
    assert "MARTINEZ" in launched.text


def test_without_leave_the_app_is_not_registered(place, tmp_path, monkeypatch):
    (tmp_path / "launch.json").write_text((ROOT / "launch.json").read_text())
    monkeypatch.setenv("ONCOFORM_REGISTRATION_TOKEN", "wrong-key")
    refused = CliRunner().invoke(main, ["register", "sandbox", "--dynamic"])
    assert refused.exit_code == 1
    assert "initial access token" in refused.output
    assert "wrong-key" not in refused.output
