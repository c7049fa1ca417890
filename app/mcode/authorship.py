"""Who changed a resource after its author, as Provenance says."""

from datetime import UTC, datetime
from typing import Any

from app.fhir.paths import (
    codes,
    get,
    items,
    literal_reference,
    local_reference,
    text,
)
from app.fhir.types import Element, Resource
from app.formatting import fittest_first, join
from app.mcode.content import effective
from app.mcode.model import CancerRecord

_UPDATE = "UPDATE"
_AUTHORS = frozenset({"author", "performer", "enterer", "attester", "legal", "verifier"})


def amended_by(record: CancerRecord, resource: Resource) -> tuple[str, str] | None:
    """Return (name, FHIR date) of the newest amendment; None where none with a name is on record.

    Only a Provenance that was read with the chart is known, and one whose activity is an update.
    """
    amendments = sorted(
        filter(_is_update, record.provenances_of(literal_reference(resource) or "")),
        key=lambda item: effective(item) or "",
        reverse=True,
    )
    for provenance in amendments:
        if name := _author(record, provenance):
            return name, effective(provenance) or ""
    return None


def spoken_name(names: Any) -> str | None:
    """Return a clinician's name as it is said, "Dr Kyle Anydoc"; an organization's as it stands."""
    if isinstance(names, str):
        return text(names)
    for name in fittest_first(names, datetime.now(UTC).date()):
        given = (word for part in ("prefix", "given") for word in name.get(part) or [])
        if spoken := text(name.get("text")) or join([*given, name.get("family")], " "):
            return spoken
    return None


def _is_update(provenance: Resource) -> bool:
    return any(code == _UPDATE for _, code in codes(provenance.get("activity")))


def _author(record: CancerRecord, provenance: Resource) -> str | None:
    """Return the name of the person who changed it, not of the app that assembled the change."""
    agents = [item for item in items(provenance.get("agent")) if _is_author(item)]
    for agent in agents:
        who = agent.get("who")
        person = record.find(local_reference(who) or "") or {}
        if name := text(get(who, "display")) or spoken_name(person.get("name")):
            return name
    return None


def _is_author(agent: Element) -> bool:
    kinds = {code for _, code in codes(agent.get("type"))}
    return not kinds or bool(kinds & _AUTHORS)
