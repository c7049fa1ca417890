"""Roles: which forms, and so which scopes, the users of an EHR get."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.config import ConfigError
from app.smart.scopes import ResourceScope, without_uri

# It is part of the launch address.
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
EVERYBODY = ""
"""The role of a launch whose address names none."""


@dataclass(frozen=True)
class Role:
    """`forms` are the slugs of its forms, None for all; `scopes` replace the derived ones.

    Its launch address is `/launch/<key>`; that of EVERYBODY is `/launch`.
    """

    key: str = EVERYBODY
    forms: frozenset[str] | None = None
    scopes: tuple[str, ...] = ()

    @property
    def launch_path(self) -> str:
        return f"/launch/{self.key}" if self.key else "/launch"

    def enables(self, slug: str) -> bool:
        """Tell whether the role includes the form with this slug."""
        return self.forms is None or slug in self.forms


def read_roles(raw: Mapping[str, Any]) -> tuple[Role, ...]:
    """Return the roles of an EHR in the launch file, that of EVERYBODY first.

    Raises ConfigError, which says what to mend.
    """
    where = raw["key"]
    forms = _forms(where, raw.get("forms"))
    scopes = _scopes(where, raw.get("scopes"))
    named = raw.get("roles", {})
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
    # A role has no form that the EHR does not have.
    enabled = own if forms is None else forms if own is None else own & forms
    return Role(key, enabled, _scopes(where, role.get("scopes")) or scopes)


def check_forms(where: str, roles: tuple[Role, ...], known: Mapping[str, Any]) -> None:
    """Raise ConfigError if a role names a form that is not among the `known` slugs."""
    named = {slug for role in roles for slug in role.forms or ()}
    if strange := sorted(named - set(known)):
        raise ConfigError(f"{where}: there is no form {strange[0]}. There are: {', '.join(known)}.")


def _forms(where: str, value: Any) -> frozenset[str] | None:
    return None if value is None else frozenset(_texts(where, "forms", value))


def _scopes(where: str, value: Any) -> tuple[str, ...]:
    words = () if value is None else _texts(where, "scopes", value)
    for word in words:
        if without_uri(word).startswith("system/"):
            raise ConfigError(
                f"{where}: take {word} out of scopes: the app acts for the person who opened it."
            )
        if _asks_to_delete(word):
            raise ConfigError(f"{where}: {word} asks to delete, which the app never does.")
    return words


def _asks_to_delete(word: str) -> bool:
    """Tell whether a scope asks to delete; in version 1 `.write` does not count as that."""
    scope = ResourceScope.parse(word)
    actions = without_uri(word).partition("?")[0].rpartition(".")[2]
    return scope is not None and "d" in scope.actions and actions != "write"


def _texts(where: str, name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) and word for word in value):
        raise ConfigError(f"{where}: {name} is a list of words.")
    return tuple(value)
