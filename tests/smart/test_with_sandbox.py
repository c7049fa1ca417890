"""Whole launches against the sandbox EHR, over real connections, as each type of client."""

import json
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import requests
from cryptography.fernet import Fernet
from werkzeug.serving import make_server

from app import create_app
from app.config import ROOT
from app.smart.gate import fhir_session, launch_blueprint
from tests import client_types
from tests.live import Chart, demo

pytestmark = pytest.mark.server

PATIENT = "elena-martinez"
TOKEN_SECONDS = 2
# A save must be through before the token that the test looks at has ended.
VISIT_TOKEN_SECONDS = 5
CLIENTS = {
    "public": {"client_id": "oncoform"},
    "symmetric": {"client_id": "oncoform-symmetric", "client_secret_env": "SANDBOX_SECRET"},
    "rsa": {"client_id": "oncoform-asymmetric", "private_key_env": "SANDBOX_KEY"},
    "ec": {"client_id": "oncoform-asymmetric", "private_key_env": "SANDBOX_KEY"},
}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def ports():
    return _free_port(), _free_port()


@pytest.fixture(scope="module")
def sandbox(ports):
    ehr_port, app_port = ports
    command = [sys.executable, "-m", "app.sandbox", "--port", str(ehr_port)]
    command += ["--app", f"http://127.0.0.1:{app_port}", "--token-seconds", str(TOKEN_SECONDS)]
    process = subprocess.Popen(command, cwd=ROOT)  # the command is written above
    address = f"http://127.0.0.1:{ehr_port}"
    for _ in range(200):
        try:
            requests.get(f"{address}/.well-known/openid-configuration", timeout=30)
            break
        except requests.ConnectionError:
            assert process.poll() is None, "the sandbox did not start"
            time.sleep(0.1)
    yield address
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture(params=CLIENTS)
def served(request, sandbox, ports, tmp_path, monkeypatch, rsa_key, ec_key):
    """The app, served over http as one type of client; its address."""
    kind = request.param
    key = {"rsa": rsa_key, "ec": ec_key}.get(kind)
    monkeypatch.setenv("SANDBOX_SECRET", "sandbox-secret")
    if key:
        monkeypatch.setenv("SANDBOX_KEY", json.dumps(key.as_dict(private=True)))
    monkeypatch.setenv("ONCOFORM_SANDBOX_URL", sandbox)
    registered = json.loads((ROOT / "launch.json").read_text())["ehrs"][0]
    registration = {
        **registered,
        **CLIENTS[kind],
        "client_auth": kind if kind in {"public", "symmetric"} else "asymmetric",
    }
    (tmp_path / "launch.json").write_text(json.dumps({"ehrs": [registration]}))
    address = f"http://127.0.0.1:{ports[1]}"
    app = create_app(
        {
            "BASE_URL": address,
            "LAUNCH_FILE": str(tmp_path / "launch.json"),
            "DATABASE_URL": f"sqlite:///{tmp_path / 'store.sqlite'}",
            "SECRET_KEYS": Fernet.generate_key().decode(),
            "DEMO": True,
        }
    )
    pages = launch_blueprint("probe", __name__)

    @pages.get("/probe")
    def probe():
        return fhir_session().read("Patient", PATIENT)["id"]

    app.register_blueprint(pages)
    server = make_server("127.0.0.1", ports[1], app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield SimpleNamespace(address=address, client_id=registration["client_id"])
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["store"].close()


@pytest.fixture
def person():
    with requests.Session() as session:
        yield session


def test_a_launch_reads_renews_and_signs_out(served, sandbox, person):
    launched = person.get(
        f"{sandbox}/launch",
        params={
            "patient": PATIENT,
            "user": "oncologist-owen",
            "client": served.client_id,
        },
        timeout=20,
    )
    assert launched.status_code == 200, launched.text
    home = launched.url
    assert home.startswith(f"{served.address}/l/")
    assert [step.status_code for step in launched.history][-1] == 303
    assert person.get(f"{home}probe", timeout=20).text == PATIENT
    time.sleep(TOKEN_SECONDS)  # then many pages at once find the token at its end
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: person.get(f"{home}probe", timeout=20), range(16)))
    assert [answer.text for answer in answers] == [PATIENT] * 16
    assert person.post(f"{home}extend", timeout=20).url == home
    gone = person.post(f"{home}sign-out", timeout=20)
    assert (gone.status_code, gone.url) == (200, f"{served.address}/signed-out")
    assert person.get(f"{home}probe", timeout=20).status_code == 404


@pytest.mark.parametrize("name", client_types.TYPES)
def test_a_visit_reads_saves_renews_and_signs_out_on_the_real_pages(name, tmp_path):
    client = client_types.TYPES[name]
    with (
        client.environment("sandbox-secret"),
        demo(
            tmp_path, token_seconds=VISIT_TOKEN_SECONDS, registration=client.entry(client.sandbox)
        ) as running,
    ):
        written = client_types.visit(running, PATIENT, "oncologist-owen", client=client.sandbox)
        chart = Chart(running, PATIENT)
        group = chart.read(written[3])
        assert [member["reference"] for member in group["hasMember"]] == written[:3]
        assert chart.read(written[4])["agent"][0]["who"]["reference"] == (
            "Practitioner/oncologist-owen"
        )
