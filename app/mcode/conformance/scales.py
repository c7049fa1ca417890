"""Scores of performance and response scales: a number must be one that the scale has."""

from __future__ import annotations

from collections.abc import Iterator

from app.fhir.paths import codings, items
from app.fhir.types import Resource
from app.mcode.definitions import profile
from app.mcode.valuesets import value_set


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
        told = {scale.score(str(coding.get("code"))) for coding in codings(concept)} - {None}
        if told and score not in told:
            yield f"Observation.interpretation does not say what the score {score} stands for"
