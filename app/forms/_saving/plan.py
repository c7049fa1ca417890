"""What a save will write: each resource as it is, as it will be, and how it gets there."""

import copy
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from app.fhir.paths import get, text
from app.fhir.resource_types import resource_type
from app.fhir.types import Resource
from app.forms._answers import text_of
from app.forms._definition import Author, EntryForm, Part, Subject
from app.mcode.retraction import retracted

Act = Literal["new", "amended", "retracted"]

ENTRY_SYSTEM = "urn:ietf:rfc:3986"
IN_ERROR = "Entered in error"
_ACTIVITY = {"new": "CREATE", "amended": "UPDATE", "retracted": "NULLIFY"}


@dataclass(frozen=True)
class Write:
    """One resource of a save: `before` is what the person saw in the chart, None for a new one."""

    label: str
    act: Act
    full_url: str
    after: Resource
    before: Resource | None = None
    identifier: dict[str, str] | None = None

    @property
    def version(self) -> str | None:
        """Return the version that an update replaces and no other."""
        return text(get(self.before, "meta", "versionId"))


@dataclass(frozen=True)
class Plan:
    """The writes of one save, all or none, and the Provenance that names their author."""

    title: str
    signed_as: str
    recorded: str
    writes: tuple[Write, ...]
    provenance: Resource | None

    def as_json(self) -> dict[str, Any]:
        """Return the plan as JSON, to be kept until its outcome is known."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Plan":
        """Return the plan that `as_json` gave."""
        writes = tuple(Write(**write) for write in kept["writes"])
        return cls(**{**kept, "writes": writes})


def plan_entry(form: EntryForm, subject: Subject, author: Author, draft_id: str) -> Plan:
    """Return what saving the form's answers will write; no writes where nothing is changed."""
    recorded = _now()
    loaded = form.load(subject.originals)
    unchanged = {n for n, answer in loaded.items() if text_of(answer) == form.asked[n].text}
    after: dict[str, Resource] = {}
    references: dict[str, str] = {}
    for part in form.parts:
        original = subject.originals.get(part.key)
        if original is not None:
            after[part.key] = copy.deepcopy(original)
            form.fill(after[part.key], part, unchanged)
            references[part.key] = _reference(original)
        elif part in form.written_parts():
            after[part.key] = _new_resource(form, part, subject, author, draft_id)
            references[part.key] = _full_url(draft_id, part)
    form.finish(after, references)
    writes = tuple(
        write
        for part in form.parts
        if part.key in after
        and (write := _write(part, after[part.key], subject, references[part.key], draft_id))
    )
    provenance = _provenance(writes, author, recorded)
    return Plan(form.headline(subject), author.name, recorded, writes, provenance)


def plan_retraction(form: EntryForm, subject: Subject, author: Author, reason: str) -> Plan:
    """Return what marking every part of an entry as entered in error will write."""
    recorded = _now()
    writes = tuple(
        Write(
            label=part.label,
            act="retracted",
            full_url=_reference(subject.originals[part.key]),
            before=subject.originals[part.key],
            after=retracted(subject.originals[part.key]),
        )
        for part in form.parts
        if part.key in subject.originals
    )
    provenance = _provenance(writes, author, recorded, reason)
    return Plan(form.headline(subject), author.name, recorded, writes, provenance)


def entry_id(draft_id: str, part: str) -> str:
    """Return the UUID that a part of a draft carries wherever and however often it is sent."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:oncoform:draft:{draft_id}:{part}"))


def _new_resource(
    form: EntryForm, part: Part, subject: Subject, author: Author, draft_id: str
) -> Resource:
    resource = form.new_resource(part, subject, author)
    resource_type(resource).identify(resource, _identifier(draft_id, part))
    form.fill(resource, part)
    return resource


def _write(
    part: Part, after: Resource, subject: Subject, reference: str, draft_id: str
) -> Write | None:
    before = subject.originals.get(part.key)
    if before is None:
        return Write(part.label, "new", reference, after, identifier=_identifier(draft_id, part))
    if after == before:
        return None
    # Of a status short of final, FHIR R4 expects that it stays so until the value is released.
    if resource_type(after).reported and after.get("status") in {"final", "corrected"}:
        after["status"] = "amended"
    # A narrative that a program made of the elements speaks of the old ones.
    if get(after, "text", "status") in {"generated", "extensions"}:
        del after["text"]
    return Write(part.label, "amended", _reference(before), after, before=before)


def _provenance(
    writes: Iterable[Write], author: Author, recorded: str, reason: str = ""
) -> Resource | None:
    """Return the record of who wrote what, when; None where nothing is written.

    It does not claim US Core's profile: that asks for the author's organization, which a launch
    does not tell.
    """
    writes = list(writes)
    if not writes:
        return None
    act = next((write.act for write in writes if write.act != "new"), "new")
    who = {"display": author.name}
    if author.reference:
        who = {"reference": author.reference, **who}
    provenance: Resource = {
        "resourceType": "Provenance",
        "target": [{"reference": write.full_url} for write in writes],
        "recorded": recorded,
        "activity": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/v3-DataOperation",
                    "code": _ACTIVITY[act],
                }
            ]
        },
        "agent": [
            {"type": _participant("author"), "who": who},
            {"type": _participant("assembler"), "who": {"display": "Oncoform"}},
        ],
    }
    if reason:
        provenance["reason"] = [{"text": reason}]
    return provenance


NOT_WHOLE = (
    "The EHR gives out only a part of this entry (it is marked SUBSETTED). It cannot be saved from "
    "here, since what is missing would be deleted: change it in the EHR itself."
)


def _full_url(draft_id: str, part: Part) -> str:
    """Return the name by which the entries of a transaction refer to a new resource.

    It is no identifier that the resource carries: a server that puts the resource's address into
    every text that is its fullUrl, not into references only, would destroy the identifier.
    """
    return f"urn:uuid:{entry_id(draft_id, f'{part.key}:entry')}"


def _identifier(draft_id: str, part: Part) -> dict[str, str]:
    return {"system": ENTRY_SYSTEM, "value": f"urn:uuid:{entry_id(draft_id, part.key)}"}


def _participant(code: str) -> Resource:
    system = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
    return {"coding": [{"system": system, "code": code}]}


def _reference(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
