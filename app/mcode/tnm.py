"""TNM stages as they stand in the chart: which there are, and what their codes say."""

from collections.abc import Mapping
from functools import cache

from app.fhir.paths import items, literal_reference, local_reference
from app.fhir.patterns import Pattern
from app.fhir.types import Resource
from app.mcode.content import effective, stage_value_label
from app.mcode.kinds import TNM_KINDS
from app.mcode.model import CancerRecord, PrimaryCancer, Stage
from app.mcode.recognise import tnm_basis
from app.mcode.valuesets import value_set
from app.terminology.concept import Concept, concept_text
from app.terminology.systems import known_codes
from app.terminology.tnm import EDITION_LABELS, OBSERVATION_CODES

_PREFIX_OF_LABEL = Pattern(r"^(yc|yp|c|p|r|a)(?=[TNM])")

# What an observation's code says where its value has no prefix of its own.
_PREFIX_OF_BASIS = {"clinical": "c", "pathologic": "p", "other": "r"}


def tnm_stages(primary: PrimaryCancer) -> list[Stage]:
    """Return the TNM stages of a primary, newest first."""
    return [stage for stage in primary.stages if stage.system == "tnm"]


def stage_with(record: CancerRecord, resource: Resource) -> Stage | None:
    """Return the TNM stage that an Observation is part of, whichever cancer it names.

    One that names another patient's cancer belongs to no stage of the record: it makes one with the
    members that it names itself.
    """
    if stage := record.tnm_stage_of(resource):
        return stage
    named = [local_reference(member) or "" for member in items(resource.get("hasMember"))]
    found = [resource, *(r for name in named if (r := record.find_astray(name)))]
    if not record.astray.intersection(map(literal_reference, found)):
        return None
    parts = {record.kind(part): part for part in found}
    group, t, n, m = (parts.get(TNM_KINDS[axis]) for axis in ("group", "t", "n", "m"))
    return Stage("tnm", tnm_basis(resource), group, t, n, m, effective(resource))


def parts_of(stage: Stage) -> dict[str, Resource]:
    """Return the Observations of a TNM stage by axis: t, n, m, group."""
    found = {"t": stage.t, "n": stage.n, "m": stage.m, "group": stage.group}
    return {axis: part for axis, part in found.items() if part}


def recorded_prefix(parts: Mapping[str, Resource]) -> str:
    """Return the prefix of a stage (c p yc yp r a): from its T or N, else from the codes."""
    for axis in ("t", "n"):
        label = stage_value_label(parts[axis]) if axis in parts else None
        if match := _PREFIX_OF_LABEL.match(label or ""):
            return match[1]
    for axis in ("group", "t", "n", "m"):
        for code in known_codes(parts[axis].get("code")) if axis in parts else ():
            if code in _meanings():
                return _PREFIX_OF_BASIS[_meanings()[code][1]]
    return ""


def means(resource: Resource, code: Concept) -> bool:
    """Tell whether an observation's code says the same as `code`, in SNOMED CT or in LOINC.

    A code or words of the EHR's own do where the observation's basis is the same.
    """
    meaning = _meanings()[code.system, code.code]
    known = {_meanings()[c] for c in known_codes(resource.get("code")) if c in _meanings()}
    if known or not concept_text(resource.get("code")):
        return meaning in known
    return tnm_basis(resource) == meaning[1]


def edition_of(resource: Resource) -> Concept | None:
    """Return the edition that an observation was staged by; None for an unknown one."""
    recorded = known_codes(resource.get("method"))
    return next((e for e in editions() if (e.system, e.code) in recorded), None)


@cache
def editions() -> tuple[Concept, ...]:
    """Return the editions of the staging manuals that can be recorded, the newest first."""
    known = {concept.code: concept for concept in value_set("tnm-staging-method").concepts}
    return tuple(known[code] for code in EDITION_LABELS if code in known)


@cache
def _meanings() -> dict[tuple[str, str], tuple[str, str]]:
    """Return (axis, basis) by the code of a TNM observation."""
    return {(c.system, c.code): (axis, basis) for axis, basis, c in OBSERVATION_CODES}
