"""What a resource is: by its code, then category, then profile, then by its links to others.

Profiles come late because EHRs seldom tag them, and old tags outlive the data. A code that says
something else than the profile is believed.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from app.fhir.paths import (
    codes,
    extension_value,
    items,
    literal_reference,
    local_reference,
    text,
)
from app.fhir.patterns import Pattern
from app.fhir.types import Resource
from app.mcode.billing import is_billed_as_antineoplastic, kind_by_bill
from app.mcode.codes import OTHER, STAGE_CODES, TNM_CODES, Code, antineoplastics
from app.mcode.conditions import condition_kind, kind_by_category, kind_by_profile
from app.mcode.content import stage_value_label
from app.mcode.kind_row import KindRow
from app.mcode.kinds import CANCERS, TNM_KINDS, Kind
from app.mcode.links import Links, assessments
from app.mcode.procedures import is_on_organ_of, kind_by_words, looks_for_disease, treats
from app.mcode.profiles import extensions_named, profile_names
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
    are recognised where the links are known (classify).
    """
    type_ = text(resource.get("resourceType")) or ""
    if type_ in Kind.PRIMARY.row.types:
        return condition_kind(resource)
    if type_ in Kind.MEDICATION.row.types:
        return Kind.MEDICATION if is_cancer_medication(resource) else None
    kinds = _KINDS.get(type_, [])
    if kinds and kinds[0].row.whole_type:
        return kinds[0]
    if Kind.SURGERY in kinds:
        return _kind_of_procedure(resource, kinds)
    return _by_code(resource) or kind_by_category(resource, kinds) or _by_own_word(resource, kinds)


def _kind_of_procedure(procedure: Resource, kinds: Iterable[Kind]) -> Kind | None:
    if kind := _by_code(procedure) or kind_by_bill(procedure):
        return kind
    kind = kind_by_category(procedure, kinds) or _by_own_word(procedure, kinds)
    return kind or (None if looks_for_disease(procedure) else kind_by_words(procedure))


def is_cancer_medication(resource: Resource, medication: Resource | None = None) -> bool:
    """Tell whether a drug is given against cancer, by profile, extension or ingredient."""
    if _by_own_word(resource, [Kind.MEDICATION]):
        return True
    concept = resource.get("medicationCodeableConcept") or (medication or {}).get("code")
    known = antineoplastics()
    if any(system == RXNORM and code in known for system, code in known_codes(concept)):
        return True
    if is_billed_as_antineoplastic(concept):
        return True
    words = (medication_text(resource, medication) or "").lower()
    return any(name in words for name in known.values())


def tnm_basis(observation: Resource) -> Basis:
    """Return the basis of a TNM Observation: of its code, its profile, its words, or its prefix."""
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
    if "clinical" in words:
        return "clinical"
    value = stage_value_label(observation) or ""
    return _BASES.get(value[:1], "other") if _CATEGORY_VALUE.match(value) else "other"


def staging_system(observation: Resource) -> str:
    """Return the key of the staging system of a non-TNM stage (app.mcode.codes)."""
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


def _by_own_word(resource: Resource, kinds: Iterable[Kind]) -> Kind | None:
    """Return the kind of the profile that it claims, else of its shape.

    Some shapes stand for what only SNOMED CT's whole hierarchy could tell by code.
    """
    by_shape = (kind for kind in kinds if _has_shape(resource, kind.row))
    return kind_by_profile(resource, kinds) or next(by_shape, None)


def _has_shape(resource: Resource, row: KindRow) -> bool:
    if any(extensions_named(resource, name) for name in row.extensions):
        return True
    if row.morphologies and known_codes(resource.get("morphology")) & row.morphologies:
        return True
    return bool(row.text) and row.is_named_by(concept_text(resource.get("code")) or "")


# "cT3", "ypN0", "M1"
_CATEGORY_VALUE = Pattern(r"(?:y?[cp]|[ra])?([TNM])[0-9Xxi]")
_BASES: dict[str, Basis] = {"c": "clinical", "p": "pathologic"}


