"""Requests as no browser would send them, drawn by Hypothesis and handed to the app by WSGI."""

import io
import json
from dataclasses import dataclass, field
from urllib.parse import quote

from hypothesis import strategies as st
from werkzeug.test import TestResponse, run_wsgi_app

from app.smart.cookies import NAME

SCRIPT = "<script>alert(1)</script>"

METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get")
WORDS = (
    *("", " ", "0", "-1", "1e9", "null", "true", "new", "..", ".", "../../../etc/passwd", "%2e%2e"),
    *("\x00", "a\x00b", "\r\nSet-Cookie: planted=1", "\r\n\r\n<html>", "\ud800", "\u202e", "🎗"),
    *(SCRIPT, f"\"'>{SCRIPT}", "{{7*7}}", "${7*7}", "%s%n", "' OR 1=1 --", "x" * 3000),
    *("https://evil.example", "//evil.example", "\\\\evil.example", "javascript:alert(1)"),
    *("elena-martinez", "patient", "Observation/1", "ecog", "2026-02-30", "9999-99-99", "1.5.2"),
)
# Names that the app's own forms send, and some that nobody sends.
NAMES = (
    *("iss", "launch", "state", "code", "error", "patient", "entry", "act", "reviewed", "back"),
    *("reason", "seen", "about", "again", "further", "points", "points-find", "date-day", "t", "n"),
    *("date-month", "date-year", "note", "prefix", "group", "edition", "confirm-date", "__proto__"),
    *("", "\x00", "x" * 500, "patient[]", "\ud800", SCRIPT),
)
HEADERS = (
    *("HX-Request", "HX-Target", "Accept", "Accept-Language", "Origin", "Range", "Referer"),
    *("Sec-Fetch-Site", "X-Forwarded-For", "X-Forwarded-Host", "X-HTTP-Method-Override"),
    *("If-None-Match", "If-Modified-Since", "Authorization", "Content-Encoding", "Expect"),
)
HEADER_VALUES = (
    *(
        "",
        "true",
        "*/*",
        "null",
        "none",
        "same-origin",
        "cross-site",
        "same-site",
        "\xff\xfe",
        "?1",
    ),
    *("https://app.example", "https://evil.example", "https://[", "evil.example", "127.0.0.1"),
    *("bytes=0-0,-1", "bytes=9999999-", "Mon, 99 Foo 0000", "*", "GET", "x" * 9000, "application/"),
    *("Bearer x", "Basic !!!!", "gzip, deflate", "100-continue", "en;q=NaN", '"' * 40, "text/html"),
)
# One that cannot be read is turned away at the door: most requests name a host that can.
HOSTS = (
    *["app.example"] * 30,
    *("", "evil.example", "127.0.0.1", "xn--", "xn--a:80", "https://[", "\xff\xfe", "x" * 9000),
)

texts = st.one_of(st.sampled_from(WORDS), st.text(max_size=20))
pairs = st.lists(st.tuples(st.one_of(st.sampled_from(NAMES), texts), texts), max_size=8)
# What is right but for what comes after it.
_RIGHT = (
    *(("patient", "elena-martinez"), ("entry", "new:patient"), ("points", "1"), ("act", "review")),
    *(("date-day", "1"), ("date-month", "apr"), ("date-year", "2026")),
)


@dataclass(frozen=True)
class Hostile:
    """One request: the path, query and body as the bytes that arrive."""

    method: str
    path: bytes
    query: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = ""
    cookies: str = ""

    def send(self, app, own_cookie: str = "") -> TestResponse:
        """Hand the request to the app as a WSGI server does."""
        environ = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": self.path.decode("latin-1"),
            "QUERY_STRING": self.query.decode("latin-1"),
            "SERVER_NAME": "app.example",
            "SERVER_PORT": "443",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "203.0.113.7",
            "HTTP_HOST": "app.example",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https",
            "wsgi.input": io.BytesIO(self.body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            "CONTENT_LENGTH": str(len(self.body)),
        }
        if self.content_type:
            environ["CONTENT_TYPE"] = self.content_type
        for name, value in self.headers.items():
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
        if cookies := "; ".join(filter(None, (own_cookie, self.cookies))):
            environ["HTTP_COOKIE"] = cookies
        body, status, headers = run_wsgi_app(app, environ, buffered=True)
        return TestResponse(body, status, headers, request=None)


