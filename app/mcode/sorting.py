"""Sorting out what may not be shown as this patient's facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.fhir.paths import key, unique
from app.fhir.types import Resource
from app.mcode.compartment import belongs
from app.mcode.kinds import CANCERS, Kind
from app.mcode.links import Links
from app.mcode.retraction import is_retracted


@dataclass
class Sorted:
    """Resources by whether they count: `own` are this patient's facts."""

    own: list[Resource] = field(default_factory=list)
    misfiled: list[Resource] = field(default_factory=list)
    retracted: list[Resource] = field(default_factory=list)
    unclear: list[Resource] = field(default_factory=list)


def sort_out(resources: Iterable[Resource], patient_id: str, base: str) -> Sorted:
    """Separate what is about another patient, what was retracted, and what names no patient."""
    result = Sorted()
    for resource in unique(resources):
        owner = belongs(resource, patient_id, base)
        if key(resource) is None or owner is None:
            result.unclear.append(resource)
        elif not owner:
            result.misfiled.append(resource)
        elif is_retracted(resource):
            result.retracted.append(resource)
        elif resource["resourceType"] != "Patient":
            result.own.append(resource)
    return result


def misfiled_by_focus(
    own: Iterable[Resource], kinds: dict[str, Kind], links: Links, foreign: set[str]
) -> set[str]:
    """Return `Type/id` of cancer findings that name another patient's Condition.

    `foreign` are the Conditions of other patients, and those that the EHR does not show in this
    chart. Categories go with the stage group that lists them, unless another one of this patient's
    lists them too or they name a Condition of this patient themselves.
    """
    candidates = {
        name: resource
        for resource in own
        if (name := key(resource)) in kinds and kinds[name] not in CANCERS
    }
    found = {
        name
        for name, resource in candidates.items()
        if foreign.intersection(links.named_conditions(resource))
    }
    for name, resource in candidates.items():
        parents = {key(parent) for parent in links.parents(resource)}
        if parents and parents <= found and not links.named_conditions(resource):
            found.add(name)
    return found
