"""Stands in for the network: every request that leaves the app is recorded and answered here."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import requests
from requests import sessions
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse


@dataclass(frozen=True)
class Answer:
    """What a server answers with."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


@dataclass(frozen=True)
class Sent:
    """One request as it left the app."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str

    @property
    def origin(self) -> str:
        return origin_of(self.url)

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body))


class Network:
    """`answer` is asked for each request; None is a server that nobody can reach."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.answer: Callable[[Sent], Answer | None] = lambda _sent: None

    def install(self, monkeypatch) -> None:
        network = self

        def send(adapter, request, **_options):
            return network.exchange(adapter, request)

        monkeypatch.setattr(HTTPAdapter, "send", send)
        # To look for proxies takes longer than all else here.
        monkeypatch.setattr(sessions, "get_environ_proxies", lambda *_args, **_options: {})

    def exchange(self, adapter: HTTPAdapter, request) -> requests.Response:
        body = request.body or ""
        sent = Sent(
            request.method,
            request.url,
            dict(request.headers),
            body.decode() if isinstance(body, bytes) else body,
        )
        self.sent.append(sent)
        answer = self.answer(sent)
        if answer is None:
            raise requests.ConnectionError("nobody there", request=request)
        raw = HTTPResponse(
            body=io.BytesIO(answer.body),
            headers=answer.headers,
            status=answer.status,
            preload_content=False,
        )
        return adapter.build_response(request, raw)


def origin_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()
