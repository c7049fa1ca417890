"""Tumors: their numbers and names, by which specimens name them; panels of morphology."""

from collections.abc import Iterator

from app.fhir.paths import has_code, items, literal_reference, local_reference, text
from app.fhir.types import Element, Resource
from app.formatting import join
from app.mcode.kinds import Kind
from app.mcode.model import CancerRecord
from app.terminology.concept import concept_text

RESOURCE_TYPES = "http://hl7.org/fhir/resource-types"

_MOST_MEMBERS = 100  # each member asks its panel for the others
# An identifier that is a UUID or an address tells a person nothing.
_URI = "urn:ietf:rfc:3986"


def names_a_tumor(identifier: Element) -> bool:
    """Tell whether an identifier is that of a tumor (mCODE 4.0.0, Body Structure Identifier)."""
    return has_code(identifier.get("type"), RESOURCE_TYPES, "BodyStructure")


def is_number(identifier: Element) -> bool:
    """Tell whether it is one that people go by, as "Tumor 1"."""
    return names_a_tumor(identifier) and identifier.get("system") != _URI


def tumor_identifiers(tumor: Resource) -> Iterator[tuple[str, str]]:
    """Yield the (system, value) by which a specimen can name a tumor, those people go by first."""
    found = [one for one in items(tumor.get("identifier")) if text(one.get("value"))]
    found.sort(key=lambda one: (not is_number(one), not names_a_tumor(one)))
    for one in found:
        yield text(one.get("system")) or "", str(one["value"])


def numbers_of(resource: Resource) -> list[str]:
    """Return the identifiers of a tumor, volume or specimen that people go by, each once."""
    found = (one for one in items(resource.get("identifier")) if one.get("system") != _URI)
    return list(dict.fromkeys(filter(None, (text(one.get("value")) for one in found))))


def tumor_title(tumor: Resource) -> str:
    """Return a tumor in words: "Tumor 1234, left breast structure"."""
    number = next(iter(numbers_of(tumor)), None)
    sides = [concept_text(side) for side in items(tumor.get("locationQualifier"))]
    location = join([concept_text(tumor.get("location")), *sides], ", ")
    return join([number, location or text(tumor.get("description"))], ", ") or "Tumor"


def panel_of(record: CancerRecord, finding: Resource) -> Resource | None:
    """Return the tumor morphology panel that has a histology or grade as a member."""
    return record.morphology_of(literal_reference(finding) or "")


def member_of(record: CancerRecord, panel: Resource, kind: Kind) -> Resource | None:
    """Return the first member of a panel that is of this kind and still counts."""
    for member in items(panel.get("hasMember"))[:_MOST_MEMBERS]:
        name = local_reference(member) or ""
        if record.kinds.get(name) == kind:
            return record.find(name)
    return None


def sites_of(condition: Resource) -> list[str]:
    """Return the body sites of a Condition in words."""
    return [words for site in items(condition.get("bodySite")) if (words := concept_text(site))]
