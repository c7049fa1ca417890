"""The real app and the real sandbox EHR, served on free ports of the loopback interface."""

import base64
import hashlib
import html
import json
import re
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from cryptography.fernet import Fernet
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from app import create_app
from app.forms._registry import all_forms
from app.sandbox import create_sandbox
from app.sandbox.config import SandboxConfig

HOST = "127.0.0.1"

# Of the types that the app writes: units and names of tests have slashes too.
_TYPES = {"Provenance", *(part.type for form in all_forms().values() for part in form.parts)}
_WRITTEN = re.compile(rf"\b(?:{'|'.join(sorted(_TYPES))})/[\w.-]+")


@dataclass(frozen=True)
class Demo:
    """Both servers; `ehr` and `app` are their origins.

    `portal` is a site of the EHR on another host, whose pages may show the app too.
    """

    ehr: str
    app: str
    portal: str
    flask: Flask

    @property
    def fhir(self) -> str:
        return f"{self.ehr}/fhir"

    def launch_address(self, patient: str, user: str, **more: str) -> str:
        extra = "".join(f"&{name}={value}" for name, value in more.items())
        return f"{self.ehr}/launch?patient={patient}&user={user}{extra}"


@contextmanager
def demo(
    folder: Path,
    *,
    token_seconds: int = 3600,
    data: tuple[Path, ...] = (),
    upstream: str | None = None,
    picks_patient: bool = True,
    registration: Mapping[str, Any] | None = None,
) -> Iterator[Demo]:
    """Run both servers until the block ends; what they keep lies in `folder`.

    With `upstream`, the base of another FHIR server, the chart is that one's and holds `data` only.
    `registration` replaces parts of the app's entry in launch.json.
    """
    with (
        free_server() as (ehr_port, serve_ehr),
        free_server() as (app_port, serve_app),
        free_server() as (portal_port, serve_portal),
    ):
        ehr, own = f"http://{HOST}:{ehr_port}", f"http://{HOST}:{app_port}"
        portal = f"http://localhost:{portal_port}"
        serve_portal(_portal)
        serve_ehr(
            create_sandbox(
                SandboxConfig(
                    origin=ehr,
                    app_url=own,
                    data=data,
                    upstream=upstream,
                    database=folder / "ehr.sqlite",
                    access_token_seconds=token_seconds,
                    picks_patient=picks_patient,
                )
            )
        )
        entry = launch_entry(ehr, own) | (registration or {})
        entry["frame_ancestors"] = [portal, *entry["frame_ancestors"]]
        with app_at(own, folder, entry) as app:
            serve_app(app)
            yield Demo(ehr, own, portal, app)


def launch_entry(ehr: str, own: str) -> dict[str, Any]:
    """Return the demo's entry of launch.json with the addresses of these servers."""
    text = (Path(__file__).parent.parent / "launch.json").read_text(encoding="utf-8")
    text = re.sub(r"\$\{ONCOFORM_SANDBOX_URL[^}]*\}", ehr, text)
    text = re.sub(r"\$\{ONCOFORM_BASE_URL[^}]*\}", own, text)
    return json.loads(text)["ehrs"][0]


def write_launch_file(folder: Path, entry: Mapping[str, Any]) -> Path:
    """Write a launch file with this EHR alone; its path."""
    path = folder / "launch.json"
    path.write_text(json.dumps({"ehrs": [entry]}), encoding="utf-8")
    return path


@contextmanager
def app_at(own: str, folder: Path, entry: Mapping[str, Any]) -> Iterator[Flask]:
    """Make the app whose origin is `own` and which only the EHR of `entry` may launch."""
    path = write_launch_file(folder, entry)
    app = create_app(
        {
            "DEMO": True,
            "BASE_URL": own,
            "SECRET_KEYS": Fernet.generate_key().decode(),
            "DATABASE_URL": f"sqlite:///{folder / 'app.sqlite'}",
            "LAUNCH_FILE": str(path),
        }
    )
    yield app
    app.extensions["store"].close()


@contextmanager
def free_server():
    """Yield a free port that is held already, and what serves a WSGI app there."""
    holder = {}

    def placeholder(environ, start_response):
        return holder["app"](environ, start_response)

    server = make_server(HOST, 0, placeholder, threaded=True, request_handler=_Quiet)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})

    def serve(app) -> None:
        holder["app"] = app
        thread.start()

    try:
        yield server.server_port, serve
    finally:
        if thread.ident:
            server.shutdown()
            thread.join(timeout=5)
        server.server_close()


def _portal(environ, start_response):
    """Answer with a page that shows, in a frame, the address that is asked for."""
    start_response("200 OK", [("Content-Type", "text/html")])
    address = parse_qs(environ["QUERY_STRING"]).get("frame", [""])[0]
    frame = f'<iframe title="App" src="{html.escape(address)}" width="900" height="700"></iframe>'
    head = '<!DOCTYPE html><html lang="en"><title>Portal</title>'
    return [f"{head}<main><h1>Portal</h1>{frame}</main></html>".encode()]


class _Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    protocol_version = "HTTP/1.1"

    def log(self, *_said) -> None:
        pass


