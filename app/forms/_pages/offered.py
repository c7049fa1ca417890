"""Whether any answer that a form offers would give a record a code that the sign-in allows."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from app.fhir.types import Resource
from app.forms._definition import EntryForm, Part
from app.forms._fields import Asked, CodedSearch
from app.forms._pages.permission import Grants

_CODES = ("code", "medicationCodeableConcept")


def offers_allowed_code(grants: Grants, form: EntryForm, part: Part, resource: Resource) -> bool:
    """Tell whether a new record that still lacks its code may get one that can be created."""
    if any(name in resource for name in _CODES):
        return True
    named = [
        value
        for conditions in grants.conditions("c", part.type)
        for name, values in conditions
        if name == "code"
        for value in values.split(",")
    ]
    if not named or not all(all(value.partition("|")) for value in named):
        # Not narrowed by codes, or by such as may be of any system.
        return True
    return any(
        grants.permits("c", trial, unfinished=True)
        for item in form.asked.values()
        for trial in _trials(item, part, resource, named)
    )


def _trials(
    item: Asked[Any], part: Part, resource: Resource, named: list[str]
) -> Iterator[Resource]:
    """Yield the record with each answer of a field, of those that give it a code."""
    if item.place is None or part.key not in item.place.parts:
        return
    answers: list[Any]
    if isinstance(item, CodedSearch):
        answers = [concept for key in named if (concept := item.concepts.find(key))]
    else:
        answers = [option.value for option in getattr(item, "options", ())]
    for answer in answers:
        trial = copy.deepcopy(resource)
        item.place.element.write(trial, (answer,) if item.nothing == () else answer)
        if any(name in trial for name in _CODES):
            yield trial
