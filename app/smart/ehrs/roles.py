"""Roles: with which forms, and so with which rights, people of one EHR open the app."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.config import ConfigError
from app.smart.scopes import ResourceScope, without_uri

# It stands in the launch address, so it is one that every reader takes for the same.
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
EVERYBODY = ""
"""The role of those who come by the launch address that names none."""


@dataclass(frozen=True)
class Role:
    """`forms` are the slugs of those that are there, None for all; `scopes` override the derived.

    Its launch address is `/launch/<key>`; the role of everybody has `/launch`.
    """

    key: str = EVERYBODY
    forms: frozenset[str] | None = None
    scopes: tuple[str, ...] = ()

    @property
    def launch_path(self) -> str:
        return f"/launch/{self.key}" if self.key else "/launch"

    def enables(self, slug: str) -> bool:
        """Tell whether the form with this slug is there."""
        return self.forms is None or slug in self.forms


def read_roles(entry: Mapping[str, Any]) -> tuple[Role, ...]:
    """Return the roles that an EHR's entry in the launch file describes, everybody's first.

    Raises ConfigError, which says what to mend.
    """
    where = entry["key"]
    forms = _forms(where, entry.get("forms"))
    scopes = _scopes(where, entry.get("scopes"))
    named = entry.get("roles", {})
    if not isinstance(named, dict) or not all(isinstance(role, dict) for role in named.values()):
        raise ConfigError(f'{where}: roles are objects by their key: {{"nurse": {{"forms": []}}}}.')
    return (
        Role(EVERYBODY, forms, scopes),
        *(_role(where, key, role, forms, scopes) for key, role in named.items()),
    )


def _role(
    where: str,
    key: str,
    role: Mapping[str, Any],
    forms: frozenset[str] | None,
    scopes: tuple[str, ...],
) -> Role:
    if not _KEY.fullmatch(key):
        raise ConfigError(f"{where}: a role is named by small letters, digits and hyphens: {key}")
    own = _forms(where, role.get("forms"))
    # What the EHR does not have no role of it has.
    enabled = own if forms is None else forms if own is None else own & forms
    return Role(key, enabled, _scopes(where, role.get("scopes")) or scopes)


def check_forms(where: str, roles: tuple[Role, ...], known: Mapping[str, Any]) -> None:
    """Raise ConfigError where a role names a form that is not among the `known` slugs."""
    named = {slug for role in roles for slug in role.forms or ()}
    if strange := sorted(named - set(known)):
        raise ConfigError(f"{where}: there is no form {strange[0]}. There are: {', '.join(known)}.")


def _forms(where: str, value: Any) -> frozenset[str] | None:
    return None if value is None else frozenset(_words(where, "forms", value))


def _scopes(where: str, value: Any) -> tuple[str, ...]:
    words = () if value is None else _words(where, "scopes", value)
    for word in words:
        if without_uri(word).startswith("system/"):
            raise ConfigError(
                f"{where}: take {word} out of scopes: the app acts for the person who opened it."
            )
        if _asks_to_delete(word):
            raise ConfigError(f"{where}: {word} asks to delete, which the app never does.")
    return words


def _asks_to_delete(word: str) -> bool:
    """Tell whether a scope names deleting; version 1 has no other word for writing than .write."""
    scope = ResourceScope.parse(word)
    actions = without_uri(word).partition("?")[0].rpartition(".")[2]
    return scope is not None and "d" in scope.actions and actions != "write"


def _words(where: str, name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) and word for word in value):
        raise ConfigError(f"{where}: {name} is a list of words.")
    return tuple(value)
