"""Nothing that names a patient, a user or a secret is logged, printed or put into an address.

A morning of work, and of what can go wrong with it, with every logger at its most talkative: once
with the app inside this process, once with `oncoform serve` as a process of its own. What may not
be told is what was overheard at the EHR meanwhile.
"""

import base64
import json
import logging
import os
import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from cryptography.fernet import Fernet
from joserfc.jwk import ECKey
from werkzeug.serving import make_server

from app import create_app
from app.config import ROOT
from app.sandbox import create_sandbox
from app.sandbox.config import SandboxConfig
from tests.flow.answers import PATHOLOGIC
from tests.flow.overheard import Ear, addresses_in, leaks, private_parts
from tests.live import HOST, Chart, Clinician, Demo, _Quiet

pytestmark = pytest.mark.server

PATIENT, OTHER, NURSE = "elena-martinez", "samuel-adeyemi", "nurse-nancy"
SECRET = "sandbox-secret"
# Said by nobody but the faults below.
SAID = "MARTINEZ Elena, infiltrating carcinoma"

_SERVE = f"""
import logging, sys
import app
from app.commands import serve
make = serve.create_app
def broken():
    raise RuntimeError({SAID!r})
def create_app():
    made = make()
    made.view_functions["forms.receipts"] = broken
    for name in ("", "sqlalchemy", "waitress", "urllib3", "werkzeug", "app"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    return made
serve.create_app = create_app
from app.cli import main
main(["serve", "--port", sys.argv[1]])
"""


def broken():
    raise RuntimeError(SAID)


@contextmanager
def served(port, app):
    server = make_server(HOST, port, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


@pytest.fixture
def place(tmp_path):
    """The addresses of both servers, and the sandbox with an ear before it."""
    ehr, own = f"http://{HOST}:{free_port()}", f"http://{HOST}:{free_port()}"
    config = SandboxConfig(origin=ehr, app_url=own, database=tmp_path / "ehr.sqlite")
    sandbox = create_sandbox(config)
    ear = Ear(sandbox)
    with served(urlsplit(ehr).port, ear):
        yield Demo(ehr, own, "", sandbox), ear


@pytest.fixture
def settings_of(place, tmp_path):
    """The settings of the app as a client of one kind; its secrets are not to be heard of again."""
    demo, ear = place

    def settings_of(**client) -> dict[str, str]:
        text = (ROOT / "launch.json").read_text(encoding="utf-8")
        registered = json.loads(re.sub(r"\$\{ONCOFORM_SANDBOX_URL[^}]*\}", demo.ehr, text))
        entry = {**registered["ehrs"][0], **client}
        (tmp_path / "launch.json").write_text(json.dumps({"ehrs": [entry]}))
        settings = {
            "DEMO": "1",
            "BASE_URL": demo.app,
            "SECRET_KEYS": Fernet.generate_key().decode(),
            "DATABASE_URL": f"sqlite:///{tmp_path / 'app.sqlite'}",
            "LAUNCH_FILE": str(tmp_path / "launch.json"),
            "LOG_LEVEL": "DEBUG",
        }
        ear.secrets.add(settings["SECRET_KEYS"])
        return settings

    return settings_of


@pytest.fixture
def said():
    """All records of this process but the sandbox's own, as they are formatted; every level."""
    records: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record):
            if not record.name.startswith("app.sandbox"):
                records.append(
                    logging.Formatter("%(levelname)s %(name)s %(message)s").format(record)
                )

    keep, loggers = (
        Keep(),
        [logging.getLogger(name) for name in ("", *logging.root.manager.loggerDict)],
    )
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    logging.root.addHandler(keep)
    yield records
    logging.root.removeHandler(keep)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