@dataclass
class Clinician:
    """A scripted person: follows the launch, reads pages, fills in and sends their forms."""

    demo: Demo
    http: requests.Session = field(default_factory=requests.Session)
    page: requests.Response | None = None

    def launch(self, patient: str, user: str, role: str = "", **more: str) -> "Clinician":
        """Open the app from the chart, by the launch address of a role."""
        address = self.demo.launch_address(patient, user, **more)
        if role:
            address = _location(address).replace("/launch?", f"/launch/{role}?")
        self.page = self.http.get(address, timeout=30)
        return self

    @property
    def home(self) -> str:
        """The address of the launch, /l/<launch_id>/."""
        found = re.match(r"(.*?/l/[^/]+/)", self.page.url)
        assert found, f"no launch: {self.page.url}\n{self.text}"
        return found[1]

    @property
    def text(self) -> str:
        """The words of the page."""
        body = re.sub(r"(?s)<(script|style).*?</\1>", " ", self.page.text)
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))

    def open(self, path: str) -> "Clinician":
        base = self.page.url if path.startswith(("?", "/", "http")) else self.home
        self.page = self.http.get(urljoin(base, path), timeout=30)
        return self

    def inputs(self, form: str = "entry") -> dict[str, str]:
        """What a browser would send of the form with this id if nothing were changed.

        What it sends several times under one name is one value a line here, and so to the app.
        """
        return _lines(_sent_by_default(self._form(form)))

    def send(self, form: str = "entry", **answers: str) -> "Clinician":
        """Send the form with this id; `answers` replace or add values."""
        body = self._form(form)
        action = html.unescape(re.search(r'action="([^"]*)"', body)[1])
        typed = {name.replace("__", "-"): value for name, value in answers.items()}
        values = {**_lines(_sent_by_default(body)), **typed}
        address = urljoin(self.page.url, action)
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(address))
        self.page = self.http.post(address, values, headers={"Origin": origin}, timeout=30)
        return self

    def written(self) -> list[str]:
        """Return `Type/id` of what the receipt names, the Provenance last."""
        assert "Saved to the chart" in self.text, self.text
        receipt = self.text.partition("Saved to the chart")[2]
        return list(dict.fromkeys(_WRITTEN.findall(receipt)))

    def _form(self, name: str) -> str:
        found = re.search(rf'(?s)<form id="{name}".*?</form>', self.page.text)
        assert found, f"no form {name} on {self.page.url}: {self.text[:800]}"
        return found[0]


def _lines(pairs: Iterator[tuple[str, str]]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in pairs:
        values[name] = f"{values[name]}\n{value}" if name in values else value
    return values


def _sent_by_default(form: str) -> Iterator[tuple[str, str]]:
    """Yield name and value of each control as a browser sends it unchanged."""
    for tag in re.findall(r"(?s)<input\b[^>]*>", form):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        chosen = attributes.get("type") not in {"radio", "checkbox"} or re.search(
            r"\bchecked\b", re.sub(r'"[^"]*"', "", tag)
        )
        if chosen and "name" in attributes:
            yield attributes["name"], html.unescape(attributes.get("value", ""))
    for name, body in re.findall(r'(?s)<select\b[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form):
        # Where none is selected, a browser takes the first.
        chosen = re.search(r'<option\s+value="([^"]*)"[^>]*\sselected', body)
        chosen = chosen or re.search(r'<option\s+value="([^"]*)"', body)
        yield name, html.unescape(chosen[1]) if chosen else ""
    for name, body in re.findall(r'(?s)<textarea\b[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form):
        yield name, html.unescape(body)


class Chart:
    """The EHR's FHIR server itself, asked past all layers of the app with a token of its own."""

    def __init__(self, demo: Demo, patient: str, user: str = "oncologist-owen") -> None:
        self._fhir = demo.fhir
        self._headers = {"Authorization": f"Bearer {access_token(demo, patient, user)}"}

    def read(self, reference: str) -> dict:
        return self.get(reference).json()

    def search(self, query: str) -> list[dict]:
        return [entry["resource"] for entry in self.get(query).json().get("entry", [])]

    def get(self, path: str) -> requests.Response:
        return requests.get(f"{self._fhir}/{path}", headers=self._headers, timeout=30)

    def put(self, resource: dict, **headers: str) -> requests.Response:
        address = f"{self._fhir}/{resource['resourceType']}/{resource['id']}"
        return requests.put(address, json=resource, headers=self._headers | headers, timeout=30)


def access_token(demo: Demo, patient: str, user: str) -> str:
    """Launch as the app's own client would, step by step, and return the access token."""
    verifier, redirect_uri = secrets.token_urlsafe(48), f"{demo.app}/callback"
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    launched = _location(demo.launch_address(patient, user))
    smart = requests.get(f"{demo.fhir}/.well-known/smart-configuration", timeout=30).json()
    asked = {
        "response_type": "code",
        "client_id": "oncoform",
        "redirect_uri": redirect_uri,
        "scope": "launch openid fhirUser patient/*.cruds user/Practitioner.rs",
        "state": secrets.token_urlsafe(32),
        "aud": demo.fhir,
        "launch": parse_qs(urlsplit(launched).query)["launch"][0],
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "nonce": secrets.token_urlsafe(16),
    }
    back = _location(smart["authorization_endpoint"], asked)
    exchanged = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(back).query)["code"][0],
        "redirect_uri": redirect_uri,
        "client_id": "oncoform",
        "code_verifier": verifier,
    }
    return requests.post(smart["token_endpoint"], exchanged, timeout=30).json()["access_token"]


def _location(address: str, query: dict[str, str] | None = None) -> str:
    """Return where an address redirects to, without going there."""
    return requests.get(address, query, allow_redirects=False, timeout=30).headers["Location"]
