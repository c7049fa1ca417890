"""SMART scopes: parsing, writing, and which of the requested ones are granted.

Both spellings are known: v1 (`patient/*.read`) and v2 (`patient/Observation.rs?category=...`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from app.sandbox import granular
from app.sandbox.granular import Condition, Resource

Level = Literal["patient", "user", "system"]

_CLINICAL = re.compile(
    r"(?P<level>patient|user|system)/(?P<type>\*|[A-Z][A-Za-z]+)"
    r"\.(?:(?P<v1>read|write|\*)|(?P<v2>(?=[cruds])c?r?u?d?s?)(?:\?(?P<query>.+))?)"
)
_V1 = {"read": "rs", "write": "cud", "*": "cruds"}
_REFRESHING = frozenset({"online_access", "offline_access"})


@dataclass(frozen=True)
class Scope:
    """One clinical scope: interactions, type, level and conditions."""

    level: Level
    type: str
    interactions: str
    conditions: tuple[Condition, ...] = ()

    def covers(self, interaction: str, resource_type: str) -> bool:
        return interaction in self.interactions and self.type in {"*", resource_type}

    def admits(self, resource: Resource) -> bool:
        """Say whether all conditions hold for `resource`."""
        return all(condition.holds(resource) for condition in self.conditions)

    def within(self, rule: Scope) -> Scope | None:
        """Return the part of this scope that `rule` allows, with the level of this scope."""
        interactions = "".join(i for i in self.interactions if i in rule.interactions)
        if not interactions or (self.type != rule.type and "*" not in {self.type, rule.type}):
            return None
        return Scope(
            self.level,
            rule.type if self.type == "*" else self.type,
            interactions,
            tuple(dict.fromkeys((*self.conditions, *rule.conditions))),
        )

    def __str__(self) -> str:
        query = "&".join(map(str, self.conditions))
        return f"{self.level}/{self.type}.{self.interactions}" + (f"?{query}" if query else "")


def parse(text: str) -> Scope | None:
    """Read one scope; None if it is not clinical, or malformed."""
    match = _CLINICAL.fullmatch(text)
    if not match:
        return None
    conditions = granular.parse(match["query"] or "")
    if match["query"] and not (conditions and all(c.decidable for c in conditions)):
        return None
    interactions = match["v2"] or _V1[match["v1"]]
    return Scope(cast(Level, match["level"]), match["type"], interactions, conditions)


def parse_all(text: str) -> tuple[Scope, ...]:
    """Read the clinical scopes among those in `text`."""
    return tuple(scope for word in text.split() if (scope := parse(word)))


def negotiate(
    requested: str, rules: Sequence[Scope], context: Iterable[str], *, has_patient: bool
) -> str:
    """Return the scopes that are granted of those in `requested`, in that order.

    `rules` say what the user may do. `context` are the launch scopes that were served. A scope that
    the user may have in part is granted in part; one granted whole keeps its spelling.
    """
    served = {"openid", "fhirUser", *_REFRESHING, *context}
    granted: dict[str, None] = {}
    for word in requested.split():
        scope = parse(word)
        if scope is None:
            if word in served:
                granted[word] = None
        elif scope.level == "user" or (scope.level == "patient" and has_patient):
            granted.update(dict.fromkeys(_parts(word, scope, rules)))
    return " ".join(granted)


def refreshes(granted: str) -> bool:
    """Say whether a refresh token goes with these scopes."""
    return not _REFRESHING.isdisjoint(granted.split())


def _parts(word: str, scope: Scope, rules: Sequence[Scope]) -> list[str]:
    parts = [part for rule in rules if (part := scope.within(rule))]
    if scope in parts:
        return [word]
    return [
        str(part)
        for part in parts
        if not any(other != part and part.within(other) == part for other in parts)
    ]
