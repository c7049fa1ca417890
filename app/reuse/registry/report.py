"""The report of one primary cancer: the content Bundle of the guide, and what it does not say."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from app.fhir import wire
from app.fhir.paths import literal_reference, local_reference, references
from app.fhir.types import Element, Resource
from app.mcode.content import newest_first
from app.mcode.model import CancerRecord, PrimaryCancer
from app.mcode.sorting import belongs
from app.reuse.registry import narrative
from app.reuse.registry.choosing import Chosen, LeftOut, choose, left_out
from app.reuse.registry.copies import Copier, closed
from app.reuse.registry.guide import GUIDES, REPORT_CODE, SECTIONS, STRUCTURES, TITLE, Guide
from app.reuse.registry.required import (
    CANCER_PROFILE,
    Missing,
    registry_cancer,
    registry_patient,
)

_NPI = "http://hl7.org/fhir/sid/us-npi"
_URI = "urn:ietf:rfc:3986"


@dataclass(frozen=True, kw_only=True)
class Site:
    """What the site adds to each report: who sends it, and from which system.

    `endpoint` is the address of the EHR's FHIR server as the registry knows it: the entries of a
    report are named below it.
    """

    source: str
    endpoint: str
    software: str
    software_version: str
    organization: str
    npi: str
    telephone: str
    street: str
    city: str
    state: str
    postal_code: str
    country: str = "US"

    def as_organization(self, guide: Guide) -> Resource:
        """Return the reporting organization."""
        address = {"line": [self.street], "city": self.city, "state": self.state}
        return {
            "resourceType": "Organization",
            "id": str(uuid5(NAMESPACE_URL, f"{self.endpoint}/{self.npi}/{self.organization}")),
            "meta": {"profile": [guide.organization]},
            "identifier": [{"system": _NPI, "value": self.npi}],
            "active": True,
            "name": self.organization,
            "telecom": [{"system": "phone", "value": self.telephone, "use": "work"}],
            "address": [{**address, "postalCode": self.postal_code, "country": self.country}],
        }

    def url_of(self, resource: Resource) -> str:
        """Return the address by which a Bundle names a resource."""
        return f"{self.endpoint.rstrip('/')}/{literal_reference(resource)}"


@dataclass(frozen=True)
class Report:
    """A report: the content Bundle, what it lacks, and what of the record is not in it.

    `fingerprint` is that of all other reports that say the same, whatever they replace.
    """

    guide: Guide
    bundle: Resource
    fingerprint: str
    missing: tuple[Missing, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def composition(self) -> Resource:
        """The first entry, which names all others."""
        composition: Resource = self.bundle["entry"][0]["resource"]
        return composition

    @property
    def identifier(self) -> str:
        """The URI of the report, which an amended one names as the one that it replaces."""
        return str(self.composition["identifier"]["value"])

    @property
    def document(self) -> str:
        """The whole report for people, as an XHTML div."""
        return str(self.composition["text"]["div"])

    @property
    def conforms(self) -> bool:
        """Tell whether nothing is missing without which the guide's profiles are not met."""
        return all(missing.sent_as for missing in self.missing)


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What whoever sends a report chooses.

    `encounter` is the visit to name. Without it, or where it is another patient's, the one that
    recorded the diagnosis or the first that was for it counts, where the record has one. With
    `notes` reports in free text go out. `replaces` is the identifier of the earlier report that
    this one amends.
    """

    encounter: Resource | None = None
    notes: bool = False
    replaces: str | None = None


def report(
    record: CancerRecord,
    primary: PrimaryCancer,
    site: Site,
    version: str,
    at: datetime,
    choices: Choices | None = None,
) -> Report:
    """Return the report of a primary cancer by a version of the guide ("1.0.0", "2.0.0-ballot").

    The same record gives the same ids, whatever `at` is, an aware moment. Nothing of the record is
    changed. Raises KeyError for a version that is not known.
    """
    wanted = choices or Choices()
    guide = GUIDES[version]
    visit = _encounter_of(record, primary, wanted.encounter)
    chosen = choose(record, primary, guide, at.astimezone(UTC).date(), visit, notes=wanted.notes)
    facts = {str(literal_reference(fact)): fact for fact in (record.patient, *chosen.resources)}
    facts |= closed(record, primary, facts)
    copier = Copier(record, primary, frozenset(facts), notes=wanted.notes)
    patient = registry_patient(copier.copy(record.patient, guide.patient), guide)
    further = [copier.copy(each) for each in primary.further]
    condition = copier.copy(primary.condition, CANCER_PROFILE)
    cancer = registry_cancer(condition, further, primary, guide)
    copies = {name: copier.copy(fact) for name, fact in facts.items()}
    for fitted in (patient.resource, cancer.resource, *_visits(copier, visit, guide)):
        copies[str(literal_reference(fitted))] = fitted
    organization = site.as_organization(guide)
    lines = _lines(record, chosen, copies)
    named = {
        "meta": {"profile": [f"{STRUCTURES}ccrr-composition"]},
        "status": "final",
        "type": _coded(REPORT_CODE),
        "subject": _reference(patient.resource),
        **({"encounter": _reference(visit)} if visit else {}),
        "author": [_reference(organization)],
        "title": TITLE,
        "section": [_section(key, chosen, lines[key]) for key in lines],
    }
    resources = [organization, *copies.values()]
    content = uuid5(NAMESPACE_URL, _canonical([guide.version, named, *resources]))
    id_ = uuid5(content, wanted.replaces) if wanted.replaces else content
    titled = [(SECTIONS[key].title, found) for key, found in lines.items()]
    composition = {
        "resourceType": "Composition",
        "id": str(id_),
        "text": narrative.document_text(patient.resource, site.organization, at, titled),
        "identifier": {"system": _URI, "value": id_.urn},
        "date": _instant(at),
        **({"relatesTo": [_replacing(wanted.replaces)]} if wanted.replaces else {}),
        **named,
    }
    lacking = (*patient.missing, *cancer.missing, *_missing_visit(guide, visit))
    bundle = _bundle(id_, [composition, *resources], site, at)
    out = [one for one in left_out(record, chosen) if one.key not in copies]
    return Report(guide, bundle, str(content), lacking, (*cancer.left_out, *out))


def _encounter_of(
    record: CancerRecord, primary: PrimaryCancer, launched: Resource | None
) -> Resource | None:
    """Return the given encounter, else the one that recorded the diagnosis or was for it."""
    if launched and belongs(launched, str(record.patient.get("id"))) and _took_place(launched):
        return launched
    facts = (fact for fact in record.facts() if fact["resourceType"] == "Encounter")
    visits = list(filter(_took_place, facts))
    named = {local_reference(each.get("encounter")) for each in primary.conditions}
    own = [visit for visit in visits if literal_reference(visit) in named]
    own = own or [visit for visit in visits if not primary.references.isdisjoint(references(visit))]
    return min(own, key=newest_first, default=None)


def _took_place(visit: Resource) -> bool:
    return visit.get("status") not in ("entered-in-error", "cancelled")


def _visits(copier: Copier, visit: Resource | None, guide: Guide) -> list[Resource]:
    return [copier.copy(visit, guide.encounter)] if visit else []


def _missing_visit(guide: Guide, visit: Resource | None) -> list[Missing]:
    needed = guide.needs_encounter and not visit
    return [Missing("encounter", "Composition.encounter")] if needed else []


def _lines(
    record: CancerRecord, chosen: Chosen, copies: dict[str, Resource]
) -> dict[str, list[str]]:
    """Return the lines of each section that has entries, as the copies have them."""
    return {
        key: [narrative.line(record, copies[str(literal_reference(fact))]) for fact in found]
        for key, found in chosen.sections.items()
        if found
    }


def _section(key: str, chosen: Chosen, lines: list[str]) -> Element:
    section = SECTIONS[key]
    return {
        "title": section.title,
        "code": _coded(section.code),
        "text": narrative.section_text(lines),
        "entry": [_reference(fact) for fact in chosen.sections[key]],
    }


def _bundle(id_: UUID, resources: list[Resource], site: Site, at: datetime) -> Resource:
    return {
        "resourceType": "Bundle",
        "id": str(uuid5(id_, "content")),
        "meta": {"profile": [f"{STRUCTURES}ccrr-content-bundle"]},
        "type": "collection",
        "timestamp": _instant(at),
        "entry": [{"fullUrl": site.url_of(each), "resource": each} for each in resources],
    }


def _replacing(identifier: str) -> Element:
    return {"code": "replaces", "targetIdentifier": {"system": _URI, "value": identifier}}


def _coded(code: tuple[str, str]) -> Element:
    return {"coding": [{"system": code[0], "code": code[1]}]}


def _reference(resource: Resource) -> Element:
    return {"reference": str(literal_reference(resource))}


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _canonical(value: object) -> str:
    """Return JSON that is the same for the same content, in whatever order it was read."""
    return wire.dumps(_sorted(value)).decode()


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
