"""Events of the audit trail as FHIR R4 AuditEvent resources.

Codes are those of DICOM's audit messages (PS3.15 A.5) and of the value sets that AuditEvent binds.
"""

import base64
from collections.abc import Iterator
from typing import Any

from app.fhir.types import Resource
from app.store import Event, Recorded

_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_REST = {"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest"}
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ENTITY_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_ROLE = "http://terminology.hl7.org/CodeSystem/extra-security-role-type"
_SOURCE = "http://terminology.hl7.org/CodeSystem/security-source-type"

_CHANGED = "Changed in the database by something else than the app. "
_SUCCESS, _MINOR, _SERIOUS = "0", "4", "8"
# A URI, among the types of network addresses.
_URI = "5"

# The event, its subtypes, and what was done: executed, read, deleted.
_AUTHENTICATION, _LOGIN, _LOGOUT = "110114", "110122", "110123"
_ALERT = "110113"  # security alert
_TYPES: dict[str, tuple[str, tuple[str, ...], str]] = {
    "launch-opened": (_AUTHENTICATION, (_LOGIN,), "E"),
    "launch-refused": (_AUTHENTICATION, (_LOGIN,), "E"),
    "signed-out": (_AUTHENTICATION, (_LOGOUT,), "E"),
    "launch-ended": (_AUTHENTICATION, (_LOGOUT,), "E"),
    "access-extended": (_AUTHENTICATION, (), "E"),
    "access-not-extended": (_AUTHENTICATION, (), "E"),
    "access-refused": (_ALERT, (), "E"),
    "refusals-left-out": (_ALERT, (), "E"),
    "draft-discarded": ("110110", (), "D"),  # patient record
    "diagnoses-joined": ("110110", (), "C"),
    "diagnoses-parted": ("110110", (), "C"),
    "decision-taken-back": ("110110", (), "D"),
    **dict.fromkeys(
        (
            "product-downloaded",
            "sending-queued",
            "sending-attempted",
            "sending-answered",
            "sending-withdrawn",
        ),
        ("110106", (), "R"),  # export
    ),
    "trail-read": ("110101", (), "R"),  # audit log used
    "trail-purged": ("110101", (), "D"),
}
_REFUSED = frozenset(
    {"launch-refused", "access-not-extended", "access-refused", "refusals-left-out"}
)
_SENT = {"refused": _MINOR, "given up": _MINOR, "queued": _MINOR, "unknown": _SERIOUS}
_SAVED = {"all": _SUCCESS, "in part": _MINOR, "nothing": _MINOR, "unknown": _SERIOUS}


def audit_event(recorded: Recorded) -> Resource:
    """Return the AuditEvent of an event; references are absolute, at the event's EHR."""
    event = recorded.event
    type_, subtypes, action = _what(event)
    resource: Resource = {
        "resourceType": "AuditEvent",
        "id": f"oncoform-{recorded.id}",
        "type": type_,
        "subtype": subtypes,
        "action": action,
        "recorded": recorded.at.isoformat(timespec="milliseconds"),
        "outcome": _SERIOUS if recorded.changed else _outcome(event),
        "outcomeDesc": f"{_CHANGED if recorded.changed else ''}{_description(event)}",
        "agent": list(_agents(event)),
        "source": {
            "observer": {"display": "Oncoform"},
            "type": [{"system": _SOURCE, "code": "4"}],  # application server
        },
        "entity": list(_entities(event)),
    }
    return {name: value for name, value in resource.items() if value}