def as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def encoded(sent: list[tuple[str, str]]) -> bytes:
    """Return names and values as a browser would encode them, were they a browser's."""
    return "&".join(f"{quote(as_bytes(n))}={quote(as_bytes(v))}" for n, v in sent).encode()


def paths(rule, known: dict[str, list[str]]) -> st.SearchStrategy[bytes]:
    """Return paths that fit a rule: its variables filled with what is `known` of them, or not."""

    def part(trace) -> st.SearchStrategy[bytes]:
        is_variable, text = trace
        if not is_variable:
            return st.just(text.encode())
        usual = st.sampled_from(known.get(text, ["x"]))
        odd = usual if text == "launch_id" else st.one_of(usual, usual, texts)
        return odd.map(as_bytes)

    traces = [(is_variable, text) for is_variable, text in rule._trace if text != "|"]
    return st.tuples(*(part(trace) for trace in traces)).map(b"".join)


def bodies() -> st.SearchStrategy[tuple[str, bytes]]:
    """Return content types and bodies, that fit each other or not."""
    sent = st.one_of(pairs, pairs.map(lambda odd: [*_RIGHT, *odd]))
    form = sent.map(encoded)
    deep = st.integers(1, 50_000).map(lambda depth: b"[" * depth)
    json_body = st.dictionaries(st.text(max_size=5), texts).map(
        lambda content: json.dumps(content).encode()
    )
    broken = st.sampled_from(
        (b"\xff\xfe%zz&=&&patient", b"--x\r\n", b"%", b"\x00" * 100, b"a=" + b"x" * 1_100_000)
    )
    body = st.one_of(form, sent.map(multipart), deep, json_body, broken, st.binary(max_size=40))
    types = st.sampled_from(
        (
            *("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"),
            *("multipart/form-data", "application/json", "text/plain; charset=utf-99", "x" * 500),
            *("application/x-www-form-urlencoded; charset=utf-16", "", "\xff", 'a/b; c="d'),
        )
    )
    plain = form.map(lambda body: ("application/x-www-form-urlencoded", body))
    mixed = sent.map(lambda content: ("multipart/form-data; boundary=x", multipart(content)))
    return st.one_of(plain, mixed, st.tuples(types, body))


def multipart(sent: list[tuple[str, str]]) -> bytes:
    """Return names and values as parts of a multipart body, every third of them as a file."""
    parts = []
    for number, (name, value) in enumerate(sent):
        file = b'; filename="../../x.py"' if number % 3 == 2 else b""
        parts.append(
            b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
            % (as_bytes(name), file, as_bytes(value))
        )
    return b"".join(parts) + b"--x--\r\n"


@st.composite
def requests_to(draw, rule, known: dict[str, list[str]]) -> Hostile:
    """Return requests to the addresses of a rule."""
    usual = st.sampled_from(sorted(rule.methods))
    method = draw(st.one_of(*[usual] * 5, st.sampled_from(METHODS)))
    content_type, body = draw(bodies()) if method not in {"GET", "HEAD"} else ("", b"")
    names = st.sampled_from(HEADERS)
    cookies = ("", "", "", f"{NAME}=", "=; ;;=", f"{NAME}=\xff; {NAME}=x", "a" * 9000)
    headers = draw(st.dictionaries(names, st.sampled_from(HEADER_VALUES), max_size=2))
    return Hostile(
        method,
        draw(paths(rule, known)),
        draw(st.one_of(pairs.map(encoded), st.binary(max_size=20))),
        {**headers, "Host": draw(st.sampled_from(HOSTS))},
        body,
        content_type,
        draw(st.sampled_from(cookies)),
    )
