"""Codes that a person typed or a terminology server offered, told with the code itself.

The app writes the official term beside the codes of its own lists. Any other coding has only the
words that came with it, and these may be another code's: so the review names system and code, and
what the app knows the code to mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.fhir.paths import codings, text
from app.mcode.valuesets import fixed_codes, listed_displays
from app.terminology.systems import system_name


def unlisted_codes(value: Any) -> list[str]:
    """Return the codes inside a resource whose words are not the app's own, each once."""
    return list(dict.fromkeys(_unlisted(value)))


def _unlisted(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _unlisted(item)
    elif isinstance(value, dict):
        for coding in codings(value):
            system, code = text(coding.get("system")) or "", text(coding.get("code")) or ""
            if code and not text(coding.get("display")):
                yield from _told(system, code, text(value.get("text")) or "")
        for name, item in value.items():
            if name not in {"meta", "identifier"}:
                yield from _unlisted(item)


def _told(system: str, code: str, words: str) -> Iterator[str]:
    own = listed_displays(system, code)
    if words in {"", code} or words in own or (system, code) in fixed_codes():
        return
    meaning = f", which is “{min(own, key=len)}”" if own else ""
    yield f"“{words}” as {system_name(system) or 'a code'} {code}{meaning}"
