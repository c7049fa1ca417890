"""The conditions of granular scopes: which resources `?param=value` lets through.

Conditions on coded elements can be decided here; a scope with any other condition is never granted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote

Resource = dict[str, Any]

# Search parameter: the elements that it looks at, of whichever type has them.
_ELEMENTS: dict[str, tuple[str, ...]] = {
    "actuality": ("actuality",),
    "category": ("category",),
    "clinical-status": ("clinicalStatus",),
    "code": ("code", "medicationCodeableConcept", "vaccineCode"),
    "event": ("event",),
    "intent": ("intent",),
    "seriousness": ("seriousness",),
    "severity": ("severity",),
    "status": ("status",),
    "type": ("type",),
    "verification-status": ("verificationStatus",),
}
# Scopes are separated by blanks, and hold no quotes or backslashes (RFC 6749, section 3.3).
_PLAIN = ":/|,-._~"


@dataclass(frozen=True)
class Condition:
    """One `param=token,token`: it holds for a resource that has one of the tokens."""

    param: str
    tokens: tuple[str, ...]

    @property
    def decidable(self) -> bool:
        return self.param in _ELEMENTS and all(token.strip("|") for token in self.tokens)

    def holds(self, resource: Resource) -> bool:
        elements = _ELEMENTS.get(self.param, ())
        present = {
            coding for name in elements for coding in _codings(resource.get(name)) if any(coding)
        }
        return any(_matches(token, present) for token in self.tokens)

    def __str__(self) -> str:
        return f"{self.param}={quote(','.join(self.tokens), safe=_PLAIN)}"


def parse(query: str) -> tuple[Condition, ...]:
    """Read the conditions after the `?` of a scope."""
    return tuple(
        Condition(param, tuple(values.split(",")))
        for param, values in parse_qsl(query, keep_blank_values=True)
    )


def _codings(element: Any) -> Iterator[tuple[str | None, str | None]]:
    """Yield (system, code) of each coding in a code, Coding, CodeableConcept or list of them.

    A plain code has no system written beside it: it counts with any.
    """
    if isinstance(element, str):
        yield None, element
    elif isinstance(element, list):
        for item in element:
            yield from _codings(item)
    elif isinstance(element, dict):
        if "coding" in element:
            yield from _codings(element["coding"])
        else:
            yield str(element.get("system", "")), str(element.get("code", ""))


def _matches(token: str, present: set[tuple[str | None, str | None]]) -> bool:
    system, bar, code = token.rpartition("|")
    return any(
        (not code or code == found_code) and (not bar or found_system in {None, system})
        for found_system, found_code in present
    )