class Morning:
    """Somebody's work with the app, and the addresses that their browser sees meanwhile."""

    def __init__(self, demo, ear, client_id) -> None:
        self.demo, self.ear, self.client_id = demo, ear, client_id
        self.person = Clinician(demo)
        self.seen: set[str] = set()
        self.person.http.hooks["response"].append(self._see)

    def _see(self, response, **_):
        if response.url.startswith(self.demo.app):
            self.seen |= {response.url, response.headers.get("Location", "")}
            self.seen |= addresses_in(response.text)
        for cookie in self.person.http.cookies:
            self.ear.secrets.add(cookie.value)

    def go(self) -> None:
        self.work()
        self.conflict()
        self.refusals()
        self.faults()
        self.leave()

    def launch(self, patient) -> Clinician:
        return self.person.launch(patient, NURSE, client=self.client_id)

    def post(self, path, **values):
        headers = {"Origin": self.demo.app}
        return self.person.http.post(
            urljoin(self.person.home, path), values, headers=headers, timeout=30
        )

    def work(self) -> None:
        """Read, search, keep a draft, review, save."""
        person = self.launch(PATIENT).open("forms/tnm-stage/new")
        draft = {**person.inputs(), "note": SAID}
        assert self.post("forms/tnm-stage/draft", **draft).status_code == 200
        assert (
            self.post(
                "forms/primary-cancer/find/disease", **{"disease-find": "melanoma"}
            ).status_code
            == 200
        )
        person.send(**PATHOLOGIC).send("save")
        assert person.written()
        assert self.post("extend").status_code == 200

    def conflict(self) -> None:
        person = self.launch(OTHER)
        group = re.search(r'forms/tnm-stage/([\w.-]+)"', person.page.text)[1]
        person.open(f"forms/tnm-stage/{group}").send(note="mine")
        chart = Chart(self.demo, OTHER)
        assert (
            chart.put({**chart.read(f"Observation/{group}"), "language": "en"}).status_code == 200
        )
        assert person.send("save").page.status_code == 409

    def refusals(self) -> None:
        get = self.person.http.get
        for path, status in (
            (f"/launch?iss=https://evil.example/{SAID}&launch={SAID}", 403),
            (f"/callback?error=access_denied&error_description={SAID}&state=forged", 400),
            (f"/callback?code=code-{SAID}&state={SAID}", 400),
            (f"/nowhere/{SAID}", 404),
        ):
            assert get(f"{self.demo.app}{path}", timeout=30).status_code == status
        stranger = requests.get(self.person.home, timeout=30)
        assert stranger.status_code == 404
        self.answering(
            "/auth/token", "400 Bad Request", {"error": "invalid_grant", "error_description": SAID}
        )
        refused = self.person.http.get(
            self.demo.launch_address(PATIENT, NURSE, client=self.client_id), timeout=30
        )
        assert refused.status_code == 502
        self.answering("/.well-known/smart-configuration", "500 Broken", {"said": SAID})
        self.person.http.get(
            self.demo.launch_address(PATIENT, NURSE, client=self.client_id), timeout=30
        )
        self.ear.fault = lambda method, path: None

    def faults(self) -> None:
        """Meet an EHR that fails in odd ways, and a page of the app that fails itself."""
        person = self.launch(PATIENT)
        outcome = {
            "resourceType": "OperationOutcome",
            "issue": [{"severity": "error", "code": "exception", "diagnostics": SAID}],
        }
        odd = f'{{"resourceType": "Patient", "id": "{SAID}'.encode()
        for status, body, headers in (
            ("500 Broken", outcome, {}),
            ("403 Forbidden", outcome, {}),
            ("422 Unprocessable", outcome, {}),
            ("200 OK", odd, {}),
            ("200 OK", odd, {"Content-Length": "100000"}),
            ("200 OK", odd, {"Content-Encoding": "gzip"}),
            ("200 OK", {"resourceType": "Patient", "id": SAID}, {}),
            ("302 Found", b"", {"Location": f"https://evil.example/{SAID}"}),
            ("200 OK", odd, {"Set-Cookie": f"name={SAID}", "Retry-After": SAID}),
        ):
            self.answering("/fhir/Patient", status, body, **headers)
            assert person.open("").page.status_code >= 400
        self.ear.fault = lambda method, path: None
        assert person.open("receipts/").page.status_code == 500

    def leave(self) -> None:
        assert self.post("sign-out").status_code == 200
        assert self.person.http.get(f"{self.demo.app}/signed-out", timeout=30).status_code == 200

    def answering(self, path, status, body, **headers) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = status, [("Content-Type", "application/json"), *headers.items()], [content]
        self.ear.fault = lambda method, asked: (
            answer if asked.startswith(path) or asked.endswith(path) else None
        )


