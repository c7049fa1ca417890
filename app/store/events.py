"""What the audit trail holds: events, with their numbers and moments, and how they are found."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

EventType = Literal[
    "launch-opened",
    "launch-refused",
    "signed-out",
    "launch-ended",
    "access-extended",
    "access-not-extended",
    "access-refused",
    "refusals-left-out",
    "read",
    "write-sent",
    "write-answered",
    "save-checked",
    "draft-discarded",
    "diagnoses-joined",
    "diagnoses-parted",
    "decision-taken-back",
    "product-downloaded",
    "sending-queued",
    "sending-attempted",
    "sending-answered",
    "sending-withdrawn",
    "trail-read",
    "trail-purged",
]

_LINK_BYTES = 32


@dataclass(frozen=True)
class Event:
    """`user` is a reference, `patient` an id, both as the EHR at `issuer` has them.

    `launch` is the digest of the launch's id; `details` say what was done, as JSON.
    """

    type: EventType
    ehr: str = ""
    issuer: str = ""
    launch: str | None = None
    user: str | None = None
    patient: str | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the event as it is kept and listed; its type is called `kind` there."""
        parts = asdict(self)
        return {"kind": parts.pop("type"), **parts}


@dataclass(frozen=True)
class Recorded:
    """An event with its number and its moment.

    `changed` says that something else than the app has changed its row: `event` is then what can
    still be read, or its clear columns with `unreadable` as the only detail.
    """

    id: int
    at: datetime
    event: Event
    changed: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the event as it is listed."""
        at = self.at.isoformat(timespec="milliseconds")
        sign = {"changed": True} if self.changed else {}
        return {"id": self.id, "at": at, **sign, **self.event.as_json()}


@dataclass(frozen=True)
class Head:
    """The number of the last event, and the link that stands for all events up to it."""

    number: int
    link: str

    def __str__(self) -> str:
        """Return the head as a person copies it."""
        return f"{self.number}:{self.link}"

    @classmethod
    def of(cls, text: str) -> "Head":
        """Return the head of its text; raises ValueError."""
        number, _, link = text.strip().partition(":")
        if len(bytes.fromhex(link)) != _LINK_BYTES:
            raise ValueError(text)
        return cls(int(number), link.lower())


@dataclass(frozen=True)
class EventFilter:
    """Which events to find: `until` is not part of the time; None matches everything."""

    since: datetime | None = None
    until: datetime | None = None
    user: str | None = None
    patient: str | None = None
    type: str | None = None
    ehr: str | None = None

    def takes(self, recorded: Recorded) -> bool:
        """Tell whether an event matches; one that was changed does, or a change could hide it."""
        event = recorded.event
        return recorded.changed or (
            (self.since is None or recorded.at >= self.since)
            and (self.until is None or recorded.at < self.until)
            and self.user in {None, event.user}
            and self.patient in {None, event.patient}
            and self.type in {None, event.type}
            and self.ehr in {None, event.ehr}
        )


@dataclass(frozen=True)
class Stored:
    """An event as it stands in the database: `content` is None where it does not open."""

    recorded: Recorded
    content: dict[str, Any] | None
    link: bytes
