"""The message that carries a report: a header that says from whom to whom, then the content."""

from dataclasses import dataclass
from uuid import UUID, uuid5

from app.fhir.types import Element, Resource
from app.reuse.registry.guide import STRUCTURES, Guide
from app.reuse.registry.report import Report, Site

MANUAL = "manually-initiated"


@dataclass(frozen=True)
class Destination:
    """The registry: its name, and the address that takes the message."""

    name: str
    endpoint: str


def message(report: Report, site: Site, destination: Destination) -> Resource:
    """Return the message Bundle of a report: MessageHeader, content Bundle, sender.

    The same report to the same destination has the same ids, so that a second one is known as such.
    """
    guide, content = report.guide, report.bundle
    id_ = uuid5(UUID(content["id"]), destination.endpoint)
    sender = site.as_organization(guide)
    header = {
        "resourceType": "MessageHeader",
        "id": str(uuid5(id_, "header")),
        "meta": {"profile": [f"{STRUCTURES}central-cancer-registry-reporting-messageheader"]},
        "extension": _extensions(guide),
        "eventCoding": {"system": guide.message_types, "code": "cancer-report-message"},
        "destination": [{"name": destination.name, "endpoint": destination.endpoint}],
        "sender": {"reference": f"Organization/{sender['id']}"},
        "source": {
            "name": site.source,
            "software": site.software,
            "version": site.software_version,
            "endpoint": site.endpoint,
        },
        "reason": {"coding": [{"system": guide.named_events, "code": "encounter-end"}]},
        "focus": [{"reference": f"Bundle/{content['id']}"}],
    }
    entries = (header, content, sender)
    return {
        "resourceType": "Bundle",
        "id": str(id_),
        "meta": {"profile": [f"{STRUCTURES}ccrr-reporting-bundle"]},
        "type": "message",
        "timestamp": content["timestamp"],
        "entry": [{"fullUrl": site.url_of(each), "resource": each} for each in entries],
    }


def _extensions(guide: Guide) -> list[Element]:
    coded = {"coding": [{"system": guide.initiation_codes, "code": MANUAL}]}
    found: list[Element] = [
        {"url": guide.data_encrypted, "valueBoolean": False},
        {"url": guide.initiation, "valueCodeableConcept": coded},
    ]
    if guide.processing_category:
        found.append({"url": guide.processing_category, "valueCode": "notification"})
    return found
