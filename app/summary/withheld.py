"""Which types of data this sign-in does not show, so that nothing missing is taken for "none"."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from app.fhir.capability import Capability
from app.fhir.resource_types import RESOURCE_TYPES
from app.formatting import conditions_in_words, either
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord
from app.terminology.displays import display_of

Conditions = Sequence[tuple[str, str]]

# What clinicians call the resources that the record is made of.
DISPLAY = {row.name: row.withheld or row.label for row in RESOURCE_TYPES.values() if row.search}
_MEDICATION = Kind.MEDICATION.row.types


class Grants(Protocol):
    """What a sign-in allows; the launch's scopes are such."""

    def extent(
        self, interaction: Literal["s"], resource_type: str
    ) -> Literal["all", "part", "none"]: ...
    def conditions(self, interaction: Literal["s"], resource_type: str) -> Sequence[Conditions]: ...


@dataclass(frozen=True)
class Withheld:
    """Sentences for the reader; `types` are those that are not shown at all.

    `scopes` are what the app asked for and was not granted, for the EHR's administrator.
    """

    sentences: tuple[str, ...] = ()
    types: frozenset[str] = frozenset()
    scopes: tuple[str, ...] = ()


def withheld(
    grants: Grants, capability: Capability, record: CancerRecord, not_granted: Iterable[str]
) -> Withheld:
    """Return what the grant keeps from this page, as far as the EHR's server has it at all."""
    there = {fact["resourceType"] for fact in record.facts()}
    hidden: list[str] = []
    partly: list[tuple[str, str]] = []
    for type_, display in DISPLAY.items():
        extent = grants.extent("s", type_)
        if extent == "all" or capability.supports(type_, "search-type") is False:
            continue
        if extent == "none" and type_ not in there:
            hidden.append(type_)
        else:
            # What is shown without a grant came by another search, and there may be more.
            partly.append((display, conditions_in_words(grants.conditions("s", type_), display_of)))
    sentences = []
    if hidden:
        sentences.append(f"This sign-in does not show {either(_display(hidden))}.")
    sentences += [
        f"Of {kind} it shows only a part{f': {condition}' if condition else ''}."
        for kind, condition in partly
    ]
    return Withheld(tuple(sentences), frozenset(hidden), tuple(not_granted) if sentences else ())


def _display(types: list[str]) -> list[str]:
    """Return what clinicians call some types; all types of medication have one name."""
    if not set(_MEDICATION) <= set(types):
        return [DISPLAY[type_] for type_ in types]
    first, *rest = _MEDICATION
    return ["medications" if t == first else DISPLAY[t] for t in types if t not in rest]
