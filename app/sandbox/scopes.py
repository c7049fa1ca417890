"""SMART scopes: parsing, writing, and which of the requested ones are granted.

Both spellings are known: v1 (`patient/*.read`) and v2 (`patient/Observation.rs?category=...`). The
conditions of v2 on coded elements can be decided here; a scope with any other is never granted.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast
from urllib.parse import parse_qsl, quote

from app.sandbox.fhir.access import Resource

Level = Literal["patient", "user", "system"]

_CLINICAL = re.compile(
    r"(?P<level>patient|user|system)/(?P<type>\*|[A-Z][A-Za-z]+)"
    r"\.(?:(?P<v1>read|write|\*)|(?P<v2>(?=[cruds])c?r?u?d?s?)(?:\?(?P<query>.+))?)"
)
_V1 = {"read": "rs", "write": "cud", "*": "cruds"}
_REFRESHING = frozenset({"online_access", "offline_access"})
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


def conditions_of(query: str) -> tuple[Condition, ...]:
    """Read the conditions after the `?` of a scope."""
    return tuple(
        Condition(param, tuple(values.split(",")))
        for param, values in parse_qsl(query, keep_blank_values=True)
    )


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

    def within(self, rule: "Scope") -> "Scope | None":
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
    conditions = conditions_of(match["query"] or "")
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
