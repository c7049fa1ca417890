"""Whether codes are of the value sets that a profile binds, and references to what it allows."""

from collections.abc import Iterator
from typing import Any

from app.fhir.paths import codings, items
from app.fhir.types import Resource
from app.mcode.definitions import profile, type_of
from app.mcode.definitions.shapes import Binding, TypeRef
from app.mcode.valuesets import ValueSet, value_set

_CODED = {"code", "Coding", "CodeableConcept", "Quantity"}


def binding_problems(binding: Binding, type_: str, value: Any) -> Iterator[str]:
    """Yield what is wrong with the codes of a value of a FHIR type, as ends of sentences.

    Only a set outside of which nothing is legal can be broken: a required one, or the outer limit
    of another. A code of which only a terminology server knows whether it is in the set passes.
    """
    if type_ not in _CODED:
        return
    limit = binding.value_set if binding.strength == "required" else binding.max_value_set
    if limit and _outside(value_set(limit), type_, value):
        yield f"holds no code of the value set {value_set(limit).name}"


def _outside(known: ValueSet, type_: str, value: Any) -> bool:
    if type_ == "code":
        return known.holds_code(value) is False
    codings = items(value.get("coding") if type_ == "CodeableConcept" else value)
    return all(
        known.holds(coding.get("system", ""), coding.get("code", "")) is False
        for coding in codings
        if coding.get("code")
    )


def reference_problems(type_: TypeRef, value: Any, resource: Resource) -> Iterator[str]:
    """Yield what is wrong with where a Reference leads, as ends of sentences.

    A reference whose target's type does not show in it passes, as does one of which a profile is
    allowed that no package tells the type of.
    """
    allowed = [type_of(url) for url in type_.targets]
    target = _target_type(value, resource)
    if not target or not allowed or None in allowed or "Resource" in allowed:
        return
    if target not in allowed:
        types = " or ".join(sorted({one for one in allowed if one}))
        yield f"refers to {target}, and is to refer to {types}"


def _target_type(value: Any, resource: Resource) -> str | None:
    reference = value.get("reference") if isinstance(value, dict) else None
    if not isinstance(reference, str):
        stated = value.get("type") if isinstance(value, dict) else None
        return stated if isinstance(stated, str) else None
    if reference.startswith("#"):
        for held in items(resource.get("contained")):
            if held.get("id") == reference[1:]:
                return held.get("resourceType")
        return None
    parts = reference.partition("/_history/")[0].split("/")
    return parts[-2] if len(parts) >= 2 and parts[-2][:1].isupper() else None


def scale_problems(resource: Resource, profile_name: str) -> Iterator[str]:
    """Yield what is wrong with a score: mCODE's profiles state no limits, and a validator none.

    The scores are those of the answers to which the profile binds the interpretation.
    """
    definition = profile(profile_name)
    score = resource.get("valueInteger")
    if definition.type != "Observation" or score is None:
        return
    binding = definition.binding("interpretation")
    scale = value_set(binding.value_set) if binding and binding.value_set else None
    if not scale or not scale.scores:
        return
    if score not in scale.scores.values():
        yield f"Observation.valueInteger is {score}, which is no score of {profile_name}"
    for concept in items(resource.get("interpretation")):
        scores = {scale.score(str(coding.get("code"))) for coding in codings(concept)} - {None}
        if scores and score not in scores:
            yield f"Observation.interpretation does not say what the score {score} stands for"