def classify(own: Sequence[Resource]) -> dict[str, Kind]:
    """Return the kinds of a patient's resources by `Type/id`; unrecognised ones are left out.

    Beyond what a resource says itself, what a cancer names as its stage is one, and what a dose
    of radiation names is its volume; a Condition is a primary because a stage names it, a drug or
    procedure is cancer treatment because its reason is a cancer, and a laboratory result is a
    tumor marker because it names a cancer.
    """
    known = {name: resource for resource in own if (name := literal_reference(resource))}
    kinds = {name: kind for name, resource in known.items() if (kind := kind_of(resource))}
    kinds.update(_by_referrers(known, kinds))
    links = Links(own, kinds)
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
    reasons = _Reasons(cancers)
    for name, resource in known.items():
        if name not in kinds and (kind := _by_links(resource, known, links, reasons)):
            kinds[name] = kind
    return kinds


def _by_referrers(known: dict[str, Resource], kinds: dict[str, Kind]) -> dict[str, Kind]:
    """Return the kinds of what says nothing of itself, by what refers to it."""
    found: dict[str, Kind] = {}
    for name, resource in known.items():
        match kinds.get(name):
            case Kind.PRIMARY:
                found.update(dict.fromkeys(assessments(resource), Kind.STAGE))
            case Kind.TNM_GROUP:
                for member in _references(resource.get("hasMember")):
                    if kind := _axis_of_value(known.get(member, {})):
                        found[member] = kind
            case Kind.TUMOR_SIZE:
                found.update(dict.fromkeys(_references(resource.get("focus")), Kind.TUMOR))
            case Kind.RADIOTHERAPY:
                doses = extensions_named(resource, "volume")
                volumes = [extension_value(dose, "volume") for dose in doses]
                found.update(dict.fromkeys(_references(volumes), Kind.VOLUME))
    return {
        name: kind
        for name, kind in found.items()
        if name in known and name not in kinds and known[name]["resourceType"] in kind.row.types
    }


def _references(value: Any) -> list[str]:
    return [name for entry in items(value) if (name := local_reference(entry))]


def _axis_of_value(observation: Resource) -> Kind | None:
    match = _CATEGORY_VALUE.match(stage_value_label(observation) or "")
    return TNM_KINDS[match[1].lower()] if match else None  # type: ignore[index]  # T, N or M


class _Reasons:
    """Tells whether a treatment is for one of the patient's cancers."""

    def __init__(self, cancers: dict[str, Resource]) -> None:
        self.cancers = cancers
        self._codes = {code for cancer in cancers.values() for code in codes(cancer.get("code"))}

    def name_a_cancer(self, treatment: Resource) -> bool:
        for reference in items(treatment.get("reasonReference")):
            if local_reference(reference) in self.cancers:
                return True
        return any(
            codes(reason) & self._codes
            or condition_kind({"resourceType": "Condition", "code": reason}) in CANCERS
            for reason in items(treatment.get("reasonCode"))
        )

    def make_treatment(self, procedure: Resource) -> bool:
        """Tell whether an operation is for a cancer: by its reason, else by the organ."""
        if not treats(procedure):
            return False
        if procedure.get("reasonReference") or procedure.get("reasonCode"):
            return self.name_a_cancer(procedure)
        return is_on_organ_of(procedure, self.cancers.values())


def _by_links(
    resource: Resource, known: dict[str, Resource], links: Links, reasons: _Reasons
) -> Kind | None:
    type_ = resource["resourceType"]
    if type_ in Kind.MEDICATION.row.types:
        medication = known.get(local_reference(resource.get("medicationReference")) or "")
        treats = reasons.name_a_cancer(resource) or is_cancer_medication(resource, medication)
        return Kind.MEDICATION if treats else None
    if type_ in Kind.SURGERY.row.types:
        return Kind.SURGERY if reasons.make_treatment(resource) else None
    if type_ in Kind.TUMOR_MARKER.row.types and extensions_named(resource, "related-condition"):
        names = set(links.named_conditions(resource))
        return Kind.TUMOR_MARKER if names & set(reasons.cancers) else None
    return None
