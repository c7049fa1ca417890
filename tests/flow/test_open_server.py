"""A FHIR server without authorization, to test on: no token is sent, and every page says so."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
import requests

from app import create_app
from tests.conftest import settings_in
from tests.flow.answers import PATHOLOGIC
from tests.live import HOST, Chart, Clinician, access_token, demo, free_server

pytestmark = pytest.mark.network

ELENA = "elena-martinez"
WARNING = "Nobody signs in to this server"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """The app, and before the sandbox's chart a door that asks nobody for a token."""
    folder = tmp_path_factory.mktemp("open")
    tokens: list[str] = []
    with (
        demo(folder) as servers,
        free_server() as (door_port, serve_door),
        free_server() as (app_port, serve_app),
    ):
        base = f"http://{HOST}:{door_port}/fhir"
        token = access_token(servers, ELENA, "oncologist-owen")

        def door(environ, start_response):
            tokens.extend(filter(None, [environ.get("HTTP_AUTHORIZATION")]))
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            sent = {
                name: environ[f"HTTP_{name.upper().replace('-', '_')}"]
                for name in ("If-Match", "If-None-Exist", "Prefer")
                if f"HTTP_{name.upper().replace('-', '_')}" in environ
            }
            answer = requests.request(
                environ["REQUEST_METHOD"],
                f"{servers.ehr}{environ['PATH_INFO']}?{environ['QUERY_STRING']}",
                data=body.replace(base.encode(), servers.fhir.encode()),
                headers={
                    "Authorization": f"Bearer {token}",
                    "Content-Type": environ.get("CONTENT_TYPE") or "application/fhir+json",
                    **sent,
                },
                timeout=30,
            )
            kept = ("Content-Type", "ETag", "Last-Modified")
            headers = [(name, answer.headers[name]) for name in kept if name in answer.headers]
            start_response(f"{answer.status_code} {answer.reason}", headers)
            return [answer.content.replace(servers.fhir.encode(), base.encode())]

        serve_door(door)
        own = f"http://{HOST}:{app_port}"
        settings = settings_in(tmp_path_factory.mktemp("open-app"))
        app = create_app({**settings, "BASE_URL": own, "OPEN_FHIR_SERVERS": base})
        serve_app(app)
        yield SimpleNamespace(app=own, base=base, servers=servers, tokens=tokens)
        app.extensions["store"].close()


@pytest.fixture
def clinician(running):
    return Clinician(running)


def opened(clinician, **more: str) -> Clinician:
    query = {"iss": clinician.demo.base, **more}
    clinician.page = clinician.http.get(f"{clinician.demo.app}/launch", params=query, timeout=30)
    return clinician


def test_a_patient_is_opened_at_once_and_written_to_without_a_token(running, clinician):
    opened(clinician, patient=ELENA)
    assert clinician.page.url == clinician.home
    assert "MARTINEZ, Elena" in clinician.text
    clinician.open("forms/tnm-stage/new").send(**PATHOLOGIC)
    assert WARNING in clinician.text
    clinician.send("save")
    chart = Chart(running.servers, ELENA)
    written = [chart.read(name) for name in clinician.written() if "Observation" in name]
    assert len(written) == 4
    assert {r["performer"][0]["display"] for r in written} == {"Not known (no sign-in)"}
    assert not any("reference" in r["performer"][0] for r in written)
    assert running.tokens == []


def test_every_page_says_that_nobody_signs_in(clinician):
    opened(clinician)
    assert clinician.page.url == f"{clinician.home}patient/"
    assert WARNING in clinician.text
    clinician.send("search", name="Martinez")
    assert re.findall(r'name="patient"\s+value="([^"]*)"', clinician.page.text) == [ELENA]
    assert WARNING in clinician.text
    opened(clinician, patient=ELENA)
    for path in ("", "forms/", "receipts/", "forms/ecog/new", "forms/ecog/nothing"):
        assert WARNING in clinician.open(path).text, path
    policy = clinician.page.headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'none'")


def test_drafts_of_somebody_unknown_are_nobody_else_s(running, clinician):
    opened(clinician, patient=ELENA).open("forms/tnm-stage/new").send(**{**PATHOLOGIC, "t": ""})
    assert "Drafts that wait" in clinician.open("forms/").text
    assert "Drafts that wait" not in opened(Clinician(running), patient=ELENA).open("forms/").text


@pytest.mark.parametrize("patient", ["nobody", "a/b", ".."])
def test_a_patient_who_is_not_there_is_not_opened(clinician, patient):
    opened(clinician, patient=patient)
    assert clinician.page.status_code >= 400
    assert "/l/" not in clinician.page.url


def test_signing_out_closes_the_launch(running, clinician):
    opened(clinician, patient=ELENA)
    home = clinician.home
    clinician.http.post(f"{home}sign-out", headers={"Origin": running.app}, timeout=30)
    assert clinician.http.get(home, timeout=30).status_code == 404


def test_it_is_offered_on_the_first_page_and_the_sandbox_is_used_as_ever(running, clinician):
    clinician.page = clinician.http.get(running.app, timeout=30)
    assert "Test server without sign-in" in clinician.text
    asked = clinician.http.get(
        f"{running.servers.app}/launch?iss={running.base}", allow_redirects=False, timeout=30
    )
    assert asked.status_code == 403
