"""What a receiver's answer says of a sending: a hook of each product, and what holds for all."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.fhir.paths import get, items
from app.fhir.types import Element
from app.fhir.wire import NotJson, loads

# "again": nothing was taken, and it is sent once more. "unknown": it may have been taken.
Verdict = Literal["sent", "accepted", "understood in part", "refused", "again", "unknown"]


@dataclass(frozen=True)
class Fate:
    """What came of an attempt, with the receiver's words.

    "sent": the receiver has it and will say no more now. "accepted": it took all of it, or has had
    it already. "understood in part": it took it, and says what it did not understand.
    """

    state: Verdict
    words: str = ""


# A product's own reading of an answer: status, headers, body. What it cannot read it gives to
# `fate_of`.
Interpret = Callable[[int, Mapping[str, str], bytes], Fate]

_NOT_NOW = frozenset({401, 425, 429, 503})
_NOBODY_KNOWS = frozenset({408})
_ONLY_RECEIVED = frozenset({202, 204})
# What an answer with status 2xx says by these; the first that it has counts.
_SIGNS: dict[str, Verdict] = {
    "fatal-error": "refused",
    "fatal": "refused",
    "error": "refused",
    "transient-error": "again",
    "warning": "understood in part",
}
_WEB_PAGE = "It answered with a web page: see whether its address is right."
_NO_JSON = "Its answer is broken."
_MOST_WORDS = 2000
_MOST_ISSUES = 20
_DEEPEST = 6


def fate_of(status: int, headers: Mapping[str, str], body: bytes) -> Fate:
    """Return what an answer says, for receivers without rules of their own.

    A receiver may say with status 200 that it refuses: by the severity of an issue, or by the code
    of a response to a message. What cannot be read says nothing of whether it was taken.
    """
    media_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if "html" in media_type or b"<html" in body[:1000].lower() or body[:5].lower() == b"<!doc":
        return Fate(_by_status(status) if status >= 400 else "unknown", _WEB_PAGE)
    words = words_of(body) or f"HTTP status {status}"
    if not 200 <= status < 300 or not body.strip():
        return Fate(_by_status(status), words)
    try:
        said = set(_signs(loads(body)))
    except NotJson:
        return Fate("unknown", _NO_JSON)
    found = next((verdict for sign, verdict in _SIGNS.items() if sign in said), None)
    return Fate(found or _by_status(status), words)


def _signs(content: Any) -> Iterator[str]:
    """Yield the severities of all issues, and the code of a response to a message."""
    for part in _parts(content):
        yield from (str(issue.get("severity")) for issue in items(part.get("issue")))
        if part.get("resourceType") == "MessageHeader":
            yield str(get(part, "response", "code"))


def _by_status(status: int) -> Verdict:
    if 200 <= status < 300:
        return "sent" if status in _ONLY_RECEIVED else "accepted"
    if status in _NOT_NOW:
        return "again"
    if 400 <= status < 500 and status not in _NOBODY_KNOWS:
        return "refused"
    return "unknown"


def words_of(body: bytes) -> str:
    """Return what an answer says in words: those of its OperationOutcomes, or its own text."""
    try:
        content = loads(body)
    except NotJson:
        return _plain(body.decode(errors="replace"))
    found = list(dict.fromkeys(_words(content)))
    return _plain("; ".join(found[:_MOST_ISSUES]))


def _words(content: Any) -> Iterator[str]:
    """Yield the words of all issues, and what a receiver says in no OperationOutcome."""
    for part in _parts(content):
        for issue in items(part.get("issue")):
            said = (get(issue, "details", "text"), issue.get("diagnostics"))
            yield next((w for w in said if isinstance(w, str)), "") or str(issue.get("code", ""))
        yield from (part[name] for name in ("error", "message") if isinstance(part.get(name), str))


def _parts(content: Any, depth: int = 0) -> Iterator[Element]:
    """Yield an answer and what stands inside of it, wherever a receiver has put its outcome."""
    if depth > _DEEPEST:
        return
    if isinstance(content, list):
        for each in content[:_MOST_ISSUES]:
            yield from _parts(each, depth + 1)
    elif isinstance(content, dict):
        yield content
        for name in ("entry", "resource"):
            yield from _parts(content.get(name), depth + 1)


def _plain(text: str) -> str:
    """Return a text of others in one line, without characters that do not show."""
    shown = "".join(one if one.isprintable() else " " for one in text[:_MOST_WORDS])
    return " ".join(shown.split())
