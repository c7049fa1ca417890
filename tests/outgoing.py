"""What the tests of the outbox send, and by whom."""

from app.store import Event, Outgoing

ADDRESS = "https://registry.example/Bundle"
OWNER = "an owner"
BY = Event(
    "read", "example", "https://ehr.example/fhir", "0123456789abcdef", "Practitioner/owen", "elena"
)
BODY = '{"resourceType": "Bundle", "id": "b-1", "note": "Müller, Elena"}'.encode()


def outgoing(key: str = "b-1", **more: object) -> Outgoing:
    values = {
        "receiver": "registry",
        "product": "registry-report",
        "key": key,
        "title": "Registry report",
        "address": ADDRESS,
        "body": BODY,
        "headers": {"Content-Type": "application/fhir+json"},
    }
    return Outgoing(**{**values, **more})
