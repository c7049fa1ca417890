"""Ways in which a document, a text or an answer goes wrong. All chance comes from the caller."""

import copy
import json
from random import Random

from tests.fuzz.network import Answer
from tests.trees import places

FOREIGN = "https://evil.example"

# What servers and attackers write where something else belongs.
JUNK = (
    *(None, True, False, 0, -1, 1e308, 2**63, 10**400, 0.5),
    *("", " ", "x", "null", "\x00", "\r\nSet-Cookie: a=b", "a b", "\ud800", "\u202e", "🎗", "İ"),
    *("'\"><script>alert(1)</script>", "{{7*7}}", "%00", "..", "../../x", "Patient/elena"),
    *("1", "-1", "NaN", "9" * 400, "x" * 70_000, "elena\n", "elena/../x", "élena"),
    *([], {}, [None], [[[]]], {"a": {"b": []}}, ["x"], {"": ""}, [{}]),
    *(FOREIGN, f"{FOREIGN}/token", "http://auth.example/token", "//evil.example/x", "javascript:0"),
    *("https://127.0.0.1/x", "https://[::1]/x", "https://10.0.0.1/x", "https://169.254.169.254/"),
    *("https://user:pass@evil.example/", "https://evil.example\\@auth.example/", "file:///etc"),
)

_NEST = 50_000
_LARGE = 1_100_000  # bytes: more than is read
_ODD_NAMES = ("__x", "error", "x" * 3000, "", "id_token", "expires_in")


def structure(document: dict, chance: Random) -> dict:
    """Return a copy in which one value is another, is missing, is wrapped, or is one too many."""
    changed = copy.deepcopy(document)
    path = chance.choice(list(places(changed)))
    node = changed
    for name in path[:-1]:
        node = node[name]
    name = path[-1]
    act = chance.randrange(6)
    if act == 0:
        del node[name]
    elif act == 1:
        node[name] = [node[name]]
    elif act == 2:
        node[name] = {"value": node[name]}
    elif act == 3:
        node[name] = of_text(str(node[name]), chance)
    elif act == 4 and isinstance(node, dict):
        node[chance.choice(("__x", "error", "x" * 3000, "", "id_token", "expires_in"))] = junk(
            chance
        )
    else:
        node[name] = junk(chance)
    return changed


def junk(chance: Random):
    """Return something that belongs nowhere."""
    return copy.deepcopy(chance.choice(JUNK))


def of_text(text: str, chance: Random) -> str:
    """Return a text that differs in little."""
    at = chance.randrange(len(text) + 1)
    character = chance.choice("a/.:?#@\\ \n\x00é%A0-_=\ud83f")
    return chance.choice(
        (
            text[:at] + character + text[at:],
            text[:at] + text[at + 1 :],
            text[:at] + character + text[at + 1 :],
            text[::-1],
            text.upper(),
            text.lower(),
            text + text,
            text[:at],
        )
    )


def of_bytes(body: bytes, chance: Random) -> bytes:
    """Return the bytes of an answer cut, changed, doubled, or in another encoding."""
    at = chance.randrange(len(body) + 1)
    return chance.choice(
        (
            body[:at],
            body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :],
            body[:at] + bytes(chance.randrange(256) for _ in range(4)) + body[at:],
            body + body,
            chance.choice((b"\xef\xbb\xbf", b"\xff\xfe", b" \n", b")]}',\n", b"\x00")) + body,
            body.decode().encode(chance.choice(("utf-16", "utf-32", "utf-7"))),
            chance.choice((b"[", b'{"a":')) * _NEST,
            chance.choice((b"", b"null", b"[]", b'"x"', b"0", b"{}", b"NaN", b"<html>no</html>")),
            _with(body, b'"x":' + chance.choice((b"NaN", b"-Infinity", b"1e999999999"))),
            _with(body, b'"x":"' + b"x" * _LARGE + b'"'),
            _with(body, _named_twice(body, chance)),
            body.replace(b'"', chance.choice((b"'", b"", b'\\"')), chance.randrange(1, 5)),
        )
    )


def _with(body: bytes, member: bytes) -> bytes:
    """Return an object with one member more at its end."""
    return body[:-1] + b"," + member + b"}"


def _named_twice(body: bytes, chance: Random) -> bytes:
    """Return a member of a name that is there already; of two the last one counts."""
    name = chance.choice(list(json.loads(body)) or ["x"])
    return json.dumps({name: chance.choice(("x", None, [], FOREIGN))}).encode()[1:-1]


def of_answer(body: bytes, chance: Random) -> Answer:
    """Return the answer with another status or other headers."""
    status = chance.choice((100, 201, 204, 206, 301, 302, 303, 307, 308, 400, 401, 403, 404, 429))
    status = chance.choice((status, chance.choice((200, 500, 502, 503, 599))))
    headers = {
        "Content-Type": chance.choice(
            ("application/json", "text/html", "", "application/json; charset=utf-16", "x" * 5000)
        )
    }
    if chance.random() < 0.6:
        name, value = chance.choice(
            (
                ("Location", f"{FOREIGN}/caught"),
                ("Location", "//evil.example/caught"),
                ("Location", "\\\\evil.example"),
                ("Refresh", f"0; url={FOREIGN}/caught"),
                ("Set-Cookie", "oncoform=planted; Domain=example"),
                ("Content-Encoding", "gzip"),
                ("Content-Encoding", "x-unknown"),
                ("Content-Length", "7"),
                ("Transfer-Encoding", "chunked"),
                ("Link", f"<{FOREIGN}/caught>; rel=next"),
                ("Retry-After", "86400000"),
            )
        )
        headers[name] = value
    error = b'{"error": "invalid_grant", "error_description": "<script>alert(1)</script>"}'
    return Answer(chance.choice((body, body, error, b"")), status, headers)
