"""What each of a patient's resources is by its own word, then by its links to others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from app.fhir.paths import codes, extension_value, has_code, items, key, local_reference
from app.fhir.types import Resource
from app.mcode.conditions import condition_kind
from app.mcode.content import stage_value_label
from app.mcode.kinds import CANCERS, TNM_KINDS, Kind
from app.mcode.links import Links, assessments
from app.mcode.profiles import extensions_named
from app.mcode.recognise import is_cancer_medication, kind_of
from app.terminology.concept import concept_text
from app.terminology.systems import SNOMED

# "cT3", "ypN0", "M1"
_CATEGORY_VALUE = re.compile(r"(?:y?[cp]|[ra])?([TNM])[0-9Xxi]")
_DIAGNOSTIC_PROCEDURE = "103693007"
_DIAGNOSTIC_WORDS = (
    *("biops", "aspiration", "sampling", "puncture", "scop", "tomograph", "imaging", "scan"),
    *("examination", "assessment", "consultation", "x-ray", "radiograph", "ultraso"),
)
_SURGICAL_WORDS = ("excision", "resection", "ectomy", "removal", "transplant", "ablation")


def classify(own: Sequence[Resource], base: str) -> dict[str, Kind]:
    """Return the kinds of a patient's resources by `Type/id`; unrecognised ones are left out.

    Beyond what a resource says itself, what a cancer names as its stage is one, and what a dose
    of radiation names is its volume; a Condition is a primary because a stage names it, a drug or
    procedure is cancer treatment because its reason is a cancer, and a laboratory result is a
    tumor marker because it names a cancer.
    """
    known = {name: resource for resource in own if (name := key(resource))}
    kinds = {name: kind for name, resource in known.items() if (kind := kind_of(resource))}
    kinds.update(_by_referrers(known, kinds, base))
    links = Links(own, kinds, base)
    named = {
        condition
        for name, kind in kinds.items()
        if kind.row.names_cancer
        for condition in links.named_conditions(known[name])
    }
    for name, resource in known.items():
        if name in named and (kind := condition_kind(resource, named=True)):
            kinds[name] = kind
    cancers = {name: known[name] for name, kind in kinds.items() if kind in CANCERS}
    reasons = _Reasons(cancers, base)
    for name, resource in known.items():
        if name not in kinds and (kind := _by_links(resource, known, links, reasons)):
            kinds[name] = kind
    return kinds


def _by_referrers(known: dict[str, Resource], kinds: dict[str, Kind], base: str) -> dict[str, Kind]:
    """Return the kinds of what says nothing of itself, by what refers to it."""
    found: dict[str, Kind] = {}
    for name, resource in known.items():
        match kinds.get(name):
            case Kind.PRIMARY:
                found.update(dict.fromkeys(assessments(resource, base), Kind.STAGE))
            case Kind.TNM_GROUP:
                for member in _references(resource.get("hasMember"), base):
                    if kind := _axis_of_value(known.get(member, {})):
                        found[member] = kind
            case Kind.TUMOR_SIZE:
                found.update(dict.fromkeys(_references(resource.get("focus"), base), Kind.TUMOR))
            case Kind.RADIOTHERAPY:
                doses = extensions_named(resource, "volume")
                volumes = [extension_value(dose, "volume") for dose in doses]
                found.update(dict.fromkeys(_references(volumes, base), Kind.VOLUME))
    return {
        name: kind
        for name, kind in found.items()
        if name in known and name not in kinds and known[name]["resourceType"] in kind.row.types
    }


def _references(value: Any, base: str) -> list[str]:
    return [name for entry in items(value) if (name := local_reference(entry, base))]


def _axis_of_value(observation: Resource) -> Kind | None:
    match = _CATEGORY_VALUE.match(stage_value_label(observation) or "")
    return TNM_KINDS[match[1].lower()] if match else None  # type: ignore[index]  # T, N or M


class _Reasons:
    """Tells whether the reason of a treatment is one of the patient's cancers."""

    def __init__(self, cancers: dict[str, Resource], base: str) -> None:
        self.cancers = cancers
        self._base = base
        self._codes = {code for cancer in cancers.values() for code in codes(cancer.get("code"))}

    def name_a_cancer(self, treatment: Resource) -> bool:
        for reference in items(treatment.get("reasonReference")):
            if local_reference(reference, self._base) in self.cancers:
                return True
        return any(
            codes(reason) & self._codes
            or condition_kind({"resourceType": "Condition", "code": reason}) in CANCERS
            for reason in items(treatment.get("reasonCode"))
        )


def _by_links(
    resource: Resource, known: dict[str, Resource], links: Links, reasons: _Reasons
) -> Kind | None:
    type_ = resource["resourceType"]
    if type_ in Kind.MEDICATION.row.types:
        medication = known.get(local_reference(resource.get("medicationReference")) or "")
        treats = reasons.name_a_cancer(resource) or is_cancer_medication(resource, medication)
        return Kind.MEDICATION if treats else None
    if type_ in Kind.SURGERY.row.types:
        treats = reasons.name_a_cancer(resource) and not _is_diagnostic(resource)
        return Kind.SURGERY if treats else None
    if type_ in Kind.TUMOR_MARKER.row.types and extensions_named(resource, "related-condition"):
        names = set(links.named_conditions(resource))
        return Kind.TUMOR_MARKER if names & set(reasons.cancers) else None
    return None


def _is_diagnostic(procedure: Resource) -> bool:
    if any(has_code(c, SNOMED, _DIAGNOSTIC_PROCEDURE) for c in items(procedure.get("category"))):
        return True
    words = (concept_text(procedure.get("code")) or "").lower()
    if any(word in words for word in _SURGICAL_WORDS):
        return False
    return any(word in words for word in _DIAGNOSTIC_WORDS)
