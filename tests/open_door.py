"""A FHIR server without authorization: the sandbox's chart behind a door that asks for no token."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import requests

from app import create_app
from tests.conftest import settings_in
from tests.live import HOST, Demo, access_token, demo, free_server

PATIENT = "elena-martinez"
_PASSED_ON = {"HTTP_IF_MATCH": "If-Match", "HTTP_IF_NONE_EXIST": "If-None-Exist"}
_PASSED_BACK = ("Content-Type", "ETag", "Last-Modified")


@dataclass
class Door:
    """The WSGI app at `base`; `tokens` are those that were sent to it all the same."""

    base: str
    servers: Demo
    tokens: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._token = access_token(self.servers, PATIENT, "oncologist-owen")

    def __call__(self, environ, start_response):
        self.tokens.extend(filter(None, [environ.get("HTTP_AUTHORIZATION")]))
        outside, inside = self.base.encode(), self.servers.fhir.encode()
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = requests.request(
            environ["REQUEST_METHOD"],
            f"{self.servers.ehr}{environ['PATH_INFO']}?{environ['QUERY_STRING']}",
            data=body.replace(outside, inside),
            headers={
                "Authorization": f"Bearer {self._token}",
                "Content-Type": environ.get("CONTENT_TYPE") or "application/fhir+json",
                **{name: environ[key] for key, name in _PASSED_ON.items() if key in environ},
            },
            timeout=30,
        )
        headers = [(name, answer.headers[name]) for name in _PASSED_BACK if name in answer.headers]
        start_response(f"{answer.status_code} {answer.reason}", headers)
        return [answer.content.replace(inside, outside)]


@dataclass(frozen=True)
class Unprotected:
    """The app at `app`, which may use the server behind `door`."""

    app: str
    door: Door

    def launch_address(self, **more: str) -> str:
        return f"{self.app}/launch?{urlencode({'iss': self.door.base, **more})}"


@contextmanager
def unprotected(folder: Path) -> Iterator[Unprotected]:
    """Run app, door and sandbox until the block ends; what they keep lies in `folder`."""
    own_folder = folder / "own"
    own_folder.mkdir()
    with (
        demo(folder) as servers,
        free_server() as (door_port, serve_door),
        free_server() as (app_port, serve_app),
    ):
        door = Door(f"http://{HOST}:{door_port}/fhir", servers)
        serve_door(door)
        own = f"http://{HOST}:{app_port}"
        settings = settings_in(own_folder)
        app = create_app({**settings, "BASE_URL": own, "OPEN_FHIR_SERVERS": door.base})
        serve_app(app)
        yield Unprotected(own, door)
        app.extensions["store"].close()
