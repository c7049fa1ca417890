"""Copies of chart resources as they leave: with what the report has a place for, and no more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.fhir.paths import (
    is_contained,
    is_subsetted,
    items,
    literal_reference,
    local_reference,
    references,
    text,
)
from app.fhir.resource_types import resource_type
from app.fhir.types import Element, Resource
from app.mcode.definitions import type_of
from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.retraction import is_retracted
from app.reuse.mcode_bundle.claims import claims_of, with_claims
from app.terminology.systems import known_codes

_HL7 = "http://hl7.org/fhir/"

# What facts refer to as a detail of theirs, and which comes with them.
_DETAILS = frozenset({"Medication", "BodyStructure", "Specimen", "Device", "Location"})
# Of people what says who they are in their work.
_PERSON = frozenset(
    {
        *("resourceType", "id", "meta", "extension", "identifier", "active", "name", "telecom"),
        *("qualification", "practitioner", "organization", "code", "specialty", "type", "location"),
    }
)
_ORGANIZATION = _PERSON | {"address"}
# Reasons and diagnoses of a visit may be of another disease.
_VISIT = frozenset(
    {
        *("resourceType", "id", "meta", "identifier", "status", "class", "type", "subject"),
        *("period", "location", "serviceProvider", "participant"),
    }
)
# Narrative, annotations and instructions are free text; a copy is a resource of its own version.
_NEVER = frozenset({"text", "note", "patientInstruction", "implicitRules", "language"})
_TEXT_OF_REPORTS = frozenset({"conclusion", "presentedForm"})
# Without what they are about, elements that hold one of these say nothing.
_ESSENTIAL = ("condition", "actor", "location", "valueReference")


@dataclass(frozen=True)
class Copier:
    """Copies resources of a record for the report of one primary cancer.

    `sent` are the `Type/id` of all that is in the report. With `notes` the free text of reports
    goes out.
    """

    record: CancerRecord
    primary: PrimaryCancer
    sent: frozenset[str]
    notes: bool = False

    def copy(self, resource: Resource, profile: str | None = None) -> Resource:
        """Return a copy that refers to what is sent only.

        It claims `profile`; without one, what it conforms to of the profiles of mCODE and of its
        own claims. A reference to another Condition of the same diagnosis leads to the one that is
        sent.
        """
        row = resource_type(resource)
        holder = str(literal_reference(resource))
        found = self._elements(resource, holder)
        if row.subject and row.subject in resource:
            found[row.subject] = {"reference": literal_reference(self.record.patient)}
        parts = [part for part in items(resource.get("contained")) if _is_detail(part)]
        contained = {"contained": [self._elements(part, holder) for part in parts]} if parts else {}
        meta = _meta(resource, profile)
        ids = {"resourceType": resource["resourceType"], "id": resource["id"]}
        copied = {**ids, **({"meta": meta} if meta else {}), **contained, **found}
        return copied if profile else with_claims(copied, self.record.kind(resource))[0]

    def _elements(self, resource: Resource, holder: str) -> Resource:
        """Return the elements of a resource that leave; `holder` is what contains it, or itself."""
        leaving = ((n, v) for n, v in resource.items() if self._leaves(resource, n))
        found = ((name, self._cleaned(value, holder, name)) for name, value in leaving)
        return {name: value for name, value in found if value not in (None, [], {})}

    def _leaves(self, resource: Resource, name: str) -> bool:
        plain, row = name.removeprefix("_"), resource_type(resource)
        if plain in {*_NEVER, "contained", "meta"}:
            return False
        if plain in _TEXT_OF_REPORTS and not self.notes:
            return False
        if resource["resourceType"] == "Encounter":
            return plain in _VISIT
        if row.person and resource["resourceType"] == "Organization":
            return plain in _ORGANIZATION
        return plain in _PERSON if row.person else True

    def _cleaned(self, value: Any, holder: str, name: str = "") -> Any:
        """Return a value without what does not leave; None where nothing is left of it."""
        if isinstance(value, list):
            # Primitives with extensions stand in two lists of one length.
            if not all(isinstance(item, dict) for item in value):
                return value
            said = [item for item in value if name != "reasonCode" or self._is_own(item)]
            return [found for item in said if (found := self._cleaned(item, holder))]
        if not isinstance(value, dict):
            return value
        if isinstance(value.get("reference"), str):
            return self._reference(value, holder)
        if not _is_of_hl7(value):
            return None
        inside = {n: self._cleaned(v, holder, n) for n, v in value.items() if n != "note"}
        if any(inside.get(n, True) is None for n in _ESSENTIAL):
            return None
        return {n: found for n, found in inside.items() if found not in (None, [], {})} or None

    def _is_own(self, reason: Element) -> bool:
        """Tell whether a coded reason is not that of another primary alone."""
        coded = known_codes(reason)
        others = [p for p in self.record.primaries if p.id != self.primary.id]
        foreign = any(coded & known_codes(other.code) for other in others)
        return not foreign or bool(coded & known_codes(self.primary.code))

    def _reference(self, node: Element, holder: str) -> Element | None:
        """Return a reference to what is sent; of what is not known, only what it is called."""
        name = local_reference(node)
        rest = {n: v for n, v in node.items() if n not in {"reference", "extension"}}
        if name in self.primary.references:
            return {**rest, "reference": self.primary.reference}
        if name in self.sent:
            return {**rest, "reference": name}
        own, _, part = (name or "").partition("#")
        if part and own == f"{own.partition('/')[0]}/{holder.partition('/')[2]}":
            found = self.record.find(name or "") or {}
            return {**rest, "reference": f"#{part}"} if _is_detail(found) else None
        if node["reference"].startswith("#"):
            return node
        target = self.record.find(name or "")
        is_person = target is not None and resource_type(target).person
        secret = target is not None or (name or "").startswith("Condition/") or not name
        is_said = bool(text(node.get("display"))) and (is_person or not secret)
        return rest if is_said else None


def closed(
    record: CancerRecord, primary: PrimaryCancer, facts: Mapping[str, Resource]
) -> dict[str, Resource]:
    """Return the details of facts, and theirs, by `Type/id`; none of another primary cancer."""
    found: dict[str, Resource] = {}
    waiting = list(facts.values())
    while waiting:
        for name in references(waiting.pop()):
            target = record.find(name)
            if target is None or name in found or name in facts or is_contained(name):
                continue
            counts = not is_retracted(target) and target not in record.not_interpreted
            if counts and _is_detail(target) and record.primary_of(target) in (None, primary):
                found[name] = target
                waiting.append(target)
    return found


def _is_detail(resource: Resource) -> bool:
    return resource.get("resourceType") in _DETAILS or resource_type(resource).person


def _is_of_hl7(element: Element) -> bool:
    """Tell whether an element is no extension of a vendor, for which no guide has a place."""
    url = element.get("url")
    is_extension = (
        isinstance(url, str)
        and "://" in url
        and (
            "extension" in element or any(name.startswith(("value", "_value")) for name in element)
        )
    )
    return not is_extension or str(url).startswith(_HL7)


def _meta(resource: Resource, profile: str | None) -> Element:
    """Return the profiles and the security labels of a copy, and whether it is only a part.

    A profile of an earlier release, or of a vendor, is none that the receiver could check.
    """
    meta = resource.get("meta")
    held = meta if isinstance(meta, dict) else {}
    claimed = [profile] if profile else [url for url in claims_of(resource) if type_of(url)]
    tags = [tag for tag in items(held.get("tag")) if is_subsetted({"meta": {"tag": tag}})]
    kept = {"profile": claimed, "security": held.get("security"), "tag": tags}
    return {name: value for name, value in kept.items() if value}
