"""The search index: one row for each value of each search parameter of a resource."""

import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

from app.sandbox.fhir.dates import EARLIEST, LATEST, span
from app.sandbox.fhir.references import local
from app.sandbox.fhir.search_parameters import Parameter, parameters


class Term(NamedTuple):
    """One searchable value.

    token: system (None for a bare code, "" for a coding without one) and code.
    reference: type and id of a resource of this server, or None and an address elsewhere.
    date: the span from low to high. string: the value as sent, and folded.
    """

    param: str
    system: str | None = None
    value: str | None = None
    low: str | None = None
    high: str | None = None


def terms(resource: dict[str, Any], base: str) -> set[Term]:
    """Return the terms of `resource`, without values that do not fit their parameter."""
    return {
        term
        for parameter in parameters(resource["resourceType"]).values()
        for path in parameter.paths
        for value in values(resource, path.split("."))
        for term in _terms(parameter, value, base)
    }


def fold(text: str) -> str:
    """Return `text` without case, accents and doubled blanks, as string searches compare."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def values(element: Any, path: list[str]) -> Iterator[Any]:
    """Yield what stands at `path` in an element; `[x]` in it is any type of a choice."""
    if isinstance(element, list):
        for item in element:
            yield from values(item, path)
    elif not path:
        yield element
    elif isinstance(element, dict):
        name = path[0]
        if name.endswith("[x]"):
            stem = name.removesuffix("[x]")
            for member, value in element.items():
                if member.startswith(stem) and member[len(stem) : len(stem) + 1].isupper():
                    yield from values(value, path[1:])
        elif name in element:
            yield from values(element[name], path[1:])


def _terms(parameter: Parameter, value: Any, base: str) -> Iterator[Term]:
    if parameter.kind == "token":
        yield from _tokens(parameter.name, value)
    elif parameter.kind == "reference":
        yield from _reference(parameter, value, base)
    elif parameter.kind == "date":
        yield from _dates(parameter.name, value)
    elif parameter.kind == "string":
        for text in _strings(value):
            yield Term(parameter.name, system=text, value=fold(text))
    elif isinstance(value, str):
        yield Term(parameter.name, value=value.partition("|")[0])


def _tokens(name: str, value: Any) -> Iterator[Term]:
    if isinstance(value, bool):
        yield Term(name, value=str(value).lower())
    elif isinstance(value, str):
        yield Term(name, value=value)
    elif isinstance(value, dict) and isinstance(value.get("coding"), list):
        for coding in value["coding"]:
            yield from _tokens(name, coding)
    elif isinstance(value, dict):
        # A Coding has a code, an Identifier and a ContactPoint have a value.
        code = value.get("code", value.get("value"))
        system = value.get("system", "")
        if isinstance(code, str) and isinstance(system, str):
            yield Term(name, system=system, value=code)


def _reference(parameter: Parameter, value: Any, base: str) -> Iterator[Term]:
    reference = value.get("reference") if isinstance(value, dict) else None
    target = local(reference, base)
    if target:
        if parameter.target in {"", target.type}:
            yield Term(parameter.name, system=target.type, value=target.id)
    elif isinstance(reference, str) and not parameter.target:
        yield Term(parameter.name, value=reference)


def _dates(name: str, value: Any) -> Iterator[Term]:
    if isinstance(value, str):
        covered = span(value)
        if covered:
            yield Term(name, low=covered.low, high=covered.high)
    elif isinstance(value, dict):
        start, end = (span(str(value.get(edge, ""))) for edge in ("start", "end"))
        if start or end:
            yield Term(name, low=start.low if start else EARLIEST, high=end.high if end else LATEST)
        for event in value.get("event") or ():
            yield from _dates(name, event)


def _strings(value: Any) -> Iterator[str]:
    """Yield a string, or the parts of an Address or a HumanName, whose full name in two orders."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        parts = ("text", "line", "city", "district", "state", "postalCode", "country", "family")
        for part in (*parts, "given", "prefix", "suffix"):
            yield from (text for text in values(value, [part]) if isinstance(text, str))
        family, given = value.get("family"), value.get("given")
        if isinstance(family, str) and isinstance(given, list):
            words = " ".join(word for word in given if isinstance(word, str))
            yield f"{words} {family}"
            yield f"{family} {words}"
