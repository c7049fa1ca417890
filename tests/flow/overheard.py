"""All that may not be told: what an EHR and the app say to each other, overheard at the EHR."""

import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qsl, unquote, urlsplit

# Of query, form and JSON, the values that open something.
_OPENING = {
    *("code", "state", "nonce", "launch", "code_verifier", "code_challenge"),
    *("access_token", "refresh_token", "id_token", "client_assertion", "client_secret"),
}
# Elements of a resource by which a person or an illness is known.
_TELLING = {
    *("id", "family", "text", "display", "birthDate", "city", "line", "phone", "postalCode"),
    *("code", "value", "valueString", "recordedDate", "onsetDateTime", "effectiveDateTime"),
}
_SHORTEST = 6
# Words of FHIR itself, which are codes of a chart as well.
_PLAIN = {"laboratory", "request", "unknown"}

Fault = Callable[[str, str], tuple[str, list[tuple[str, str]], list[bytes]] | None]


class Ear:
    """Stands before the sandbox: hears all, and may answer in its place (`fault`)."""

    def __init__(self, app) -> None:
        self._app = app
        self.secrets: set[str] = set()
        self.telling: set[str] = set()
        self.fault: Fault = lambda method, path: None

    def __call__(self, environ, start_response):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        self.hear_query(environ.get("QUERY_STRING", ""))
        self.hear_query(body.decode("latin-1"))
        scheme, _, credential = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        self.secrets |= {credential} if scheme else set()
        broken = self.fault(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if broken:
            status, headers, chunks = broken
            start_response(status, headers)
            return chunks
        return self._heard(environ, start_response)

    def _heard(self, environ, start_response):
        def listen(status, headers, exc_info=None):
            self.hear_query(urlsplit(dict(headers).get("Location", "")).query)
            return start_response(status, headers, exc_info)

        answer = self._app(environ, listen)
        try:
            content = b"".join(answer)
        finally:
            answer.close()
        self.hear(content)
        return [content]

    def hear_query(self, query: str) -> None:
        self.secrets |= {value for name, value in parse_qsl(query) if name in _OPENING and value}

    def hear(self, content: bytes) -> None:
        try:
            value = json.loads(content)
        except ValueError:
            return
        if isinstance(value, dict):
            self.secrets |= {str(value[name]) for name in _OPENING & value.keys() if value[name]}
            if "resourceType" in value:
                self.telling |= set(_words(value))


def _words(node: object, name: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if node.get("resourceType") not in {"CapabilityStatement", "OperationOutcome"}:
                yield from _words(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from _words(value, name)
    elif isinstance(node, str) and name in _TELLING:
        whole = len(node) >= _SHORTEST and not node.startswith(
            ("http", datetime.now(UTC).date().isoformat())
        )
        if whole and node not in _PLAIN:
            yield node


def leaks(text: str, forbidden: set[str]) -> list[str]:
    """Return what of `forbidden` stands in a text, in whatever case and escaping.

    A lone word counts where it is one: "author" does not stand in "authorizations".
    """
    seen = {text.casefold(), unquote(text).casefold()}
    return sorted(word for word in forbidden if any(_stands(word.casefold(), one) for one in seen))


def _stands(word: str, text: str) -> bool:
    if word not in text:
        return False
    return not word.isalpha() or bool(re.search(rf"(?<![a-z]){word}(?![a-z])", text))


def private_parts(key: dict) -> set[str]:
    """Return the numbers of a private key that its public half does not show."""
    return {key[name] for name in ("d", "p", "q", "dp", "dq", "qi") if name in key}


def addresses_in(html: str) -> set[str]:
    """Return every address that a page holds."""
    return set(re.findall(r'\b(?:href|src|action|hx-get|hx-post)="([^"]+)"', html))
