"""SMART scopes: parsing, writing, comparing, and what a grant permits."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Literal
from urllib.parse import parse_qsl, quote

Interaction = Literal["c", "r", "u", "d", "s"]
Extent = Literal["all", "part", "none"]

# The prefixes of scopes that are written as URIs: those of SMART and of OpenID Connect.
_URI = re.compile(
    r"\Ahttps?://(?:smarthealthit\.org/fhir/scopes/|openid\.net/specs/openid-connect-core-1_0#)"
)

_RESOURCE_SCOPE = re.compile(
    r"(?P<level>patient|user)/(?P<type>\*|[A-Z][A-Za-z]*)\.(?P<actions>[a-z*]+)(?:\?(?P<query>.+))?"
)
Conditions = tuple[tuple[str, str], ...]
_V1 = {"read": "rs", "write": "cud", "*": "cruds"}
_V2 = re.compile(r"(?=.)c?r?u?d?s?")

# The elements that a search parameter looks at.
_ELEMENTS = {
    "code": ("code", "medicationCodeableConcept"),
    "category": ("category",),
    "status": ("status",),
}
# The parameters whose element an unfinished entry may still lack.
_MAY_LACK = frozenset({"code", "status"})


@dataclass(frozen=True)
class ResourceScope:
    """A scope on data; `conditions` are the search parameters that narrow it."""

    level: str
    type: str
    actions: str
    conditions: Conditions = ()

    @classmethod
    def parse(cls, text: str) -> "ResourceScope | None":
        """Return the scope of `text`, in version 1 or 2; None if it is no scope on data."""
        match = _RESOURCE_SCOPE.fullmatch(without_uri(text))
        if not match:
            return None
        actions = _V1.get(match["actions"], match["actions"])
        if not _V2.fullmatch(actions):
            return None
        try:
            # Strict: a condition that cannot be parsed must not be ignored, for it narrows.
            conditions = parse_qsl(
                match["query"] or "", keep_blank_values=True, strict_parsing=bool(match["query"])
            )
        except ValueError:
            return None
        return cls(match["level"], match["type"], actions, tuple(conditions))

    def covers(self, interaction: str, resource_type: str) -> bool:
        """Tell whether it allows `interaction` on some resources of the type."""
        return interaction in self.actions and self.type in {"*", resource_type}

    def __str__(self) -> str:
        query = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in self.conditions)
        return f"{self.level}/{self.type}.{self.actions}" + (f"?{query}" if query else "")

    def in_version_1(self) -> list[str]:
        """Return the version 1 scopes that include it."""
        stem = f"{self.level}/{self.type}"
        actions = set(self.actions)
        return [
            f"{stem}.{word}"
            for word, letters in (("read", "rs"), ("write", "cud"))
            if actions & set(letters)
        ]


@dataclass(frozen=True)
class Scopes:
    """The scopes of a grant."""

    words: frozenset[str]
    resources: tuple[ResourceScope, ...]

    @classmethod
    def parse(cls, text: str) -> "Scopes":
        """Return the scopes of a text that separates them by spaces."""
        words = text.split()
        parsed = [(word, ResourceScope.parse(word)) for word in words]
        return cls(
            words=frozenset(without_uri(word) for word, scope in parsed if not scope),
            resources=tuple(dict.fromkeys(scope for _, scope in parsed if scope)),
        )

    def __contains__(self, word: str) -> bool:
        """Tell whether a scope that is not on data was granted, such as `openid`."""
        return word in self.words

    def permits(
        self,
        interaction: Interaction,
        resource: Mapping[str, Any] | str,
        *,
        unfinished: bool = False,
    ) -> bool:
        """Tell whether the grant allows `interaction` on a resource.

        For the name of a type it tells whether `interaction` is allowed on some resources of the
        type. An `unfinished` resource may still lack the code and the status that a scope asks for.
        A scope with a parameter that the app cannot evaluate permits nothing.
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
        """Tell whether the grant allows `interaction` on all resources of a type, or on a part.

        With conditions it is a part, even if the app cannot evaluate them.
        """
        covering = [s for s in self.resources if s.covers(interaction, resource_type)]
        if any(not scope.conditions for scope in covering):
            return "all"
        return "part" if covering else "none"

    def conditions(self, interaction: Interaction, resource_type: str) -> list[Conditions]:
        """Return the conditions on `interaction` with a type, of which one must be met; or none."""
        if self.extent(interaction, resource_type) != "part":
            return []
        covering = [s for s in self.resources if s.covers(interaction, resource_type)]
        return list(dict.fromkeys(scope.conditions for scope in covering))

    def missing(self, requested: Iterable[str]) -> list[str]:
        """Return the `requested` scopes that were not granted, with the letters that are missing.

        The grant may be written in any way: split or merged, wider, with wildcards, as URIs, in
        version 1, in any order.
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

    def _grants(self, requested: ResourceScope, letter: str) -> bool:
        able = [
            granted
            for granted in self.resources
            if granted.covers(letter, requested.type) and granted.level in {requested.level, "user"}
        ]
        # One of several values is enough: several scopes can grant them together.
        return all(
            any(_is_within(alternative, granted.conditions) for granted in able)
            for alternative in _alternatives(requested.conditions)
        )


def _alternatives(conditions: Conditions) -> Iterator[Conditions]:
    """Yield conditions with one value each, which together mean the same."""
    for values in product(*(value.split(",") for _, value in conditions)):
        yield tuple((name, value) for (name, _), value in zip(conditions, values, strict=True))


def _is_within(alternative: Conditions, granted: Conditions) -> bool:
    """Tell whether `alternative` implies the conditions of a grant."""
    return all(
        any(name == own and value in values.split(",") for own, value in alternative)
        for name, values in granted
    )


def _quoted(text: str) -> str:
    # Scopes are separated by blanks, and hold no quotes or backslashes (RFC 6749, section 3.3).
    return quote(text, safe=":/|,")


def without_uri(word: str) -> str:
    """Return a scope in its short form, also if it is written as a URI."""
    return _URI.sub("", word)


def _meets(
    resource: Mapping[str, Any], parameter: str, values: str, *, unfinished: bool = False
) -> bool:
    """Tell whether a resource has one of `values`, which commas separate.

    An `unfinished` resource may still lack its code or status.
    """
    held = [resource[name] for name in _ELEMENTS[parameter] if name in resource]
    if unfinished and not held and parameter in _MAY_LACK:
        return True
    found = [token for value in held for token in _tokens(value)]
    return any(_matches(value, token) for value in values.split(",") for token in found)


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


def _matches(value: str, token: tuple[str, str]) -> bool:
    """Compare as FHIR token search does: code, system|code, |code, system|."""
    system, bar, code = value.rpartition("|")
    if not bar:
        return bool(value) and token[1] == value
    if not code:
        return bool(system) and token[0] == system
    return token == (system, code)
