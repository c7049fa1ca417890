"""What this sign-in and this EHR let a form do, told before anything is typed."""

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from app.fhir.capability import Capability
from app.fhir.paths import get, text
from app.fhir.resource_types import resource_type
from app.fhir.types import Resource
from app.fhir.writes import version_of
from app.formatting import conditions_in_words
from app.forms._definition import EntryForm, Part
from app.forms._fields.base import Asked
from app.forms._fields.search import CodedSearch
from app.terminology.displays import display_of

Interaction = Literal["c", "u"]
Writing = tuple[Interaction, Resource]

_OBJECTS: dict[Interaction, str] = {"c": "new entries", "u": "changes"}
_INTERACTION: dict[Interaction, str] = {"c": "create", "u": "update"}
_READING: tuple[Literal["r", "s"], ...] = ("r", "s")
_OTHER: dict[Interaction, Interaction] = {"c": "u", "u": "c"}

_CODES = ("code", "medicationCodeableConcept")
# An entry of this app is a clinician's finding, whoever an EHR lets in.
_NO_CLINICIANS = {
    "Patient": "the patient",
    "RelatedPerson": "a person close to the patient, not as a clinician",
}


class Grants(Protocol):
    """What a sign-in allows; the launch's scopes are such."""

    def permits(
        self,
        interaction: Literal["c", "r", "u", "d", "s"],
        resource: Resource | str,
        *,
        unfinished: bool = False,
    ) -> bool: ...
    def extent(
        self, interaction: Interaction, resource_type: str
    ) -> Literal["all", "part", "none"]: ...
    def conditions(
        self, interaction: Interaction, resource_type: str
    ) -> Sequence[Sequence[tuple[str, str]]]: ...


@dataclass(frozen=True)
class _Reason:
    """Why something cannot be written: a sentence, and what the list of forms says of it."""

    sentence: str
    short: str


def not_as(user: str | None) -> list[str]:
    """Return why this user (`Type/id`) enters nothing, whatever was granted; none for others."""
    who = _NO_CLINICIANS.get((user or "").partition("/")[0])
    if who is None:
        return []
    treating = "Diagnoses, stages and treatments are entered by those who treat the patient"
    return [f"You are signed in as {who}. {treating}; you can read them here."]


def unnamed(user: str | None, signed_as: str) -> list[str]:
    """Return what becomes of the authorship where the sign-in does not say who the user is."""
    if user is not None:
        return []
    lead = "The EHR does not say who you are. What you save will carry no author"
    return [f"{lead}: in the place of one the chart will read: {signed_as}."]


def obstacles(
    grants: Grants,
    capability: Capability,
    writings: Iterable[Writing],
    *,
    unfinished: bool = False,
) -> list[str]:
    """Return a sentence for each reason why the resources cannot be written; none where they can.

    `unfinished` ones still lack what is to be typed.
    """
    found = _reasons(grants, capability, writings, unfinished=unfinished)
    return list(dict.fromkeys(reason.sentence for reason in found))


def hindrance(grants: Grants, capability: Capability, writings: Iterable[Writing]) -> str:
    """Return why a new entry cannot be made, in a few words for the list; empty where it can."""
    found = _reasons(grants, capability, writings, unfinished=True)
    return next((reason.short for reason in found), "")


def remarks(
    grants: Grants, capability: Capability, writings: Sequence[Writing], *, named: bool = True
) -> list[str]:
    """Return what does not stand in the way of an unfinished entry, and is to be known before.

    Of an author who is not `named` there is no authorship to be lost.
    """
    found = [
        f"Your sign-in allows {_OBJECTS[interaction]} here ({resource['resourceType']}) only with "
        f"{_conditions_of(grants, interaction, resource)}. Whether it allows this one shows when "
        "you review it."
        for interaction, resource in writings
        if not grants.permits(interaction, resource)
        and grants.permits(interaction, resource, unfinished=True)
    ]
    if named and writings and not accepts_provenance(grants, capability):
        found.append(_unsigned(writings))
    return list(dict.fromkeys(found))


def accepts_provenance(grants: Grants, capability: Capability) -> bool:
    """Tell whether authorship can be recorded as a Provenance."""
    return (
        grants.permits("c", "Provenance")
        and capability.supports("Provenance", "create") is not False
    )


def _reasons(
    grants: Grants, capability: Capability, writings: Iterable[Writing], *, unfinished: bool
) -> Iterator[_Reason]:
    for interaction, resource in writings:
        type_ = resource["resourceType"]
        if interaction == "u" and not version_of(text(get(resource, "meta", "versionId"))):
            yield _Reason(
                "This EHR gives its entries no versions, so a change could overwrite another's.",
                "no versions in this EHR",
            )
        elif capability.supports(type_, _INTERACTION[interaction]) is False:
            yield _Reason(
                f"This EHR does not take {_OBJECTS[interaction]} of the kind {type_} from apps.",
                "not taken by this EHR",
            )
        elif not grants.permits(interaction, resource, unfinished=unfinished):
            yield _not_granted(grants, interaction, resource)
        elif not any(grants.permits(act, resource, unfinished=unfinished) for act in _READING):
            yield _Reason(
                f"Your sign-in does not let the app read back what it would write here ({type_}), "
                "so nobody could tell whether it was saved. Ask your EHR's administrator.",
                "not to be read back with your sign-in",
            )


def _not_granted(grants: Grants, interaction: Interaction, resource: Resource) -> _Reason:
    type_, objects = resource["resourceType"], _OBJECTS[interaction]
    if grants.extent(interaction, type_) == "part":
        return _Reason(
            f"Your sign-in does not allow {objects} of this kind: of {type_} it allows only those "
            f"with {_conditions_of(grants, interaction, resource)}, as far as the app can tell.",
            "not for your sign-in",
        )
    other = _OTHER[interaction]
    rest = f", only {_OBJECTS[other]}" if grants.permits(other, type_) else ""
    return _Reason(
        f"Your sign-in does not allow {objects} here ({type_}){rest}. "
        "Ask your EHR's administrator if you should have it.",
        "your sign-in allows changes only"
        if rest and interaction == "c"
        else "not for your sign-in",
    )


def _conditions_of(grants: Grants, interaction: Interaction, resource: Resource) -> str:
    conditions = grants.conditions(interaction, resource["resourceType"])
    return conditions_in_words(conditions, display_of)


def _unsigned(writings: Sequence[Writing]) -> str:
    lead = "This EHR or sign-in takes no record of authorship (Provenance): "
    if any(interaction == "u" for interaction, _ in writings):
        return f"{lead}the chart will not say who made this change."
    # What is known of the author of some types stands in the Provenance alone.
    if not all(resource_type(resource).signed_by for _, resource in writings):
        return f"{lead}the chart will not say who entered this."
    return f"{lead}the entries themselves will name you."


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
    if item.target is None or part.key not in item.target.parts:
        return
    answers: list[Any]
    if isinstance(item, CodedSearch):
        answers = [concept for key in named if (concept := item.concepts.find(key))]
    else:
        answers = [option.value for option in getattr(item, "options", ())]
    for answer in answers:
        trial = copy.deepcopy(resource)
        item.target.element.write(trial, (answer,) if item.nothing == () else answer)
        if any(name in trial for name in _CODES):
            yield trial
