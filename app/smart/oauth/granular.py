"""The conditions of granular scopes: whether `?param=value` lets a resource through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# The elements that hold what a search parameter looks at.
_ELEMENTS = {
    "code": ("code", "medicationCodeableConcept"),
    "category": ("category",),
    "status": ("status",),
}
# What a form asks for, and an entry that is not finished may still lack.
_ASKED = frozenset({"code", "status"})


def is_evaluable(parameter: str) -> bool:
    """Tell whether the app can decide on a condition with this search parameter."""
    return parameter in _ELEMENTS


def meets(
    resource: Mapping[str, Any], parameter: str, values: str, *, unfinished: bool = False
) -> bool:
    """Tell whether a resource has one of the values, separated by commas.

    An `unfinished` one may still get the code or status that it lacks.
    """
    held = [resource[name] for name in _ELEMENTS[parameter] if name in resource]
    if unfinished and not held and parameter in _ASKED:
        return True
    found = [token for value in held for token in _tokens(value)]
    return any(_matches(wanted, token) for wanted in values.split(",") for token in found)


def _tokens(value: Any) -> list[tuple[str, str]]:
    """Return (system, code) of all codings in a code, a concept or a list of concepts."""
    if isinstance(value, str):
        return [("", value)]
    if isinstance(value, list):
        return [token for item in value for token in _tokens(item)]
    if isinstance(value, Mapping):
        codings = value.get("coding")
        return [
            (str(coding.get("system", "")), str(coding.get("code", "")))
            for coding in (codings if isinstance(codings, list) else [])
            if isinstance(coding, Mapping)
        ]
    return []


def _matches(wanted: str, token: tuple[str, str]) -> bool:
    """Compare as FHIR token search does: code, system|code, |code, system|."""
    system, bar, code = wanted.rpartition("|")
    if not bar:
        return bool(wanted) and token[1] == wanted
    if not code:
        return bool(system) and token[0] == system
    return token == (system, code)
