"""What a resource is, from the resource alone: by code, then category, then profile.

Profiles come last because EHRs seldom tag them, and old tags outlive the data. A code that says
something else than the profile is believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.fhir.paths import items, text
from app.fhir.types import Resource
from app.mcode.codes import STAGE_CODES, TNM_CODES, Code, antineoplastics
from app.mcode.conditions import condition_kind
from app.mcode.kinds import Kind, KindRow
from app.mcode.profiles import extensions_named, profile_names
from app.mcode.staging import OTHER
from app.mcode.treatments import medication_text
from app.terminology.concept import concept_text
from app.terminology.systems import RXNORM, known_codes
from app.terminology.tnm import Basis

_KINDS: dict[str, list[Kind]] = {}
_CODES: dict[tuple[str, Code], Kind] = {}
for _kind in Kind:
    for _type in _kind.row.types:
        _KINDS.setdefault(_type, []).append(_kind)
        for _code in _kind.row.codes:
            _CODES.setdefault((_type, _code), _kind)


def kind_of(resource: Resource) -> Kind | None:
    """Return what a resource is in the cancer record, None for one that is not recognised.

    A Condition that only its links show to be a cancer, and a treatment that only its reason does,
    are recognised where the links are known (app.mcode.kinds_by_links).
    """
    type_ = text(resource.get("resourceType")) or ""
    if type_ in Kind.PRIMARY.row.types:
        return condition_kind(resource)
    if type_ in Kind.MEDICATION.row.types:
        return Kind.MEDICATION if is_cancer_medication(resource) else None
    kinds = _KINDS.get(type_, [])
    if kinds and kinds[0].row.whole_type:
        return kinds[0]
    return _by_code(resource) or _by_category(resource, kinds) or _by_own_word(resource, kinds)


def is_cancer_medication(resource: Resource, medication: Resource | None = None) -> bool:
    """Tell whether a drug is given against cancer, by profile, extension or ingredient."""
    if _by_own_word(resource, [Kind.MEDICATION]):
        return True
    concept = resource.get("medicationCodeableConcept") or (medication or {}).get("code")
    known = antineoplastics()
    if any(system == RXNORM and code in known for system, code in known_codes(concept)):
        return True
    words = (medication_text(resource, medication) or "").lower()
    return any(name in words for name in known.values())


def tnm_basis(observation: Resource) -> Basis:
    """Return the basis of a TNM Observation: of its code, else its profile, else its words."""
    for code in known_codes(observation.get("code")):
        if code in TNM_CODES:
            return TNM_CODES[code][1]
    for name in profile_names(observation):
        if name.startswith("tnm-clinical-"):
            return "clinical"
        if name.startswith("tnm-pathological-"):
            return "pathologic"
    words = (concept_text(observation.get("code")) or "").lower()
    if "patholog" in words:
        return "pathologic"
    return "clinical" if "clinical" in words else "other"


def staging_system(observation: Resource) -> str:
    """Return the key of the staging system of a non-TNM stage (app.mcode.staging)."""
    found = [
        STAGE_CODES[code] for code in known_codes(observation.get("code")) if code in STAGE_CODES
    ]
    return min(found, key=lambda system: system == OTHER, default=OTHER)


def _by_code(resource: Resource) -> Kind | None:
    """Return the kind of the first code that is one's; those that are searched for come first."""
    type_ = str(resource.get("resourceType"))
    found = [
        kind
        for system, code in sorted(known_codes(resource.get("code")))
        if (kind := _CODES.get((type_, (system, code))) or _CODES.get((type_, ("", code))))
    ]
    return min(found, key=lambda kind: not kind.row.searched, default=None)


def _by_category(resource: Resource, kinds: Iterable[Kind]) -> Kind | None:
    for category in items(resource.get("category")):
        for _, code in sorted(known_codes(category)):
            for kind in kinds:
                if code in kind.row.categories:
                    return kind
    return None


def _by_own_word(resource: Resource, kinds: Iterable[Kind]) -> Kind | None:
    """Return the kind of the profile that it claims, else of its shape.

    Some shapes stand for what only SNOMED CT's whole hierarchy could tell by code.
    """
    for name in profile_names(resource):
        for kind in kinds:
            if kind.row.profiles and re.fullmatch(kind.row.profiles, name):
                return kind
    return next((kind for kind in kinds if _has_shape(resource, kind.row)), None)


def _has_shape(resource: Resource, row: KindRow) -> bool:
    if any(extensions_named(resource, name) for name in row.extensions):
        return True
    if row.morphologies and known_codes(resource.get("morphology")) & row.morphologies:
        return True
    words = concept_text(resource.get("code")) if row.words else None
    return bool(words and re.search(row.words, words))
