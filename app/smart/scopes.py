"""SMART scopes: what was asked for, what was granted, and what a grant permits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Literal
from urllib.parse import parse_qsl, quote

Interaction = Literal["c", "r", "u", "d", "s"]
Extent = Literal["all", "part", "none"]

# By which scopes are written as URIs: SMART's own, and those of OpenID Connect.
_URI = re.compile(
    r"\Ahttps?://(?:smarthealthit\.org/fhir/scopes/|openid\.net/specs/openid-connect-core-1_0#)"
)

_RESOURCE_SCOPE = re.compile(
    r"(?P<level>patient|user)/(?P<type>\*|[A-Z][A-Za-z]*)\.(?P<actions>[a-z*]+)(?:\?(?P<query>.+))?"
)
Conditions = tuple[tuple[str, str], ...]
_V1 = {"read": "rs", "write": "cud", "*": "cruds"}
_V2 = re.compile(r"(?=.)c?r?u?d?s?")

# The elements that hold what a search parameter looks at.
_ELEMENTS = {
    "code": ("code", "medicationCodeableConcept"),
    "category": ("category",),
    "status": ("status",),
}
# What a form asks for, and an entry that is not finished may still lack.
_ASKED = frozenset({"code", "status"})


@dataclass(frozen=True)
class ResourceScope:
    """A scope on data; `conditions` are the search parameters that narrow it."""

    level: str
    type: str
    actions: str
    conditions: Conditions = ()

    @classmethod
    def parse(cls, text: str) -> ResourceScope | None:
        """Return the scope that `text` spells in version 1 or 2; None for any other."""
        match = _RESOURCE_SCOPE.fullmatch(without_uri(text))
        if not match:
            return None
        actions = _V1.get(match["actions"], match["actions"])
        if not _V2.fullmatch(actions):
            return None
        try:
            # What is no pair of name and value must not be overlooked: it narrows as well.
            conditions = parse_qsl(
                match["query"] or "", keep_blank_values=True, strict_parsing=bool(match["query"])
            )
        except ValueError:
            return None
        return cls(match["level"], match["type"], actions, tuple(conditions))

    def covers(self, interaction: str, resource_type: str) -> bool:
        """Tell whether it reaches some resources of the type, whatever its conditions say."""
        return interaction in self.actions and self.type in {"*", resource_type}

    def __str__(self) -> str:
        query = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in self.conditions)
        return f"{self.level}/{self.type}.{self.actions}" + (f"?{query}" if query else "")

    def in_version_1(self) -> list[str]:
        """Return the version 1 scopes that are needed for the same, none narrower."""
        stem = f"{self.level}/{self.type}"
        wanted = set(self.actions)
        return [
            f"{stem}.{word}"
            for word, letters in (("read", "rs"), ("write", "cud"))
            if wanted & set(letters)
        ]


@dataclass(frozen=True)
class Scopes:
    """The scopes of a grant."""

    words: frozenset[str]
    resources: tuple[ResourceScope, ...]

    @classmethod
    def parse(cls, text: str) -> Scopes:
        """Read scopes as a token response gives them, separated by spaces."""
        words = text.split()
        parsed = [(word, ResourceScope.parse(word)) for word in words]
        return cls(
            words=frozenset(without_uri(word) for word, scope in parsed if not scope),
            resources=tuple(dict.fromkeys(scope for _, scope in parsed if scope)),
        )

    def __contains__(self, word: str) -> bool:
        """Tell whether a scope that is not about resources was granted, such as `openid`."""
        return word in self.words

    def permits(
        self,
        interaction: Interaction,
        resource: Mapping[str, Any] | str,
        *,
        unfinished: bool = False,
    ) -> bool:
        """Tell whether the grant allows `interaction` on a resource.

        Given a type's name alone, tells whether it allows it on some resource of the type; of an
        `unfinished` resource, whether it may once the code and status are there. A scope narrowed
        by a parameter that the app cannot evaluate permits nothing.
        """
        if isinstance(resource, str):
            return any(scope.covers(interaction, resource) for scope in self._usable())
        resource_type = str(resource.get("resourceType"))
        return any(
            scope.covers(interaction, resource_type)
            and all(
                _meets(resource, name, values, unfinished=unfinished)
                for name, values in scope.conditions
            )
            for scope in self._usable()
        )

    def _usable(self) -> list[ResourceScope]:
        return [
            scope
            for scope in self.resources
            if all(name in _ELEMENTS for name, _ in scope.conditions)
        ]

    def extent(self, interaction: Interaction, resource_type: str) -> Extent:
        """Tell whether the grant allows `interaction` on all of a type's resources, or on a part.

        The part is that of the conditions, whether the app can evaluate them or not.
        """
        covering = [s for s in self.resources if s.covers(interaction, resource_type)]
        if any(not scope.conditions for scope in covering):
            return "all"
        return "part" if covering else "none"

    def conditions(self, interaction: Interaction, resource_type: str) -> list[Conditions]:
        """Return what narrows `interaction` on a type: one of these has to be met; none for all."""
        if self.extent(interaction, resource_type) != "part":
            return []
        covering = [s for s in self.resources if s.covers(interaction, resource_type)]
        return list(dict.fromkeys(scope.conditions for scope in covering))

    def missing(self, requested: Iterable[str]) -> list[str]:
        """Return what of `requested` was not granted, each scope with the letters that lack.

        It does not matter how the grant is written: split or merged, wider, with wildcards, as
        URIs, in version 1, in any order.
        """
        lacking = []
        for word in requested:
            scope = ResourceScope.parse(word)
            if scope is None:
                if word not in self.words:
                    lacking.append(word)
                continue
            letters = "".join(letter for letter in scope.actions if not self._grants(scope, letter))
            if letters:
                lacking.append(str(replace(scope, actions=letters)))
        return lacking

    def _grants(self, wanted: ResourceScope, letter: str) -> bool:
        able = [
            granted
            for granted in self.resources
            if granted.covers(letter, wanted.type) and granted.level in {wanted.level, "user"}
        ]
        # One of several values is enough, so several scopes can grant them together.
        return all(
            any(_is_within(alternative, granted.conditions) for granted in able)
            for alternative in _alternatives(wanted.conditions)
        )


def _alternatives(conditions: Conditions) -> Iterator[Conditions]:
    """Yield the conditions with one value each that together mean the same."""
    for values in product(*(value.split(",") for _, value in conditions)):
        yield tuple((name, value) for (name, _), value in zip(conditions, values, strict=True))


def _is_within(alternative: Conditions, granted: Conditions) -> bool:
    """Tell whether what meets `alternative` meets the conditions of a grant too."""
    return all(
        any(name == own and value in values.split(",") for own, value in alternative)
        for name, values in granted
    )


def _quoted(text: str) -> str:
    # Scopes are separated by blanks, and hold no quotes or backslashes (RFC 6749, section 3.3).
    return quote(text, safe=":/|,")


def without_uri(word: str) -> str:
    """Return a scope in its short form, where it is written as a URI."""
    return _URI.sub("", word)


def _meets(
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
