"""The app registers itself at another maker's server by its own command, and is launched there."""

import json
import re

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.client_types import TYPES
from tests.interop.oidc import Registered
from tests.interop.upstream import ONCOLOGIST
from tests.live import HOST, Clinician, app_at, free_server, launch_entry

pytestmark = [pytest.mark.interop, pytest.mark.network]


@pytest.mark.parametrize("client", TYPES.values(), ids=TYPES.keys())
def test_the_app_registers_itself_and_is_launched(client, hapi, oidc, tmp_path, monkeypatch):
    patient = hapi.chart.new_patient()
    with free_server() as (port, serve):
        own = f"http://{HOST}:{port}"
        entry = {**launch_entry(oidc.origin, own), "issuer": oidc.fhir, **client.entry("unknown")}
        launch_file, secret_file = tmp_path / "planned.json", tmp_path / "secret"
        launch_file.write_text(json.dumps({"client": {}, "ehrs": [entry]}))
        for name, value in {"DEMO": "1", "BASE_URL": own, "LAUNCH_FILE": str(launch_file)}.items():
            monkeypatch.setenv(f"ONCOFORM_{name}", value)
        command = ["register", "sandbox", "--dynamic", "--secret-file", str(secret_file)]
        registered = CliRunner().invoke(main, command)
        assert registered.exit_code == 0, registered.output
        assert "Not as the app asked" not in registered.output
        client_id = re.search(r'"client_id": "([^"]+)"', registered.output)[1]
        assert secret_file.exists() == (client.auth == "symmetric")

        secret = secret_file.read_text() if secret_file.exists() else None
        with (
            client.environment(secret),
            app_at(own, tmp_path, {**entry, **client.entry(client_id)}) as app,
        ):
            serve(app)
            site = Registered(oidc, own, app, client_id)
            clinician = Clinician(site).launch(patient, ONCOLOGIST)
            assert clinician.page.status_code == 200, clinician.text
            assert "Adenocarcinoma of ascending colon" in clinician.text