def _what(event: Event) -> tuple[Resource, list[Resource], str]:
    """Return type, subtypes and action."""
    if event.type in _TYPES:
        type_, subtypes, action = _TYPES[event.type]
        return _code(_DICOM, type_), [_code(_DICOM, code) for code in subtypes], action
    if event.type in {"write-sent", "write-answered"}:
        writes = event.details.get("writes", [])
        methods = {write["method"] for write in writes}
        interactions = {"POST": "create", "PUT": "update"}
        found = [interactions[method] for method in ("POST", "PUT") if method in methods]
        codes = ["transaction"] if len(writes) > 1 else found
        action = {"create": "C", "update": "U"}[found[0]] if len(found) == 1 else "E"
        return _REST, [_code(_INTERACTION, code) for code in codes], action
    searched = any("?" in what for what, _, _ in event.details.get("asked", []))
    read = not searched or any("?" not in what for what, _, _ in event.details.get("asked", []))
    codes = [code for code, is_so in (("read", read), ("search-type", searched)) if is_so]
    return _REST, [_code(_INTERACTION, code) for code in codes], "R"


def _outcome(event: Event) -> str:
    details = event.details
    if event.type in _REFUSED:
        return _MINOR
    if event.type == "save-checked":
        return _SAVED.get(details.get("saved", ""), _SERIOUS)
    if event.type == "sending-answered":
        return _SENT.get(details.get("state", ""), _SUCCESS)
    if event.type == "write-answered" and details.get("status") is None:
        return _SERIOUS
    status = details.get("status") or 200
    return _SUCCESS if status < 400 else _MINOR if status < 500 else _SERIOUS


def _description(event: Event) -> str:
    """Return the event type and its details in one line, without references."""
    left_out = {"asked", "writes", "stored", "authorship"}
    details_text = [
        f"{name}: {_text(value)}"
        for name, value in event.details.items()
        if name not in left_out and value not in (None, "", [], False)
    ]
    return "; ".join([event.type, *details_text])


def _agents(event: Event) -> Iterator[Resource]:
    person: Resource = {"type": _concept(_ROLE, "humanuser"), "requestor": True}
    if event.user:
        person["who"] = {"reference": _absolute(event, event.user)}
    for source, element in (("name", "name"), ("by", "altId")):
        if name := event.details.get(source):
            person[element] = name
    yield person
    yield {
        "type": _concept(_DICOM, "110150"),  # application
        "who": {"display": "Oncoform"},
        "requestor": False,
    }
    there = (event.details.get("receiver", event.ehr), event.details.get("address", event.issuer))
    if there[0]:
        yield {
            "type": _concept(_DICOM, "110152"),  # destination
            "who": {"display": there[0]},
            "requestor": False,
            "network": {"address": there[1], "type": _URI},
        }


def _entities(event: Event) -> Iterator[Resource]:
    if event.patient:
        detail = [{"type": "launch", "valueString": event.launch}] if event.launch else []
        yield _entity(event, f"Patient/{event.patient}", "1", "1", detail)
    for what, _, _ in event.details.get("asked", []):
        if "?" in what:
            query = base64.b64encode(what.encode()).decode()
            yield {"type": _code(_ENTITY_TYPE, "2"), "role": _code(_ENTITY_ROLE, "24")} | {
                "query": query
            }
        else:
            yield _entity(event, what, "2", "4")
    stored = event.details.get("stored") or []
    for reference in [*stored, event.details.get("authorship")]:
        if reference:
            yield _entity(event, reference, "2", "4")
    for write in [] if stored else event.details.get("writes", []):
        yield _entity(event, write["target"], "2", "4", list(_write_details(write)))


def _entity(
    event: Event, target: str, type_: str, role: str, detail: list[Resource] | None = None
) -> Resource:
    # What is yet to be created has a type and no address.
    named = {"what": {"reference": _absolute(event, target)}} if "/" in target else {"name": target}
    entity = named | {"type": _code(_ENTITY_TYPE, type_), "role": _code(_ENTITY_ROLE, role)}
    return entity | {"detail": detail} if detail else entity


def _write_details(write: dict[str, Any]) -> Iterator[Resource]:
    for name in ("onto", "once"):
        if write.get(name):
            yield {"type": name, "valueString": write[name]}


def _absolute(event: Event, reference: str) -> str:
    return f"{event.issuer}/{reference}" if event.issuer else reference


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _code(system: str, code: str) -> Resource:
    return {"system": system, "code": code}


def _concept(system: str, code: str) -> Resource:
    return {"coding": [_code(system, code)]}
