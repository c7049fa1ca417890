"""The message: a header that names sender, receiver and content, then the content itself."""

from datetime import timedelta

import pytest

from app.reuse.registry.guide import GUIDES
from app.reuse.registry.message import Destination, message
from app.reuse.registry.report import report
from tests.reuse.registry.charts import AT, CANCER, PATIENT, SITE, VERSIONS, read

REGISTRY = Destination("State registry", "https://registry.example.org/fhir")


def made_of(version, at=AT):
    record = read(PATIENT, CANCER)
    return report(record, record.primaries[0], SITE, version, at)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_message_has_its_header_then_the_content_then_the_sender(version):
    made = made_of(version)
    sent = message(made, SITE, REGISTRY)
    header, content, sender = [entry["resource"] for entry in sent["entry"]]
    assert sent["type"] == "message"
    assert header["resourceType"] == "MessageHeader"
    assert header["focus"] == [{"reference": f"Bundle/{content['id']}"}]
    assert header["sender"] == {"reference": f"Organization/{sender['id']}"}
    assert content == made.bundle
    assert sender == SITE.as_organization(made.guide)
    assert [entry["fullUrl"] for entry in sent["entry"]] == [
        f"{SITE.endpoint}/{r['resourceType']}/{r['id']}" for r in (header, content, sender)
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_header_says_who_sends_what_to_whom(version):
    header = message(made_of(version), SITE, REGISTRY)["entry"][0]["resource"]
    assert header["source"] == {
        "name": SITE.source,
        "software": SITE.software,
        "version": SITE.software_version,
        "endpoint": SITE.endpoint,
    }
    assert header["destination"] == [{"name": REGISTRY.name, "endpoint": REGISTRY.endpoint}]
    guide = GUIDES[version]
    assert header["eventCoding"] == {
        "system": guide.message_types,
        "code": "cancer-report-message",
    }
    assert header["reason"]["coding"] == [{"system": guide.named_events, "code": "encounter-end"}]
    held = {e["url"]: e for e in header["extension"]}
    assert held[guide.data_encrypted]["valueBoolean"] is False
    (initiated,) = held[guide.initiation]["valueCodeableConcept"]["coding"]
    assert initiated == {"system": guide.initiation_codes, "code": "manually-initiated"}
    assert (guide.processing_category in held) == (version == "2.0.0-ballot")


def test_the_same_report_to_the_same_registry_has_the_same_id():
    one = message(made_of("1.0.0"), SITE, REGISTRY)
    again = message(made_of("1.0.0", AT + timedelta(hours=1)), SITE, REGISTRY)
    other = message(made_of("1.0.0"), SITE, Destination("Other", "https://other.example.org"))
    ids = [[sent["id"], sent["entry"][0]["resource"]["id"]] for sent in (one, again, other)]
    assert ids[0] == ids[1]
    assert not set(ids[0]) & set(ids[2])
