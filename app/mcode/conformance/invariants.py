"""The rules of profiles in FHIRPath."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from fhirpathpy import compile as compile_path
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models

from app.fhir.types import Resource

_R4 = models["r4"]

# US Core writes `is DateTime` where FHIR's type is `dateTime`, and the rule of CTCAE on grade 0 the
# address that its extension once had in mCODE. Taken by their letters these rules would never be
# broken, so they are read as they are meant.
_MEANT = (
    (re.compile(r"\bis DateTime\b"), "is dateTime"),
    (re.compile(r"us/mcode/StructureDefinition/ctcae-"), "us/ctcae/StructureDefinition/ctcae-"),
)


def _say_nothing(_label: str, _value: Any) -> None:
    """Take what FHIR's own rules trace, which the engine would print."""


def _has_value(values: list[Any]) -> bool:
    """Tell whether there is one primitive value: FHIR's own function, which the engine lacks."""
    return len(values) == 1 and not isinstance(values[0], (dict, list))


_OPTIONS = {
    "traceFn": _say_nothing,
    "userInvocationTable": {"hasValue": {"fn": _has_value, "arity": {0: []}}},
}


def breaks(expression: str, value: Any, path: str, resource: Resource) -> bool | None:
    """Tell whether a value breaks a rule; None where the rule cannot be evaluated.

    `path` is the FHIR type of the value, or its element's path where it has no type of its own
    ("Observation.component"): by it the engine knows the types of what is below. A rule that comes
    to nothing is broken: it has to come to true.
    """
    try:
        context = value if value is resource else ResourceNode.create_node(value, path)
        result = _compiled(expression)(context, {"resource": resource})
    except Exception:  # noqa: BLE001 -- the engine raises Exception itself for what it lacks
        return None
    return result != [True]


@cache
def _compiled(expression: str) -> Callable[[Any, dict[str, Any]], list[Any]]:
    for written, meant in _MEANT:
        expression = written.sub(meant, expression)
    found: Callable[[Any, dict[str, Any]], list[Any]] = compile_path(expression, _R4, _OPTIONS)
    return found
