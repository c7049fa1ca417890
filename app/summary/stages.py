"""How a staging reads: which kind, by which edition, when, its group and its T, N, M."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.fhir.paths import items
from app.fhir.types import Resource
from app.formatting import NO_DATA, join, partial_date
from app.mcode.facts import concept_text, edition, stage_value_label
from app.mcode.model import CancerRecord, PrimaryCancer, Stage
from app.mcode.staging import OTHER, system_name
from app.mcode.values import observation_value
from app.summary.words import author

# A stage group in Roman or Arabic figures: "IIIA", "Stage 3A", "IVb".
_GROUP = re.compile(r"\b(IV|I{1,3}|[0-4])([A-D]?\d?)\b", re.IGNORECASE)
_ROMAN = {"1": "I", "2": "II", "3": "III", "4": "IV"}
_PREFIX = re.compile(r"(yc|yp|c|p|r|a)[TN]")
_KINDS = {
    "c": "Clinical",
    "p": "Pathologic",
    "yc": "Clinical after therapy (yc)",
    "yp": "Pathologic after therapy (yp)",
    "r": "At recurrence (r)",
    "a": "At autopsy (a)",
}
_BASES = {"clinical": "Clinical", "pathologic": "Pathologic", "other": "TNM"}
_STATES = {"preliminary": "preliminary", "amended": "amended", "corrected": "corrected"}


@dataclass(frozen=True)
class StageTile:
    """`group_id` is the Observation to amend, None where the app has no form for it."""

    kind: str
    source: tuple[str | None, ...]
    group: str
    categories: str
    by: str | None
    state: str | None
    group_id: str | None


def stage_tile(record: CancerRecord, stage: Stage) -> StageTile:
    """Return the words of one staging."""
    first = stage.resources[0]
    categories = [stage_value_label(part) for part in (stage.t, stage.n, stage.m) if part]
    states = (_STATES.get(str(part.get("status"))) for part in stage.resources)
    is_tnm = stage.system == "tnm"
    return StageTile(
        kind=_kind(stage, categories) if is_tnm else _system(stage, first),
        source=(_edition(stage, first), partial_date(stage.date)),
        group=_group_words(stage),
        categories=join(categories, " ") if is_tnm else _components(first),
        by=author(record, first),
        state=next((state for state in states if state), None),
        group_id=str(stage.group["id"]) if is_tnm and stage.group and "id" in stage.group else None,
    )


def stage_group(words: str | None) -> str | None:
    """Return the stage group that words name, in Roman figures; None where they name none."""
    match = _GROUP.search(words or "")
    return f"{_ROMAN.get(match[1], match[1])}{match[2]}".upper() if match else None


def recorded_groups(primary: PrimaryCancer) -> frozenset[str]:
    """Return the stage groups of the staging records."""
    labels = (stage_value_label(stage.group) for stage in primary.stages if stage.group)
    return frozenset(group for words in labels if (group := stage_group(words)))


def diagnosis_stage_tiles(primary: PrimaryCancer) -> tuple[StageTile, ...]:
    """Return the stages that only the diagnosis itself names, and no staging record."""
    recorded = recorded_groups(primary)
    tiles = []
    for entry in primary.condition_stages:
        said = concept_text(entry.get("summary"))
        if said and stage_group(said) not in recorded:
            source = concept_text(entry.get("type"))
            tiles.append(StageTile("On the diagnosis", (source,), said, "", None, None, None))
    return tuple(tiles)


def _kind(stage: Stage, categories: list[str | None]) -> str:
    for words in categories:
        if match := _PREFIX.match(words or ""):
            return _KINDS[match[1]]
    return _BASES[stage.basis]


def _system(stage: Stage, observation: Resource) -> str:
    own_words = concept_text(observation.get("code")) if stage.system == OTHER else None
    return own_words or system_name(stage.system)


def _group_words(stage: Stage) -> str:
    if stage.group is None:
        return "No stage group"
    return (stage_value_label(stage.group) or NO_DATA).removeprefix("Stage ")


def _edition(stage: Stage, observation: Resource) -> str | None:
    """Return the method; not one that only repeats the system, as "Clark system ..." does."""
    method = edition(observation)
    repeats = method and method.split()[0] in system_name(stage.system).split()
    return None if repeats else method


def _components(observation: Resource) -> str:
    """Return the modifiers of a stage, as lymphoma stages have them."""
    found = (observation_value(part).text for part in items(observation.get("component")))
    return join(found, ", ")
