"""Checking the structure of a resource that the app is about to write."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from fhirclient.models.fhirabstractbase import FHIRValidationError
from fhirclient.models.fhirelementfactory import FHIRElementFactory
from fhirclient.models.resource import Resource as Model

from app.fhir.patterns import Pattern
from app.fhir.types import Resource

# The library names objects by their place in memory.
_OBJECT = Pattern(r"<(?:class ')?(?:\w++\.)*+(\w++)(?: object at 0x[0-9a-f]+|')>")

# The library has no annotations.
_instantiate: Callable[[str, Any], object] = FHIRElementFactory.instantiate


def check_structure(resource: Resource) -> list[str]:
    """Return what is structurally wrong with a resource: unknown, missing or mistyped elements.

    The R4 models know no bindings and no profiles; an empty list does not say that codes are right.
    """
    type_ = str(resource.get("resourceType"))
    try:
        model = _instantiate(type_, _without_decimals(resource))
    except FHIRValidationError as error:
        return [f"{type_}: {message}" for message in _messages(error)]
    return [] if isinstance(model, Model) else [f"{type_} is no resource type of FHIR R4"]


def _without_decimals(value: Any) -> Any:
    # The models accept floats only; what is written keeps its decimals.
    if isinstance(value, dict):
        return {name: _without_decimals(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_decimals(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


def _messages(error: FHIRValidationError) -> Iterator[str]:
    for part in error.errors:
        if isinstance(part, FHIRValidationError):
            yield from _messages(part)
        else:
            yield _OBJECT.sub(r"\1", " ".join(str(part).strip("'").split()))
