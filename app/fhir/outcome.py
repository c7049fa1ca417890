"""An OperationOutcome's own words, fit to be shown."""

from __future__ import annotations

import re
from typing import Any

from app.fhir.paths import codings, items, text

_MOST_ISSUES = 5
_LONGEST = 300
_ENTRY = re.compile(r"Bundle\.entry\[\d+\]")
_BEARER = re.compile(r"(?i)\bbearer\s+\S+|\beyJ[\w-]+\.[\w-]+\.[\w-]*")


def issues_of(outcome: Any, secret: str | None = None) -> list[str]:
    """Return the first few issues of an OperationOutcome in words, shortened.

    One about an entry of a transaction ends with its place, `(Bundle.entry[3])`.

    Servers echo requests, so `secret` (the token in use) and what looks like a token is struck out.
    """
    if not isinstance(outcome, dict) or outcome.get("resourceType") != "OperationOutcome":
        return []
    words = [found for issue in items(outcome.get("issue")) if (found := _words(issue))]
    return [_clean(issue, secret) for issue in words[:_MOST_ISSUES]]


def _words(issue: dict[str, Any]) -> str | None:
    details = issue.get("details")
    said = text(details.get("text")) if isinstance(details, dict) else None
    shown = next((words for c in codings(details) if (words := text(c.get("display")))), None)
    words = said or text(issue.get("diagnostics")) or shown or text(issue.get("code"))
    places = issue.get("expression")
    place = text(places[0]) if isinstance(places, list) and places else None
    entry = _ENTRY.match(place or "")
    return f"{words} ({entry[0]})" if words and entry and entry[0] not in words else words


def _clean(words: str, secret: str | None) -> str:
    if secret:
        words = words.replace(secret, "[token]")
    words = " ".join(_BEARER.sub("[token]", words).split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
