"""What this sign-in and this EHR let a form do, told before anything is typed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol

from app.fhir.capability import Capability
from app.fhir.paths import get, text
from app.fhir.results import version_of
from app.fhir.types import Resource

Interaction = Literal["c", "u"]

_WORDS: dict[Interaction, str] = {"c": "new entries", "u": "changes"}
_INTERACTION: dict[Interaction, str] = {"c": "create", "u": "update"}

_NO_VERSIONS = "This EHR gives its entries no versions, so a change could overwrite another's."


class Grants(Protocol):
    """What a sign-in allows; the launch's scopes are such."""

    def permits(
        self, interaction: Literal["c", "r", "u", "d", "s"], resource: Resource | str
    ) -> bool: ...


def obstacles(
    grants: Grants, capability: Capability, resources: Iterable[tuple[Interaction, Resource]]
) -> list[str]:
    """Return a sentence for each reason why `resources` cannot be written; none where they can."""
    found: dict[str, None] = {}
    for interaction, resource in resources:
        type_ = resource["resourceType"]
        if interaction == "u" and not version_of(text(get(resource, "meta", "versionId"))):
            found[
                "This EHR gives its entries no versions, so a change could overwrite another's."
            ] = None
        elif capability.supports(type_, _INTERACTION[interaction]) is False:
            found[
                f"This EHR does not take {_WORDS[interaction]} of the kind {type_} from apps."
            ] = None
        elif not grants.permits(interaction, resource):
            found[
                f"Your sign-in does not allow {_WORDS[interaction]} here ({type_}). "
                "Ask your EHR's administrator if you should have it."
            ] = None
    return list(found)


def takes_provenance(grants: Grants, capability: Capability) -> bool:
    """Tell whether authorship can be recorded as a Provenance."""
    return (
        grants.permits("c", "Provenance")
        and capability.supports("Provenance", "create") is not False
    )
