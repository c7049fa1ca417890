"""What a terminology server says about value sets and codes."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from app.fhir.errors import BadAnswer
from app.fhir.paths import items, text


class Term(NamedTuple):
    """A code that may be chosen, as the server wrote it."""

    system: str
    code: str
    display: str


def terms_of(value_set: Any) -> Iterator[Term]:
    """Yield the terms of an expanded value set that can be shown and recorded.

    Headings (`abstract`), inactive codes and entries without a system, code or display are left
    out. Raises BadAnswer for what is no expansion.
    """
    expansion = value_set.get("expansion") if _is(value_set, "ValueSet") else None
    if not isinstance(expansion, dict):
        raise BadAnswer
    waiting = items(expansion.get("contains"))[::-1]
    while waiting:
        entry = waiting.pop()
        waiting += items(entry.get("contains"))[::-1]
        system, code, display = (text(entry.get(name)) for name in ("system", "code", "display"))
        usable = entry.get("abstract") is not True and entry.get("inactive") is not True
        if usable and system and code and display:
            yield Term(system, code, display)


def verdict_of(parameters: Any) -> bool:
    """Return the result of `$validate-code`. Raises BadAnswer where there is none."""
    if _is(parameters, "Parameters"):
        for parameter in items(parameters.get("parameter")):
            verdict = parameter.get("valueBoolean")
            if parameter.get("name") == "result" and isinstance(verdict, bool):
                return verdict
    raise BadAnswer


def _is(resource: Any, type_: str) -> bool:
    return isinstance(resource, dict) and resource.get("resourceType") == type_