def nothing_leaks(told: str, ear: Ear, morning: Morning) -> None:
    """Check the log, and that it was worth looking at."""
    telling = ear.telling | {SAID, "Martinez", "Elena", "carcinoma", "Nancy", "Adeyemi", NURSE}
    assert len(ear.secrets) > 20
    assert {PATIENT, "1964-02-14", "Invasive ductal carcinoma, left breast"} <= ear.telling
    assert leaks(told, ear.secrets | telling) == []
    for route in ("smart.callback", "summary.page", "forms.save", "forms.find", "smart.sign_out"):
        assert f"request route={route} " in told
    assert "unexpected RuntimeError at" in told
    launches = set(re.findall(r"/l/([\w-]{20,})/", "\n".join(morning.seen)))
    assert len(launches) >= 3
    assert leaks(told, launches) == []


def no_address_tells(ear: Ear, morning: Morning) -> None:
    """Check every address that the browser saw: the launch's id, ids of resources, no words.

    Aside are those that SMART itself has carry one-time secrets, and what the tests made up.
    """
    protocol = ("/launch?", "/callback?", "/auth/authorize?")
    addresses = "\n".join(
        address
        for address in morning.seen
        if not any(part in address for part in protocol) and not leaks(address, {SAID})
    )
    assert "/forms/tnm-stage/new?about=elena-martinez-breast-cancer" in addresses
    ids = {word for word in ear.telling if re.fullmatch(r"[\w.-]+", word)}
    names = {"Martinez,", "Nancy", "carcinoma", "melanoma"} | (ear.telling - ids)
    assert leaks(addresses, names | ear.secrets) == []


def test_the_app_in_this_process(place, settings_of, said, monkeypatch, capfd):
    demo, ear = place
    monkeypatch.setenv("SANDBOX_SECRET", SECRET)
    ear.secrets.add(SECRET)
    ear.secrets.add(base64.b64encode(f"oncoform-symmetric:{SECRET}".encode()).decode())
    app = create_app(
        settings_of(
            client_id="oncoform-symmetric",
            client_auth="symmetric",
            client_secret_env="SANDBOX_SECRET",
        )
    )
    app.view_functions["forms.receipts"] = broken
    morning = Morning(demo, ear, "oncoform-symmetric")
    with served(urlsplit(demo.app).port, app):
        morning.go()
    app.extensions["store"].close()
    printed = capfd.readouterr()
    nothing_leaks("\n".join([*said, printed.out, printed.err]), ear, morning)
    no_address_tells(ear, morning)


def test_the_app_as_a_process_of_its_own(place, settings_of, tmp_path):
    demo, ear = place
    key = ECKey.generate_key("P-384", parameters={"kid": "app-ec"}).as_dict(private=True)
    ear.secrets |= private_parts(key)
    settings = settings_of(
        client_id="oncoform-asymmetric", client_auth="asymmetric", private_key_env="SANDBOX_KEY"
    )
    environment = {f"ONCOFORM_{name}": value for name, value in settings.items()}
    log = tmp_path / "log"
    command = [sys.executable, "-X", "dev", "-c", _SERVE, str(urlsplit(demo.app).port)]
    with log.open("w") as written:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environment, "SANDBOX_KEY": json.dumps(key)},
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(demo.app, process, log)
        morning = Morning(demo, ear, "oncoform-asymmetric")
        morning.go()
        talk_nonsense(urlsplit(demo.app).port)
    finally:
        process.terminate()
        process.wait(timeout=20)
    nothing_leaks(log.read_text(), ear, morning)
    no_address_tells(ear, morning)


def wait_for(address: str, process, log: Path) -> None:
    for _ in range(300):
        assert process.poll() is None, log.read_text()
        with suppress(requests.ConnectionError):
            requests.get(f"{address}/static/app.css", timeout=2)
            return
        time.sleep(0.1)
    pytest.fail("the app did not start")


def talk_nonsense(port: int) -> None:
    """Send what no browser sends; the last goes away before it is answered."""
    for request in (
        f"GET /l/{SAID} HTTP/9.9\r\n\r\n",
        f"{SAID}\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: x\r\nForwarded: {SAID}\r\nX-Forwarded-For: {SAID}\r\n\r\n",
        f"POST /launch HTTP/1.1\r\nHost: x\r\nContent-Length: {SAID}\r\n\r\n",
        f"GET /launch?iss={SAID.replace(' ', '+')} HTTP/1.1\r\nHost: x\r\n\r\n",
    ):
        with socket.create_connection((HOST, port), timeout=10) as connection:
            connection.sendall(request.encode())
